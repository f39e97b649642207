import type { Session } from "./ua";

export interface PictureOwner {
  canReoffer(): boolean;
  /** The far side's picture; null when none comes any more. */
  tell(stream: MediaStream | null): void;
}

/**
 * Picture is the video of one call: at most one picture out and one in. It is
 * added and taken away by a re-INVITE (RFC 3264 §8); going from the camera to
 * the screen needs none.
 */
export class Picture {
  private shown: MediaStreamTrack | null = null;
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
  async send(pc: RTCPeerConnection, track: MediaStreamTrack | null): Promise<boolean> {
    const way = pc.getTransceivers().find((t) => t.receiver.track.kind === "video" && t.direction !== "stopped");
    if (way && sends(way) === !!track) {
      await way.sender.replaceTrack(track);
      return true;
    }
    if (!way && !track) return true;
    if (!this.owner.canReoffer()) return false;
    if (way) {
      await way.sender.replaceTrack(track);
      way.direction = track ? "sendrecv" : "recvonly";
    } else if (track) {
      pc.addTransceiver(track, { direction: "sendrecv", streams: [new MediaStream([track])] });
    }
    const agreed = await this.renegotiate();
    return agreed && (!track || this.sending(pc));
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

function sends(t: RTCRtpTransceiver): boolean {
  return t.currentDirection === "sendrecv" || t.currentDirection === "sendonly";
}
