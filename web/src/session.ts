// The phone's HTTP side: who is signed in here, and the short-lived password
// that the registrar will take.

import type { Past } from "./model/history";
import { t } from "./say";

export interface Session {
  user: string;
  displayName: string;
  domain: string;
  ws: string;
  password: string;
  numbers: Array<{ number: string; label: string }>;
  /** The gateway's relays, with credentials that end with the password; none where it has none. */
  iceServers?: RTCIceServer[];
  /** The other users, whose lamps are shown; none where the gateway names nobody. */
  people?: Array<{ number: string; name: string }>;
  /** Numbers that are of use to the phone itself. */
  features?: { merge?: string; mailbox?: string; echo?: string };
  /** RFC 3339 time at which the password ends. */
  expires: string;
}

export type Credentials = { token: string } | { user: string; password: string } | { as?: string };

/** SessionError carries words for people and a code to act on. */
export class SessionError extends Error {
  constructor(
    readonly code: "link" | "credentials" | "signed-out" | "too-many" | "unreachable" | "other",
    message: string,
  ) {
    super(message);
  }
}

const path = "/api/v1/phone/session";
const codes = new Set(["link", "credentials", "signed-out", "too-many"]);

/**
 * sessionWords are the codes in the language of whoever signs in; what the gateway writes is
 * English, and stands in where a code has no sentence here.
 */
function sessionWords(code: string, otherwise: string): string {
  switch (code) {
    case "link":
      return t("This link has been used or is too old. Sign in, or ask for a new link.");
    case "credentials":
      return t("User or password are wrong.");
    case "too-many":
      return t("Too many wrong tries from your address. Wait a little, then try again.");
    case "unreachable":
      return t("The gateway cannot be reached.");
  }
  return otherwise;
}

/** openSession trades a link, a password or the cookie of an earlier one for a session. */
export async function openSession(c: Credentials): Promise<Session> {
  const res = await send("POST", c);
  const body = (await res.json().catch(() => ({}))) as Record<string, unknown>;
  if (!res.ok) {
    const code = String(body.code ?? "");
    const words = sessionWords(code, String(body.error ?? t("The gateway answered {status}.", { status: res.status })));
    throw new SessionError((codes.has(code) ? code : "other") as SessionError["code"], words);
  }
  return body as unknown as Session;
}

/** closeSession signs out; a gateway that cannot be reached forgets by itself. */
export async function closeSession(user: string): Promise<void> {
  await send("DELETE", { as: user }).then((res) => res.text()).catch(() => {});
}

export interface About {
  domain: string;
  /** Port of the https listener, 0 when there is none. */
  securePort: number;
  /** Whether /trust has a certificate authority to offer. */
  trust: boolean;
  /** What else there is below /api/v1/phone/: "history", "stats". */
  offers?: string[];
}

export async function about(): Promise<About> {
  const res = await fetch("/api/v1/phone/about");
  return (await res.json()) as About;
}

/** fetchHistory asks for the calls that the gateway remembers of the user who is signed in; null where it does not. */
export async function fetchHistory(user: string): Promise<Past[] | null> {
  const res = await fetch(`/api/v1/phone/history?as=${encodeURIComponent(user)}&limit=100`, { signal: AbortSignal.timeout(10_000) });
  if (!res.ok) return null;
  const body = (await res.json()) as { calls?: unknown };
  return Array.isArray(body.calls) ? body.calls.map(readPast).filter((p) => p !== null) : null;
}

/** readPast reads one call of a history, whatever else it says; null where it is none. */
export function readPast(value: unknown): Past | null {
  const v = value as Record<string, unknown>;
  const at = Date.parse(String(v?.at ?? ""));
  if (Number.isNaN(at)) return null;
  const text = (x: unknown) => (typeof x === "string" ? x.slice(0, 128) : "");
  return { at, number: text(v.number), name: text(v.name), direction: v.direction === "in" ? "in" : "out", answered: v.answered === true, seconds: Number(v.seconds) || 0, status: Number(v.status) || 0 };
}

/** sendStats reports on a call of a user who is signed in; false where the gateway does not know the call, or him. */
export async function sendStats(user: string, report: unknown): Promise<boolean> {
  try {
    const res = await fetch(`/api/v1/phone/stats?as=${encodeURIComponent(user)}`, { method: "POST", body: JSON.stringify(report), headers: { "Content-Type": "application/json" }, keepalive: true, signal: AbortSignal.timeout(5_000) });
    return ![400, 401, 403, 404, 405].includes(res.status);
  } catch {
    // Away for a moment; the next report says all of it again.
    return true;
  }
}

async function send(method: string, body: unknown): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json" },
      signal: AbortSignal.timeout(10_000),
    });
  } catch {
    throw new SessionError("unreachable", sessionWords("unreachable", ""));
  }
}

/** socketURL makes the session's ws path absolute, on the page's own host and scheme. */
export function socketURL(ws: string, at: { protocol: string; host: string }): string {
  if (/^wss?:/.test(ws)) return ws;
  return `${at.protocol === "https:" ? "wss" : "ws"}://${at.host}${ws}`;
}
