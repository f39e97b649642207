import type { CDR } from "./api";

// What the console says of states and causes. Every such sentence is here.

export type Tone = "good" | "warn" | "bad" | "idle" | "busy";

/** tones are the colors of states, whatever the state is of. */
const tones: Record<string, Tone> = {
  talking: "good",
  registered: "good",
  reachable: "good",
  ok: "good",
  online: "good",
  routing: "busy",
  ringing: "busy",
  trying: "busy",
  held: "warn",
  away: "warn",
  failing: "warn",
  warn: "warn",
  warning: "warn",
  down: "bad",
  fail: "bad",
  failed: "bad",
};

export const toneOf = (state: string): Tone => tones[state] ?? "idle";

/** ChipWords is a problem in words, and the page of the manual that mends it. */
export interface ChipWords {
  name: string;
  text: string;
  title: string;
}

const chips: Record<string, [string, string]> = {
  "one-way": ["one-way", "Sound goes in one direction only"],
  "no-rtp": ["no sound", "No media packet has come"],
  nat: ["NAT", "An address announced is not the one that packets come from"],
  codec: ["codec", "The two directions or legs use different codecs"],
  "slow-setup": ["slow setup", "It took more than 3 s until it rang"],
  short: ["short", "It was over within 5 s of the answer"],
  "low-mos": ["low MOS", "The estimated quality is below 3.5"],
};

export function chipWords(name: string): ChipWords {
  const [text, title] = chips[name] ?? [name, name];
  return { name, text, title };
}

/** chipNames are the problems that a list can be narrowed to. */
export const chipNames = Object.keys(chips);

const causes: Record<number, string> = {
  1: "unassigned number",
  16: "normal clearing",
  17: "user busy",
  18: "no user responding",
  19: "no answer",
  20: "subscriber absent",
  21: "call rejected",
  22: "number changed",
  26: "answered elsewhere",
  27: "destination out of order",
  28: "invalid number",
  31: "normal, unspecified",
  34: "no circuit available",
  38: "network out of order",
  41: "temporary failure",
  47: "resource unavailable",
  63: "service not available",
  65: "bearer capability not implemented",
  79: "not implemented",
  88: "incompatible destination",
  102: "recovery on timer expiry",
  127: "interworking",
};

/** results are how calls come out, as the record has them and in words. */
export const results: Array<[string, Result]> = [
  ["answered", "answered"],
  ["busy", "busy"],
  ["no_answer", "no answer"],
  ["canceled", "canceled"],
  ["failed", "failed"],
];

export type Result = "answered" | "busy" | "no answer" | "canceled" | "failed";

/** result is how a call came out; worked out of its codes where the record does not say. */
export function result(r: CDR): Result {
  const said = results.find(([name]) => name === r.result)?.[1];
  if (said) return said;
  if (r.answer) return "answered";
  if (r.sip_code === 486 || r.sip_code === 600 || r.q850 === 17) return "busy";
  if (r.sip_code === 487 && (r.hangup_by === "a" || r.hangup_by === "caller")) return "canceled";
  if (r.sip_code === 408 || r.sip_code === 480 || r.q850 === 19 || r.sip_code === 487) return "no answer";
  return "failed";
}

/** causeWords says in plain words how a call ended: who, what, and the codes behind it. */
export function causeWords(r: CDR): string {
  const who: Record<string, string> = { a: "the caller", b: "the callee", caller: "the caller", callee: "the callee", tandem: "tandem", gateway: "tandem" };
  const by = r.hangup_by ? (who[r.hangup_by] ?? r.hangup_by) : "";
  const codes = [r.sip_code ? `SIP ${r.sip_code}` : "", r.q850 ? `Q.850 ${r.q850}${causes[r.q850] ? `, ${causes[r.q850]}` : ""}` : ""].filter(Boolean).join(" · ");
  const reason = r.reason && !/^normal/i.test(r.reason) ? `: ${r.reason}` : "";
  const tail = codes ? ` (${codes})` : "";
  switch (result(r)) {
    case "answered":
      return `${by ? `${cap(by)} hung up` : "It was answered and has ended"}${reason}${tail}`;
    case "busy":
      return `The callee was busy${reason}${tail}`;
    case "canceled":
      return `The caller gave up before it was answered${tail}`;
    case "no answer":
      return `Nobody answered${reason}${tail}`;
    default:
      return `It was refused${by ? ` by ${by}` : ""}${reason}${tail}`;
  }
}

const cap = (s: string) => s[0]!.toUpperCase() + s.slice(1);

/** mosTone colors an estimated MOS (ITU-T G.107 annex B: 4.03 and 3.6 are its steps of satisfaction). */
export function mosTone(mos: number | undefined): Tone {
  if (!mos) return "idle";
  if (mos < 3.1) return "bad";
  return mos < 3.6 ? "warn" : "good";
}

/** partyWords shortens a party for a table: "user:201" is "201", "Ann <201>" is "Ann 201". */
export const partyWords = (party: string) => party.replace(/^(user:|number )/, "").replace(/^(.+) <(.+)>$/, "$1\u00a0$2");

/** isolated keeps what is written from right to left, as an Arabic name, from turning round the words beside it: "Ahmad 202 → 201" would be read as a call of 201's. */
export const isolated = (text: string) => (/[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/.test(text) ? `\u2068${text}\u2069` : text);

/** betweenWords says from whom to whom in a sentence; in a table Parties does. */
export const betweenWords = (from: string, to: string) => `${isolated(partyWords(from))} → ${isolated(partyWords(to))}`;

const directions: Record<string, string> = { in: "from", out: "to" };

/** wayWords says which way a call goes: "to alpha", "from alpha"; "" between users. */
export const wayWords = (c: { direction?: string; trunk?: string }) => (c.trunk ? `${directions[c.direction ?? ""] ?? "over"} ${c.trunk}` : "");
