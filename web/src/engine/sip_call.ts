import type { CallEvents, EngineCall, Ending, Party, Progress } from "./engine";
import { watchConnected } from "./connected";
import { endingOf } from "./ending";
import { IceWatch } from "./ice";
import { keepOffersApart } from "./offers";
import { Picture } from "./picture";
import { refer } from "./refer";
import type { Timers } from "./timers";
import type { Session, SessionEnd } from "./ua";

/** What a call sends, and the gateway's relays. */
export interface CallMedia {
  track: MediaStreamTrack | null;
  picture?: MediaStreamTrack | null;
  relays?: RTCIceServer[];
}

/**
 * callOptions is how every INVITE and answer is made: one audio track or none to listen only, a picture or none; no
 * STUN, and as relays those of the gateway, which nothing waits for: the description leaves without their candidates.
 */
export function callOptions({ track, picture = null, relays = [] }: CallMedia): object {
  const tracks = [track, picture].filter((t) => t !== null);
  return {
    mediaStream: tracks.length ? new MediaStream(tracks) : undefined,
    mediaConstraints: { audio: !!track, video: !!picture },
    pcConfig: { iceServers: relays, iceTransportPolicy: "all", bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" },
    rtcOfferConstraints: track ? undefined : { offerToReceiveAudio: true },
  };
}

/** SipCall is an EngineCall on a JsSIP session. */
export class SipCall implements EngineCall {
  readonly id: string;
  readonly direction: "out" | "in";
  private events: CallEvents | null = null;
  private pending: Array<(e: CallEvents) => void> = [];
  private gone: () => void = () => {};
  private over = false;
  private muted = false;
  private heard: MediaStreamTrack | null = null;
  private readonly picture: Picture;
  private ice: IceWatch | null = null;

  constructor(
    private readonly session: Session,
    public party: Party,
    private readonly timers: Timers,
    private readonly connected: () => boolean,
    private readonly relays: () => RTCIceServer[] = () => [],
    readonly offersPicture = false,
    private readonly address: (number: string) => string = (n) => n,
    private readonly prove: (then: (anew: boolean) => void) => void = () => {},
  ) {
    keepOffersApart(session);
    watchConnected(session, (p) => this.become(p));
    this.picture = new Picture(session, {
      timers: this.timers,
      canReoffer: () => this.canReoffer(),
      tell: (stream) => this.tell((e) => e.picture(stream)),
    });
    this.id = session.id;
    this.direction = session.direction === "incoming" ? "in" : "out";
    session.on("progress", () => this.direction === "out" && this.tell((e) => e.ringing()));
    session.on("accepted", () => this.tell((e) => e.connected()));
    session.on("hold", (e) => e.originator === "remote" && this.tell((l) => l.remoteHold(true)));
    session.on("unhold", (e) => e.originator === "remote" && this.tell((l) => l.remoteHold(false)));
    session.on("ended", (e: SessionEnd) => this.finish(endingOf(e)));
    session.on("failed", (e: SessionEnd) => this.finish(endingOf(e)));
    session.on("peerconnection", (e) => this.attach(e.peerconnection));
    if (session.connection) this.attach(session.connection);
  }

  get ref(): string {
    return this.session._request?.call_id ?? "";
  }

  listen(events: CallEvents): void {
    this.events = events;
    const waiting = this.pending;
    this.pending = [];
    for (const f of waiting) f(events);
  }

  /** onGone tells the engine when this call no longer counts. */
  onGone(f: () => void): void {
    this.gone = f;
  }

  answer(track: MediaStreamTrack | null, picture: MediaStreamTrack | null): void {
    if (!this.over) this.session.answer(callOptions({ track, picture, relays: this.relays() }));
  }

  decline(status: number): void {
    if (!this.over) this.session.terminate({ status_code: status });
  }

  hangup(): void {
    if (this.over) return;
    const ringing = this.direction === "in" && !this.session.isEstablished();
    this.session.terminate(ringing ? { status_code: 486 } : undefined);
  }

  // JsSIP ends the call when a re-INVITE cannot be sent, so it is not even
  // begun while the socket is down or another one is under way.
  hold(): boolean {
    return this.canReoffer() && this.session.hold();
  }

  resume(): boolean {
    return this.canReoffer() && this.session.unhold();
  }

  mute(muted: boolean): void {
    if (this.over || muted === this.muted) return;
    this.muted = muted;
    if (muted) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
  }

  digit(tone: string): boolean {
    if (this.over) return false;
    const sender = this.session.connection?.getSenders().find((s) => s.track?.kind === "audio");
    if (!sender?.dtmf?.canInsertDTMF) return false;
    this.session.sendDTMF(tone, { transportType: "RFC2833", duration: 120, interToneGap: 70 });
    return true;
  }

  async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    const pc = this.session.connection;
    if (this.over || !pc) return;
    const sender = pc.getTransceivers().find((t) => t.receiver.track.kind === "audio")?.sender;
    if (!sender) return;
    // Mute and hold are the old track's `enabled`, and must not be lost with it.
    if (track && sender.track) track.enabled = sender.track.enabled;
    await sender.replaceTrack(track);
  }

  async show(picture: MediaStreamTrack | null): Promise<boolean> {
    const pc = this.session.connection;
    return !this.over && !!pc && this.picture.send(pc, picture);
  }

  showing(): boolean {
    const pc = this.session.connection;
    return !this.over && !!pc && this.picture.sending(pc);
  }

  transfer(to: string | EngineCall, told: (p: Progress) => void): boolean {
    if (this.over || !this.connected() || !this.session.isEstablished()) return false;
    if (typeof to === "string") return refer(this.session, this.address(to), null, told);
    if (!(to instanceof SipCall) || to.over || !to.session.isEstablished()) return false;
    return refer(this.session, this.address(to.party.number), to.session, told);
  }

  async stats(): Promise<RTCStatsReport | null> {
    const pc = this.session.connection;
    return this.over || !pc ? null : pc.getStats();
  }

  doubt(deaf: boolean): void {
    if (!this.over) this.ice?.doubt(deaf);
  }

  private canReoffer(): boolean {
    return !this.over && this.connected() && this.session.isEstablished() && this.session.isReadyToReOffer();
  }

  private attach(pc: RTCPeerConnection): void {
    this.ice = new IceWatch(this.session, pc, {
      timers: this.timers,
      canReoffer: () => this.canReoffer(),
      tell: (state) => this.tell((e) => e.media(state)),
      prove: this.prove,
    });
    this.picture.attach(pc);
    pc.addEventListener("track", (e) => {
      // Hold takes the track out of the streams that the description names, and
      // resume announces it again; a stream of our own keeps it throughout.
      if (e.track === this.heard || e.track.kind !== "audio") return;
      this.heard = e.track;
      const stream = new MediaStream([e.track]);
      this.tell((l) => l.stream(stream));
    });
  }

  private become(p: Party): void {
    this.party = p;
    this.tell((l) => l.party(p));
  }

  private finish(e: Ending): void {
    if (this.over) return;
    this.over = true;
    this.gone();
    this.tell((l) => l.ended(e));
  }

  private tell(f: (e: CallEvents) => void): void {
    if (this.events) f(this.events);
    else this.pending.push(f);
  }
}
