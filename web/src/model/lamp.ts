/** LampState is what a lamp shows of a user. */
export type LampState = "unknown" | "off" | "free" | "ringing" | "busy";

/** Call is one dialog that a lamp was told of (RFC 4235). */
interface Dialog {
  state: string;
  called: boolean;
}

/** readDialogs reads a full dialog-info document; null where it is none. */
export function readDialogs(text: string): Dialog[] | null {
  const root = parse(text, "dialog-info");
  if (!root) return null;
  return [...root.getElementsByTagName("dialog")].slice(0, 50).map((d) => ({
    state: d.getElementsByTagName("state")[0]?.textContent?.trim() ?? "",
    called: d.getAttribute("direction") === "recipient",
  }));
}

/** readPresence reads whether anything of a user is open (RFC 3863), and his note; null where it is no such document. */
export function readPresence(text: string): { open: boolean; note: string } | null {
  const root = parse(text, "presence");
  if (!root) return null;
  const open = [...root.getElementsByTagName("basic")].some((b) => b.textContent?.trim() === "open");
  const note = root.getElementsByTagName("note")[0]?.textContent?.trim().slice(0, 80) ?? "";
  return { open, note };
}

/** Waiting is how many voice messages there are (RFC 3842). */
export interface Waiting {
  fresh: number;
  old: number;
}

/** readSummary reads a message summary; null where nothing is said of voice messages. */
export function readSummary(text: string): Waiting | null {
  const m = /^Voice-Message:\s*(\d{1,6})\/(\d{1,6})/im.exec(text);
  if (m) return { fresh: Number(m[1]), old: Number(m[2]) };
  return /^Messages-Waiting:\s*no/im.test(text) ? { fresh: 0, old: 0 } : null;
}

/** lampOf joins what is known: a call that is up outweighs one that rings, a call outweighs presence. */
export function lampOf(dialogs: Dialog[] | null, open: boolean | null): LampState {
  const states = (dialogs ?? []).map((d) => d.state);
  if (states.includes("confirmed")) return "busy";
  if (dialogs?.some((d) => d.called && (d.state === "early" || d.state === "trying"))) return "ringing";
  if (states.some((s) => s === "early" || s === "trying" || s === "proceeding")) return "busy";
  if (open === null) return dialogs ? "free" : "unknown";
  return open ? "free" : "off";
}

function parse(text: string, name: string): Element | null {
  if (text.length > 64 << 10) return null;
  const root = new DOMParser().parseFromString(text, "application/xml").documentElement;
  return root?.localName === name ? root : null;
}
