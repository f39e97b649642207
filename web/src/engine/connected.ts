import type { Party } from "./engine";
import type { Session, SipRequest } from "./ua";

/**
 * watchConnected tells who is at the other end now, whenever the gateway says so in mid-call (RFC 4916): by
 * P-Asserted-Identity of an UPDATE or a re-INVITE (RFC 3325 §9.1), which JsSIP does not look at.
 */
export function watchConnected(session: Session, told: (p: Party) => void): void {
  const receive = session.receiveRequest?.bind(session);
  if (!receive) return;
  session.receiveRequest = (request: SipRequest) => {
    if (request.method === "UPDATE" || request.method === "INVITE") {
      const party = partyOf(request.getHeader?.("P-Asserted-Identity"));
      if (party) told(party);
    }
    receive(request);
  };
}

/** partyOf reads a name-addr (RFC 3261 §25.1); null where it is none with a user. */
export function partyOf(value: string | undefined): Party | null {
  const m = /^\s*(?:"((?:\\.|[^"\\])*)"|([^"<]*))\s*<sips?:([^@>;]+)@[^>]+>/i.exec(value ?? "");
  if (!m) return null;
  const name = (m[1]?.replace(/\\(.)/g, "$1") ?? m[2] ?? "").trim();
  return { number: decoded(m[3]!), name };
}

function decoded(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}
