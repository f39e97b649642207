import type { Ending, Registration } from "./engine/engine";

// What the phone says. Every sentence that depends on a status, a cause or an
// error name is here.

/** Said is a headline and, where it helps, a second line that says what to do. */
export interface Said {
  title: string;
  detail: string;
  /** The tone that goes with it. */
  tone: "busy" | "congestion" | "none";
}

const byStatus: Record<number, [string, string]> = {
  302: ["Diverted", "The call was sent to another number."],
  400: ["Not understood", "The other side did not understand the call."],
  401: ["Not allowed", "The other side asks for a password."],
  403: ["Not allowed", "This number may not be called from here."],
  404: ["Unknown number", "Nothing answers to this number."],
  407: ["Not allowed", "The other side asks for a password."],
  408: ["No answer", ""],
  410: ["No longer in use", "This number has been given up."],
  480: ["Not available", "Nobody can be reached there now."],
  481: ["Call lost", "The other side does not know this call any more."],
  482: ["Call went in a circle", "The dialplan sends this number back to itself."],
  483: ["Call went in a circle", "The dialplan sends this number back to itself."],
  484: ["Number incomplete", "There are digits missing."],
  486: ["Busy", ""],
  487: ["No answer", ""],
  488: ["No common way to talk", "The two sides share no audio codec."],
  500: ["Something went wrong", "The gateway could not make this call."],
  501: ["Not possible here", ""],
  502: ["The line failed", ""],
  503: ["No line free", "No line is free or in service. Try again in a moment."],
  504: ["No answer from the other network", ""],
  600: ["Busy", ""],
  603: ["Declined", ""],
  604: ["Unknown number", "Nothing answers to this number."],
  606: ["No common way to talk", "The two sides share no audio codec."],
};

const byQ850: Record<number, [string, string]> = {
  1: ["Unknown number", "Nothing answers to this number."],
  17: ["Busy", ""],
  18: ["No answer", ""],
  19: ["No answer", ""],
  20: ["Not registered", "No phone is signed in there now."],
  21: ["Declined", ""],
  22: ["No longer in use", "This number has been given up."],
  28: ["Number incomplete", "There are digits missing."],
  34: ["No line free", "Try again in a moment."],
  38: ["The line failed", ""],
  102: ["Connection lost", "No sound and no sign of life came through any more."],
};

const byLocal: Record<string, [string, string]> = {
  transport: ["Gateway unreachable", "The connection to the gateway was lost."],
  timeout: ["No answer from the gateway", "The gateway did not reply in time."],
  media: ["Connection lost", "The audio path broke and could not be restored."],
  webrtc: ["The browser could not make the call", "Its audio engine refused the connection."],
  "no-ack": ["Connection lost", "The other side never confirmed the call."],
};

/** CallFacts is what endedWords needs of a call. */
export interface CallFacts {
  direction: "out" | "in";
  /** whether it was ever answered */
  answered: boolean;
  who: string;
}

/** endedWords says how a call ended. */
export function endedWords(e: Ending, c: CallFacts): Said {
  if (c.answered) return endedAfterTalk(e);
  if (c.direction === "in") return endedIncoming(e);
  if (e.local === "canceled" || (e.by === "us" && !e.status && !e.local)) return say("Canceled", "");
  if (e.local && byLocal[e.local] && !e.status) return say(...byLocal[e.local]!, "congestion");
  return refused(e, c.who);
}

function endedAfterTalk(e: Ending): Said {
  if (e.local && e.local !== "canceled" && byLocal[e.local]) return say(...byLocal[e.local]!, "congestion");
  if (e.q850 === 102 || e.status === 408) return say(...byQ850[102]!, "congestion");
  if (e.by === "us") return say("Call ended", "");
  if (e.q850 && e.q850 !== 16 && byQ850[e.q850]) return say("Call ended", byQ850[e.q850]![0] + ".", "busy");
  return say("Call ended", "The other side hung up.", "busy");
}

function endedIncoming(e: Ending): Said {
  if (e.status === 200 || e.q850 === 26 || /elsewhere/i.test(e.reason)) return say("Answered elsewhere", "Another phone took the call.");
  if (e.by === "us") return say("Declined", "");
  if (e.local && e.local !== "canceled" && byLocal[e.local]) return say(...byLocal[e.local]!);
  return say("Missed call", e.status === 408 || e.q850 === 19 ? "It was not answered in time." : "The caller gave up.");
}

function refused(e: Ending, who: string): Said {
  const tone = e.status === 486 || e.status === 600 || e.status === 603 || e.q850 === 17 ? "busy" : "congestion";
  let pair = byStatus[e.status];
  if (e.status === 480 && (e.q850 === 20 || /not registered|offline/i.test(e.reason))) {
    pair = ["Not registered", `No phone of ${who} is signed in now.`];
  } else if ((e.status === 480 || e.status === 487) && e.q850 && byQ850[e.q850] && e.q850 !== 16) {
    pair = byQ850[e.q850];
  } else if (e.status === 603 && /busy/i.test(e.reason)) {
    pair = byStatus[486];
  }
  if (!pair) pair = byQ850[e.q850] ?? classWords(e.status);
  return say(pair[0], sentence(e.warning) || pair[1] || ownReason(e, pair[0]), tone);
}

/** sentence gives a phrase a capital and a full stop. */
function sentence(s: string): string {
  return s && s[0]!.toUpperCase() + s.slice(1) + (/[.!?]$/.test(s) ? "" : ".");
}

/** ownReason is the far side's phrase where it says more than the headline. */
function ownReason(e: Ending, title: string): string {
  const plain = /^(busy( here| everywhere)?|decline|not found|request (timeout|terminated)|temporarily unavailable|ok)$/i;
  if (!e.reason || plain.test(e.reason) || e.reason.toLowerCase() === title.toLowerCase()) return "";
  return `The other side says: ${e.reason}`;
}

function classWords(status: number): [string, string] {
  if (status >= 500) return ["Something went wrong", `The gateway answered ${status}.`];
  if (status >= 400) return ["The call was refused", `The gateway answered ${status}.`];
  if (status >= 300) return byStatus[302]!;
  return ["Call ended", ""];
}

function say(title: string, detail: string, tone: Said["tone"] = "none"): Said {
  return { title, detail, tone };
}

/**
 * RegistrationWords are a short label and, when something is wrong, a sentence;
 * next is the countdown, kept apart since it changes each second and nobody
 * wants to have that read out.
 */
export interface RegistrationWords {
  label: string;
  problem: string;
  next: string;
}

/** registrationWords says where the phone stands. */
export function registrationWords(r: Registration, user: string, now: number): RegistrationWords {
  switch (r.state) {
    case "registered":
      return { label: "Ready", problem: "", next: "" };
    case "registering":
      return { label: "Registering…", problem: "", next: "" };
    case "stopped":
      return { label: "Signed out", problem: "", next: "" };
    case "offline": {
      if (!r.everConnected && r.retryAt === 0) return { label: "Connecting…", problem: "", next: "" };
      return { label: "Not connected", problem: "Not registered: the gateway cannot be reached.", next: nextTry(r.retryAt, now) };
    }
    case "refused":
      return { label: "Not registered", problem: refusedRegistration(r, user), next: r.retryAt ? nextTry(r.retryAt, now) : "" };
  }
}

function refusedRegistration(r: Extract<Registration, { state: "refused" }>, user: string): string {
  if (r.status === 401 || r.status === 403 || r.status === 407) {
    return `Not registered: the gateway refused the password of ${user}. Sign in again.`;
  }
  if (r.status === 404) return `Not registered: the gateway does not know ${user} in this domain.`;
  if (r.status === 0 || r.status === 408) return "Not registered: the gateway does not answer.";
  if (r.status === 503) return "Not registered: the gateway is too busy or stopping.";
  return `Not registered: the gateway answered ${r.status} ${r.reason}.`;
}

function nextTry(at: number, now: number): string {
  const wait = secondsUntil(at, now);
  return wait > 0 ? `Trying again in ${wait} s.` : "Trying again now.";
}

function secondsUntil(at: number, now: number): number {
  return at ? Math.max(0, Math.ceil((at - now) / 1000)) : 0;
}

/** micWords explains an error of getUserMedia (W3C mediacapture-streams §10.2.1). */
export function micWords(name: string): { title: string; detail: string } {
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return {
        title: "The microphone is blocked",
        detail: "Allow the microphone for this page: click the icon left of the address, then try again.",
      };
    case "NotFoundError":
    case "DevicesNotFoundError":
      return { title: "No microphone found", detail: "Plug one in, or switch it on, then try again." };
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return { title: "The microphone cannot be used", detail: "Another program may be holding it. Close that, then try again." };
    case "OverconstrainedError":
      return { title: "The chosen microphone is gone", detail: "Choose another one under Sound." };
    default:
      return { title: "The microphone cannot be used", detail: `The browser says: ${name}.` };
  }
}

/** pictureWords explains an error of getUserMedia or getDisplayMedia for video; null where a person has changed their mind. */
export function pictureWords(name: string, what: "camera" | "screen"): { title: string; detail: string } | null {
  if (what === "screen") {
    if (name === "NotAllowedError" || name === "AbortError") return null;
    return { title: "The screen cannot be shared", detail: `The browser says: ${name}.` };
  }
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return { title: "The camera is blocked", detail: "Allow the camera for this page: click the icon left of the address, then try again." };
    case "NotFoundError":
      return { title: "No camera found", detail: "Plug one in, or switch it on, then try again." };
    case "NotReadableError":
    case "AbortError":
      return { title: "The camera cannot be used", detail: "Another program may be holding it. Close that, then try again." };
    default:
      return { title: "The camera cannot be used", detail: `The browser says: ${name}.` };
  }
}

/** duration writes seconds as 0:12, 12:05 or 1:02:03. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600);
  const m = Math.floor(s / 60) % 60;
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}
