import type { Ending, Registration } from "./engine/engine";
import { key, t } from "./say";

// What the phone says. Every sentence that depends on a status, a cause or an
// error name is here.

/** Said is a headline and, where it helps, a second line that says what to do. */
export interface Said {
  title: string;
  detail: string;
  /** The tone that goes with it. */
  tone: "busy" | "congestion" | "none";
  /** A call that rang here in vain. */
  missed?: boolean;
  /** A call that was refused here. */
  declined?: boolean;
  /** What the gateway says of it to its operator: settings and rows. It is for the report, not for the screen. */
  operator?: string;
}

const byStatus: Record<number, [string, string]> = {
  302: [key("Diverted"), key("The call was sent to another number.")],
  400: [key("Not understood"), key("The other side did not understand the call.")],
  401: [key("Not allowed"), key("The other side asks for a password.")],
  403: [key("Not allowed"), key("This number may not be called from here.")],
  404: [key("Unknown number"), key("Nothing answers to this number.")],
  407: [key("Not allowed"), key("The other side asks for a password.")],
  408: [key("No answer"), ""],
  410: [key("No longer in use"), key("This number has been given up.")],
  480: [key("Not available"), key("Nobody can be reached there now.")],
  481: [key("Call lost"), key("The other side does not know this call any more.")],
  482: [key("Call went in a circle"), key("The number leads back to itself.")],
  483: [key("Call went in a circle"), key("The number leads back to itself.")],
  484: [key("Number incomplete"), key("There are digits missing.")],
  486: [key("Busy"), ""],
  487: [key("No answer"), ""],
  488: [key("No common way to talk"), key("The two sides share no audio codec.")],
  500: [key("Something went wrong"), key("The gateway could not make this call.")],
  501: [key("Not possible here"), ""],
  502: [key("The line failed"), ""],
  503: [key("No line free"), key("No line is free or in service. Try again in a moment.")],
  504: [key("No answer from the other network"), ""],
  600: [key("Busy"), ""],
  603: [key("Declined"), ""],
  604: [key("Unknown number"), key("Nothing answers to this number.")],
  606: [key("No common way to talk"), key("The two sides share no audio codec.")],
};

const byQ850: Record<number, [string, string]> = {
  1: [key("Unknown number"), key("Nothing answers to this number.")],
  17: [key("Busy"), ""],
  18: [key("No answer"), ""],
  19: [key("No answer"), ""],
  20: [key("Not registered"), key("No phone is signed in there now.")],
  21: [key("Declined"), ""],
  22: [key("No longer in use"), key("This number has been given up.")],
  28: [key("Number incomplete"), key("There are digits missing.")],
  34: [key("No line free"), key("Try again in a moment.")],
  38: [key("The line failed"), ""],
  102: [key("Connection lost"), key("No sound and no sign of life came through any more.")],
};

const byLocal: Record<string, [string, string]> = {
  transport: [key("Gateway unreachable"), key("The connection to the gateway was lost.")],
  timeout: [key("No answer from the gateway"), key("The gateway did not reply in time.")],
  media: [key("Connection lost"), key("The audio path broke and could not be restored.")],
  webrtc: [key("The browser could not make the call"), key("Its audio engine refused the connection.")],
  "no-ack": [key("Connection lost"), key("The other side never confirmed the call.")],
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
  if (e.local === "canceled" || (e.by === "us" && !e.status && !e.local)) return say(key("Canceled"), "");
  if (e.local && byLocal[e.local] && !e.status) return say(...byLocal[e.local]!, "congestion");
  return refused(e, c.who);
}

/** pastWords says in short how a call from here ended that nobody answered; 0 where the status is not known. */
export function pastWords(status: number): string {
  // What was given up before an answer has 487, whoever gave up.
  return t((status !== 487 && byStatus[status]?.[0]) || key("No answer"));
}

function endedAfterTalk(e: Ending): Said {
  if (e.local && e.local !== "canceled" && byLocal[e.local]) return say(...byLocal[e.local]!, "congestion");
  if (e.q850 === 102 || e.status === 408) return say(...byQ850[102]!, "congestion");
  if (e.by === "us") return say(key("Call ended"), "");
  if (e.q850 && e.q850 !== 16 && byQ850[e.q850]) return say(key("Call ended"), sentence(t(byQ850[e.q850]![0])), "busy");
  return say(key("Call ended"), key("The other side hung up."), "busy");
}

function endedIncoming(e: Ending): Said {
  if (e.status === 200 || e.q850 === 26 || /elsewhere/i.test(e.reason)) return say(key("Answered elsewhere"), key("Another phone took the call."));
  if (e.by === "us") return { ...say(key("Declined"), ""), declined: true };
  if (e.local && e.local !== "canceled" && byLocal[e.local]) return say(...byLocal[e.local]!);
  return { ...say(key("Missed call"), e.status === 408 || e.q850 === 19 ? key("It was not answered in time.") : key("The caller gave up.")), missed: true };
}

function refused(e: Ending, who: string): Said {
  const tone = e.status === 486 || e.status === 600 || e.status === 603 || e.q850 === 17 ? "busy" : "congestion";
  let pair = byStatus[e.status];
  if (e.status === 480 && (e.q850 === 20 || /not registered|offline/i.test(e.reason))) {
    pair = [key("Not registered"), t("No phone of {who} is signed in now.", { who })];
  } else if ((e.status === 480 || e.status === 487) && e.q850 && byQ850[e.q850] && e.q850 !== 16) {
    pair = byQ850[e.q850];
  } else if (e.status === 603 && /busy/i.test(e.reason)) {
    pair = byStatus[486];
  }
  if (!pair) pair = byQ850[e.q850] ?? classWords(e.status);
  return { ...say(pair[0], pair[1] || ownReason(e, pair[0]), tone), ...(e.warning && { operator: e.warning }) };
}

/** sentence gives a phrase a capital and a full stop. */
function sentence(s: string): string {
  return s && s[0]!.toUpperCase() + s.slice(1) + (/[.!?]$/.test(s) ? "" : ".");
}

/** ownReason is the far side's phrase where it says more than the headline. */
function ownReason(e: Ending, title: string): string {
  const plain = /^(busy( here| everywhere)?|decline|not found|request (timeout|terminated)|temporarily unavailable|ok|given up by the caller|the other network did not answer|not possible here)$/i;
  if (!e.reason || plain.test(e.reason) || e.reason.toLowerCase() === title.toLowerCase()) return "";
  return t("The other side says: {reason}", { reason: e.reason });
}

function classWords(status: number): [string, string] {
  if (status >= 500) return [key("Something went wrong"), t("The gateway answered {status}.", { status })];
  if (status >= 400) return [key("The call was refused"), t("The gateway answered {status}.", { status })];
  if (status >= 300) return byStatus[302]!;
  return [key("Call ended"), ""];
}

function say(title: string, detail: string, tone: Said["tone"] = "none"): Said {
  return { title: t(title), detail: t(detail), tone };
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
      return { label: t("Ready"), problem: "", next: "" };
    case "registering":
      return { label: t("Registering…"), problem: "", next: "" };
    case "stopped":
      return { label: t("Signed out"), problem: "", next: "" };
    case "offline": {
      if (!r.everConnected && r.retryAt === 0) return { label: t("Connecting…"), problem: "", next: "" };
      return { label: t("Not connected"), problem: t("Not registered: the gateway cannot be reached."), next: nextTry(r.retryAt, now) };
    }
    case "refused":
      return { label: t("Not registered"), problem: refusedRegistration(r, user), next: r.retryAt ? nextTry(r.retryAt, now) : "" };
  }
}

function refusedRegistration(r: Extract<Registration, { state: "refused" }>, user: string): string {
  if (r.status === 401 || r.status === 403 || r.status === 407) {
    return t("Not registered: the gateway refused the password of {user}. Sign in again.", { user });
  }
  if (r.status === 404) return t("Not registered: the gateway does not know {user} in this domain.", { user });
  if (r.status === 0 || r.status === 408) return t("Not registered: the gateway does not answer.");
  if (r.status === 503) return t("Not registered: the gateway is too busy or stopping.");
  return t("Not registered: the gateway answered {status} {reason}.", { status: r.status, reason: r.reason });
}

function nextTry(at: number, now: number): string {
  const wait = secondsUntil(at, now);
  return wait > 0 ? t("Trying again in {wait} s.", { wait }) : t("Trying again now.");
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
        title: t("The microphone is blocked"),
        detail: t("Allow the microphone for this page: click the icon left of the address, then try again."),
      };
    case "NotFoundError":
    case "DevicesNotFoundError":
      return { title: t("No microphone found"), detail: t("Plug one in, or switch it on, then try again.") };
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return { title: t("The microphone cannot be used"), detail: t("Another program may be holding it. Close that, then try again.") };
    case "OverconstrainedError":
      return { title: t("The chosen microphone is gone"), detail: t("Choose another one under Settings.") };
    default:
      return { title: t("The microphone cannot be used"), detail: t("The browser says: {name}.", { name }) };
  }
}

/** pictureWords explains an error of getUserMedia or getDisplayMedia for video; null where a person has changed their mind. */
export function pictureWords(name: string, what: "camera" | "screen"): { title: string; detail: string } | null {
  if (what === "screen") {
    if (name === "NotAllowedError" || name === "AbortError") return null;
    return { title: t("The screen cannot be shared"), detail: t("The browser says: {name}.", { name }) };
  }
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return { title: t("The camera is blocked"), detail: t("Allow the camera for this page: click the icon left of the address, then try again.") };
    case "NotFoundError":
      return { title: t("No camera found"), detail: t("Plug one in, or switch it on, then try again.") };
    case "NotReadableError":
    case "AbortError":
      return { title: t("The camera cannot be used"), detail: t("Another program may be holding it. Close that, then try again.") };
    default:
      return { title: t("The camera cannot be used"), detail: t("The browser says: {name}.", { name }) };
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
