import type { Timers } from "./timers";
import type { Session } from "./ua";

// The gateway learns a browser's address from its first check (RFC 8445
// §7.3.1.3), so nothing is gained by waiting for more candidates than one.
const gatherLimit = 300;
// Chromium calls a pause of a few seconds "disconnected" and mostly recovers.
const restartAfter = 2_000;
const restartEvery = 4_000;
// By then the gateway has given the call up: 28 s without consent and 30 s of grace.
const endAfter = 75_000;

export interface IceOwner {
  timers: Timers;
  canReoffer(): boolean;
  tell(state: "connecting" | "connected" | "interrupted"): void;
  /** Asks the gateway for a sign of life, and tells once it has given one: over a new connection, or the one that there was. */
  prove(then: (anew: boolean) => void): void;
}

/** IceWatch keeps ICE from delaying or ending a call. */
export class IceWatch {
  private timer = 0;
  private end = 0;
  /** Tells one interruption from the next; 0 while there is none. */
  private trouble = 0;
  private serial = 0;
  private deaf = 0;
  private follows = false;

  /** The description leaves at the first host candidate or after 300 ms. */
  constructor(
    private readonly session: Session,
    private readonly pc: RTCPeerConnection,
    private readonly owner: IceOwner,
  ) {
    hurryGathering(session, pc, owner.timers);
    // Before JsSIP, which ends a call whose transport has failed.
    pc.addEventListener("iceconnectionstatechange", (e) => this.changed(pc.iceConnectionState, e), { capture: true });
    session.on("ended", () => this.close());
    session.on("failed", () => this.close());
  }

  /**
   * doubt is told that no sound comes though some should, and again that it does.
   * Browsers take seven seconds to notice that their address is gone, and their
   * WebSocket minutes: if the gateway answers only over a new one, the transport is
   * restarted, too.
   */
  doubt(deaf: boolean): void {
    if (!deaf) {
      this.deaf = 0;
      if (this.trouble && this.connected()) this.close();
      return;
    }
    if (this.deaf || this.trouble) return;
    const now = (this.deaf = ++this.serial);
    this.owner.prove((anew) => {
      if (!anew || this.deaf !== now || this.trouble) return;
      this.begin();
      this.restart();
    });
  }

  private changed(state: RTCIceConnectionState, e: Event): void {
    switch (state) {
      case "connected":
      case "completed":
        this.follow();
        this.close();
        this.owner.tell("connected");
        break;
      case "failed":
        e.stopImmediatePropagation();
        this.interrupted();
        break;
      case "disconnected":
        this.interrupted();
        break;
      case "checking":
        this.owner.tell("connecting");
        break;
      case "closed":
        this.close();
    }
  }

  // Sound may leave an address that is gone for one of another family, and never miss a packet: the connection that was
  // opened from the same address is dead then, and says nothing until somebody hangs up.
  private follow(): void {
    const way = this.pc.getSenders()[0]?.transport?.iceTransport;
    if (this.follows || !way) return;
    this.follows = true;
    way.addEventListener("selectedcandidatepairchange", () => this.owner.prove(() => {}));
  }

  private connected(): boolean {
    return ["connected", "completed"].includes(this.pc.iceConnectionState);
  }

  private interrupted(): void {
    this.owner.tell("interrupted");
    if (this.trouble) return;
    this.begin();
    // A dead connection is found out while the transport may still recover.
    this.owner.prove(() => {});
    this.after(restartAfter);
  }

  private begin(): void {
    this.trouble = ++this.serial;
    this.end = this.owner.timers.set(() => {
      this.close();
      this.session.terminate({ cause: "RTP Timeout", status_code: 408, reason_phrase: "RTP Timeout" });
    }, endAfter);
  }

  private close(): void {
    this.trouble = this.deaf = 0;
    this.clear();
    if (this.end) this.owner.timers.clear(this.end);
    this.end = 0;
  }

  private clear(): void {
    if (this.timer) this.owner.timers.clear(this.timer);
    this.timer = 0;
  }

  private after(ms: number): void {
    this.clear();
    this.timer = this.owner.timers.set(() => {
      const now = this.trouble;
      this.owner.prove(() => now === this.trouble && this.restart());
    }, ms);
  }

  // A transport that stays disconnected for 2 s is restarted (RFC 8839 §4.4.1) until it connects. JsSIP ends the call
  // when the re-INVITE dies with its connection: the gateway has just answered over this one.
  private restart(): void {
    if (!this.trouble) return;
    this.after(restartEvery);
    if (this.owner.canReoffer()) this.session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
  }
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
