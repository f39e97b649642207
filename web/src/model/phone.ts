import { computed, signal } from "@preact/signals";
import type { Camera } from "../picture/camera";
import type { Mic } from "../audio/microphone";
import type { SpeakerPort } from "../audio/speaker";
import type { TonePlayer } from "../audio/tones";
import type { Account, EngineCall, Party, PhoneEngine, Registration } from "../engine/engine";
import { cleanNumber } from "../numbers";
import { micWords } from "../words";
import { PhoneCall } from "./call";
import { MicWatch } from "./mic_watch";
import { Pictures } from "./pictures";

/** maxCalls at once; a further one hears busy. */
export const maxCalls = 4;
// How long the words about an ended call stay.
const showEnded = 8_000;
const showMissed = 30_000;

/** Notice is something to tell that is not part of a call. */
export interface Notice {
  title: string;
  detail: string;
  kind: "error" | "info";
}

export interface PhoneParts {
  engine: PhoneEngine;
  mic: Mic;
  camera: Camera;
  speaker: SpeakerPort;
  tones: TonePlayer;
  now?: () => number;
  /** Called when the registrar refuses the password. */
  onPasswordRefused?: () => void;
}

/**
 * Phone is the state of the page: one registration, up to four calls, one of
 * which is current. It alone decides what is held, muted, played and said; the
 * screens only show it. step() must be called a few times a second.
 */
export class Phone {
  readonly registration = signal<Registration>({ state: "stopped" });
  readonly account = signal<Account | null>(null);
  readonly calls = signal<PhoneCall[]>([]);
  readonly currentId = signal("");
  readonly number = signal("");
  readonly lastNumber = signal("");
  readonly notice = signal<Notice | null>(null);
  readonly blockedAudio = signal(false);
  readonly clock = signal(0);
  readonly micSilent = signal(false);
  /** A number for another call is being typed while the current one goes on. */
  readonly adding = signal(false);

  readonly incoming = computed(() => this.calls.value.filter((c) => c.state.value === "incoming"));
  readonly current = computed(() => this.calls.value.find((c) => c.id === this.currentId.value) ?? null);
  readonly others = computed(() => this.calls.value.filter((c) => c !== this.current.value && c.state.value !== "incoming"));
  readonly busy = computed(() => this.calls.value.some((c) => c.live.value));

  readonly pictures: Pictures;
  private readonly now: () => number;
  private readonly micWatch = new MicWatch();
  private serial = 0;
  private sampledAt = 0;

  constructor(private readonly parts: PhoneParts) {
    this.now = parts.now ?? Date.now;
    this.clock.value = this.now();
    this.pictures = new Pictures(parts.camera, (n) => (this.notice.value = n));
    parts.speaker.onBlocked((blocked) => (this.blockedAudio.value = blocked));
    parts.mic.onChange((why) => void this.microphoneChanged(why));
  }

  signIn(account: Account): void {
    this.account.value = account;
    this.parts.engine.start(account, {
      registration: (r) => this.registered(r),
      incoming: (leg) => this.ring(leg),
    });
  }

  signOut(): void {
    this.parts.engine.stop();
    this.parts.tones.stop();
    this.parts.mic.close();
    this.calls.value = [];
    this.adding.value = false;
    this.account.value = null;
  }

  renew(password: string, relays?: RTCIceServer[]): void {
    this.parts.engine.renew(password, relays);
  }

  retry(): void {
    this.parts.engine.retry();
  }

  /** dial calls what was typed or given; a call that goes on is held first. */
  async dial(text = this.number.value, o: { camera?: boolean } = {}): Promise<void> {
    const number = cleanNumber(text, this.account.value?.domain ?? "");
    if (!number) {
      if (text.trim()) this.tell("This cannot be called", `“${text.trim().slice(0, 60)}” is not a number or a name.`);
      else if (this.lastNumber.value) this.number.value = this.lastNumber.value;
      return;
    }
    if (this.registration.value.state !== "registered") {
      return this.tell("Not registered", "Calls can be made once the phone is registered.");
    }
    if (this.calls.value.filter((c) => c.live.value).length >= maxCalls) {
      return this.tell("Enough calls", `${maxCalls} calls are open. End one first.`);
    }
    this.lastNumber.value = number;
    this.number.value = "";
    this.notice.value = null;
    const call = this.add(new PhoneCall(`call-${++this.serial}`, "out", { number, name: "" }, this.now()));
    call.state.value = "preparing";
    this.focus(call);
    const opened = await this.openMicrophone();
    if (opened && o.camera) await this.pictures.open(call);
    if (!this.calls.value.includes(call)) {
      call.shows("nothing", null);
      return this.closeMicrophone();
    }
    if (!opened) return this.remove(call);
    this.join(call, (track) => this.parts.engine.call(number, track, call.picture()));
    if (call.state.value === "preparing") call.state.value = "calling";
    this.refreshTones();
  }

  /** answer takes an incoming call; others are held. */
  async answer(call = this.incoming.value[0], o: { camera?: boolean } = {}): Promise<void> {
    if (call?.state.value !== "incoming" || !call.leg) return;
    call.state.value = "answering";
    this.refreshTones();
    const opened = await this.openMicrophone();
    if (opened && o.camera) await this.pictures.open(call);
    if (call.state.value !== "answering") return call.shows("nothing", null);
    if (!opened) {
      call.state.value = "incoming";
      return this.refreshTones();
    }
    this.focus(call);
    call.track = this.parts.mic.track();
    call.leg.answer(call.track, call.picture());
  }

  decline(call = this.incoming.value[0], status = 603): void {
    if (call?.state.value === "incoming") call.leg?.decline(status);
  }

  hangup(call = this.current.value): void {
    if (!call?.live.value) return;
    if (call.leg) call.leg.hangup();
    else this.remove(call);
  }

  toggleMute(call = this.current.value): void {
    if (!call?.live.value) return;
    call.muted.value = !call.muted.value;
    call.leg?.mute(call.muted.value);
    this.micWatch.reset();
  }

  toggleHold(call = this.current.value): void {
    if (!call?.talking.value) return;
    if (call.wantHeld.value) return this.focus(call);
    call.wantHeld.value = true;
    this.settleHold(call);
  }

  /** swap makes another call the current one and holds the rest. */
  swap(call: PhoneCall): void {
    this.focus(call);
  }

  /** digit dials, or is sent to the far side of a call that is up. */
  digit(d: string): void {
    this.parts.tones.key(d);
    const call = this.current.value;
    if (!call?.live.value || this.adding.value) {
      this.number.value += d;
      return;
    }
    if (call.leg?.digit(d)) call.digits.value = (call.digits.value + d).slice(-32);
    else this.tell("The digit was not sent", "The call cannot carry digits yet.");
  }

  dismiss(call: PhoneCall): void {
    if (!call.live.value) this.remove(call);
  }

  unlockAudio(): void {
    this.parts.speaker.unlock();
  }

  /** step moves time: timers shown, counters read, holds carried out, ended calls put away. */
  step(): void {
    const now = this.now();
    this.clock.value = now;
    for (const c of this.calls.value) {
      if (c.talking.value) this.settleHold(c);
      const shown = c.said.value?.title === "Missed call" ? showMissed : showEnded;
      if (!c.live.value && now - c.endedAt.value > shown) this.remove(c);
    }
    if (now - this.sampledAt >= 900) {
      this.sampledAt = now;
      for (const c of this.calls.value) if (c.talking.value) void c.sample(now);
    }
    for (const c of this.calls.value) {
      if (c.state.value === "ringing" || c.state.value === "calling") void c.sample(now).then(() => this.refreshTones());
    }
    const call = this.current.value;
    const listening = !!call?.talking.value && !call.muted.value && !call.onHold.value;
    this.micSilent.value = this.micWatch.step(now, listening ? this.parts.mic.level() : -1);
  }

  microphoneSilenced(): boolean {
    return this.parts.mic.silenced();
  }

  private registered(r: Registration): void {
    this.registration.value = r;
    if (r.state === "refused" && [401, 403, 407].includes(r.status)) this.parts.onPasswordRefused?.();
  }

  private ring(leg: EngineCall): void {
    if (this.calls.value.filter((c) => c.live.value).length >= maxCalls) return leg.decline(486);
    const call = this.add(new PhoneCall(`call-${++this.serial}`, "in", leg.party, this.now()));
    call.state.value = "incoming";
    this.attach(call, leg);
    if (!this.current.value?.live.value) this.currentId.value = "";
    this.refreshTones();
  }

  private join(call: PhoneCall, make: (track: MediaStreamTrack | null) => EngineCall): void {
    call.track = this.parts.mic.track();
    try {
      this.attach(call, make(call.track));
    } catch (e) {
      this.remove(call);
      this.tell("The call could not be started", String((e as Error).message));
    }
  }

  private attach(call: PhoneCall, leg: EngineCall): void {
    call.leg = leg;
    leg.listen({
      ringing: () => {
        if (call.state.value === "calling" || call.state.value === "preparing") call.state.value = "ringing";
        this.refreshTones();
      },
      connected: () => this.connected(call),
      remoteHold: (held) => (call.heldByThem.value = held),
      media: (state) => (call.media.value = state),
      stream: (stream) => {
        call.stream = stream;
        this.listen();
      },
      picture: (stream) => (call.theirs.value = stream),
      ended: (e) => {
        call.end(e, this.now());
        this.afterEnd(call);
      },
    });
  }

  private connected(call: PhoneCall): void {
    if (!call.live.value) return;
    call.answered(this.now());
    if (call.picture()) this.pictures.answered(call);
    if (call.muted.value) call.leg?.mute(true);
    this.refreshTones();
    this.listen();
  }

  private afterEnd(call: PhoneCall): void {
    if (call === this.current.value) this.adding.value = false;
    this.refreshTones();
    const tone = call.said.value?.tone;
    if (tone && tone !== "none" && call === this.current.value) this.parts.tones.play(tone);
    this.closeMicrophone();
    this.listen();
    const quiet = call.direction === "in" && call.said.value?.title === "Declined";
    if (quiet) this.remove(call);
    else if (!this.current.value) this.currentId.value = call.id;
  }

  /** focus makes a call current: the others are held, it is resumed. */
  private focus(call: PhoneCall): void {
    for (const c of this.calls.value) {
      if (c === call || !c.talking.value) continue;
      c.wantHeld.value = true;
      this.settleHold(c);
    }
    // What has ended makes room for what begins.
    this.calls.value = this.calls.value.filter((c) => c === call || c.live.value);
    this.currentId.value = call.id;
    this.adding.value = false;
    call.wantHeld.value = false;
    this.settleHold(call);
    this.micWatch.reset();
    this.refreshTones();
    this.listen();
  }

  /** settleHold carries out the wanted hold; one that cannot be sent now is tried on the next step. */
  private settleHold(c: PhoneCall): void {
    if (!c.leg || !c.talking.value || c.held.value === c.wantHeld.value) return;
    const done = c.wantHeld.value ? c.leg.hold() : c.leg.resume();
    if (done) c.held.value = c.wantHeld.value;
  }

  private listen(): void {
    const c = this.current.value;
    this.parts.speaker.play(c?.live.value && c.state.value !== "incoming" ? c.stream : null);
  }

  /** refreshTones plays what fits: the ringer, or ringback until something is heard. */
  private refreshTones(): void {
    const c = this.current.value;
    const talking = this.calls.value.some((x) => x.state.value === "talking");
    if (this.incoming.value.length > 0) return talking ? this.parts.tones.stop() : this.parts.tones.play("ring");
    if (c?.state.value === "ringing" && !c.early.value) return this.parts.tones.play("ringback");
    if (c?.state.value === "ended" && this.now() - c.endedAt.value < 3_000) return;
    this.parts.tones.stop();
  }

  private async openMicrophone(): Promise<boolean> {
    try {
      await this.parts.mic.open();
      return true;
    } catch (e) {
      const words = micWords((e as DOMException).name);
      this.tell(words.title, words.detail);
      return false;
    }
  }

  private closeMicrophone(): void {
    if (!this.busy.value) this.parts.mic.close();
  }

  private async microphoneChanged(why: "chosen" | "lost"): Promise<void> {
    for (const c of this.calls.value) {
      if (!c.live.value || !c.track) continue;
      c.track.stop();
      c.track = this.parts.mic.track();
      await c.leg?.replaceTrack(c.track).catch(() => {});
    }
    this.micWatch.reset();
    if (why === "chosen") return;
    const other = this.parts.mic.track();
    other?.stop();
    if (other) this.notice.value = { title: "The microphone went away", detail: "Another one has taken over.", kind: "info" };
    else this.tell("The microphone went away", "The other side cannot hear you. Plug one in and choose it under Sound.");
  }

  private add(call: PhoneCall): PhoneCall {
    this.calls.value = [...this.calls.value, call];
    return call;
  }

  private remove(call: PhoneCall): void {
    call.track?.stop();
    call.shows("nothing", null);
    this.calls.value = this.calls.value.filter((c) => c !== call);
    if (this.currentId.value === call.id) {
      this.currentId.value = this.calls.value.find((c) => c.live.value && c.state.value !== "incoming")?.id ?? "";
    }
    this.closeMicrophone();
    this.refreshTones();
    this.listen();
  }

  private tell(title: string, detail: string): void {
    this.notice.value = { title, detail, kind: "error" };
  }
}

/** nameOf writes a party for a sentence: `Ann (1001)`, or the number alone. */
export function nameOf(p: Party): string {
  return p.name && p.name !== p.number ? `${p.name} (${p.number})` : p.number;
}
