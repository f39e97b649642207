import type { Progress } from "./engine";
import type { Session, SipMessage } from "./ua";

interface Told {
  response?: SipMessage | null;
  status_line?: { status_code: number | string; reason_phrase: string };
}

/**
 * refer sends the far side of a session on to an address, or with another
 * session into that one's place, and tells what becomes of it, the end once.
 */
export function refer(session: Session, target: string, place: Session | null, told: (p: Progress) => void): boolean {
  let over = false;
  const tell = (p: Progress) => {
    if (over) return;
    over = p.state === "done" || p.state === "failed";
    told(p);
  };
  const failed = (e: Told) => tell({ state: "failed", status: statusOf(e), reason: e.status_line?.reason_phrase ?? e.response?.reason_phrase ?? "" });
  // Who hangs up himself does not stop it; a BYE before the last NOTIFY is the far side's that gave up.
  session.on("ended", (e: { originator: string }) => tell(e.originator === "local" ? { state: "done" } : { state: "failed", status: 0, reason: "" }));
  try {
    session.refer(target, {
      replaces: place ?? undefined,
      eventHandlers: {
        requestSucceeded: () => tell({ state: "trying" }),
        requestFailed: failed,
        trying: () => tell({ state: "trying" }),
        progress: () => tell({ state: "ringing" }),
        accepted: () => tell({ state: "done" }),
        failed,
      },
    });
  } catch {
    return false;
  }
  return true;
}

function statusOf(e: Told): number {
  return Number(e.status_line?.status_code ?? e.response?.status_code ?? 0);
}
