import type { Timers } from "./timers";
import type { Session } from "./ua";

// Offers take turns with those of hold, of a restart of the transport, and of the far end: one round trip, or the
// seconds in which the connection to the gateway comes back. Who wants to show something is told if that takes longer;
// what was taken away is told to the far side whenever it can be, else it would look at the last picture for good.
const turnEvery = 50;
const turnLimit = 5_000;

export interface PictureOwner {
  timers: Timers;
  canReoffer(): boolean;
  /** The far side's picture; null when none comes any more. */
  tell(stream: MediaStream | null): void;
}

/**
 * Picture is the video of one call: at most one picture out and one in. It is
 * added and taken away by a re-INVITE (RFC 3264 §8); going from the camera to
 * the screen needs none. What is wanted while another change is being agreed is
 * carried out after it.
 */
export class Picture {
  private shown: MediaStreamTrack | null = null;
  private changed: Promise<unknown> = Promise.resolve();
  /** Resolves when the call is over, and with it whatever is being agreed. */
  private readonly over: Promise<boolean>;

  constructor(
    private readonly session: Session,
    private readonly owner: PictureOwner,
  ) {
    this.over = new Promise((resolve) => {
      session.on("ended", () => resolve(false));
      session.on("failed", () => resolve(false));
    });
  }

  /** attach listens for the far side's picture. */
  attach(pc: RTCPeerConnection): void {
    pc.addEventListener("track", (e) => {
      if (e.track.kind !== "video") return;
      const { track } = e;
      const stream = new MediaStream([track]);
      const look = () => {
        const comes = track.readyState === "live" && !track.muted;
        if (comes) this.shown = track;
        else if (this.shown !== track) return;
        else this.shown = null;
        this.owner.tell(comes ? stream : null);
      };
      // A track is muted until its first packet, and again when the far side stops.
      track.addEventListener("unmute", look);
      track.addEventListener("mute", look);
      track.addEventListener("ended", look);
      look();
    });
  }

  /** send shows a track to the far side, or nothing; false when the far side does not take it. */
  send(pc: RTCPeerConnection, track: MediaStreamTrack | null): Promise<boolean> {
    const sent = this.changed.then(() => this.change(pc, track));
    this.changed = sent.catch(() => {});
    return sent;
  }

  private async change(pc: RTCPeerConnection, track: MediaStreamTrack | null): Promise<boolean> {
    if (this.session.isEnded()) return false;
    const way = await this.give(pc, track);
    if (sends(way) === !!track) return true;
    const turn = await this.turn(track ? turnLimit : Infinity);
    // The far side may have offered meanwhile: its own picture, on whose way ours goes, or anything that ours was in the answer to.
    const now = wayOf(pc) === way ? way : await this.give(pc, track);
    if (turn && sends(now) === !!track) return true;
    if (turn && !now && track) pc.addTransceiver(track, { direction: "sendrecv", streams: [new MediaStream([track])] });
    if (turn && (await this.renegotiate()) && (!track || this.sending(pc))) return true;
    // What is not shown now may not be offered later, with something else.
    if (track && !this.session.isEnded()) await this.give(pc, null);
    return false;
  }

  /** give puts a track on the way that there is; whatever is offered next says so. */
  private async give(pc: RTCPeerConnection, track: MediaStreamTrack | null): Promise<RTCRtpTransceiver | undefined> {
    const way = wayOf(pc);
    await way?.sender.replaceTrack(track);
    if (way && wants(way) !== !!track) way.direction = track ? "sendrecv" : "recvonly";
    return way;
  }

  /** turn waits until an offer may be sent, for at most limit ms. */
  private async turn(limit: number): Promise<boolean> {
    for (let waited = 0; !this.owner.canReoffer(); waited += turnEvery) {
      if (this.session.isEnded() || waited >= limit) return false;
      await new Promise<void>((resolve) => this.owner.timers.set(resolve, turnEvery));
    }
    return true;
  }

  /** sending says whether a picture is agreed and goes out. */
  sending(pc: RTCPeerConnection): boolean {
    return pc.getTransceivers().some((t) => t.sender.track?.kind === "video" && sends(t));
  }

  private renegotiate(): Promise<boolean> {
    const agreed = new Promise<boolean>((resolve) => {
      if (!this.session.renegotiate({}, () => resolve(true))) resolve(false);
    });
    return Promise.race([agreed, this.over]);
  }
}

function wayOf(pc: RTCPeerConnection): RTCRtpTransceiver | undefined {
  return pc.getTransceivers().find((t) => t.receiver.track.kind === "video" && t.direction !== "stopped");
}

/** sends says whether it was agreed that a picture goes out, and wants whether that is offered next. */
function sends(t: RTCRtpTransceiver | undefined): boolean {
  return t?.currentDirection === "sendrecv" || t?.currentDirection === "sendonly";
}

function wants(t: RTCRtpTransceiver): boolean {
  return t.direction === "sendrecv" || t.direction === "sendonly";
}
