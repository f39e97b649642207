import type { Timers } from "./sip_engine";
import type { Session } from "./ua";

// The gateway learns a browser's address from its first check (RFC 8445
// §7.3.1.3), so nothing is gained by waiting for more candidates than one.
const gatherLimit = 300;
// Chromium calls a pause of a few seconds "disconnected" and mostly recovers.
const restartAfter = 2_000;
const restartEvery = 4_000;

export interface IceOwner {
  timers: Timers;
  canReoffer(): boolean;
  tell(state: "connecting" | "connected" | "interrupted"): void;
}

/**
 * watchIce keeps ICE from delaying or ending a call: the description leaves at
 * the first host candidate or after 300 ms, and a transport that stays
 * disconnected for 2 s is restarted (RFC 8839 §4.4.1) until it connects.
 */
export function watchIce(session: Session, pc: RTCPeerConnection, owner: IceOwner): void {
  hurryGathering(session, pc, owner.timers);
  let timer = 0;
  const stop = () => {
    if (timer) owner.timers.clear(timer);
    timer = 0;
  };
  const restart = () => {
    timer = owner.timers.set(restart, restartEvery);
    if (owner.canReoffer()) session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
  };
  pc.addEventListener("iceconnectionstatechange", () => {
    switch (pc.iceConnectionState) {
      case "connected":
      case "completed":
        stop();
        owner.tell("connected");
        break;
      case "disconnected":
        stop();
        owner.tell("interrupted");
        timer = owner.timers.set(restart, restartAfter);
        break;
      case "checking":
        owner.tell("connecting");
        break;
      case "closed":
      case "failed":
        stop();
        break;
    }
  });
  session.on("ended", stop);
  session.on("failed", stop);
}

function hurryGathering(session: Session, pc: RTCPeerConnection, timers: Timers): void {
  session.on("icecandidate", (e) => {
    if (e.candidate.type === "host" || / typ host/.test(e.candidate.candidate)) e.ready();
  });
  pc.addEventListener("icegatheringstatechange", () => {
    if (pc.iceGatheringState !== "gathering") return;
    // JsSIP takes a null candidate for the end of gathering.
    timers.set(() => {
      if (pc.iceGatheringState === "gathering" && pc.signalingState !== "closed") {
        pc.dispatchEvent(new Event("icecandidate"));
      }
    }, gatherLimit);
  });
}
