import { computed, signal } from "@preact/signals";
import type { Account, EngineCall, Party, Registration } from "../engine/engine";
import { t } from "../say";
import { PhoneCall } from "./call";
import { Chat } from "./chat";
import { dialable, maxCalls } from "./dialable";
import { noFeatures, type Features } from "./features";
import { History } from "./history";
import { MicUse } from "./mic_use";
import { MicWatch } from "./mic_watch";
import type { Dialing, Notice, PhoneParts } from "./parts";
import { People } from "./people";
import { Pictures } from "./pictures";
import { Preflight } from "./preflight";
import { Settings } from "./settings";
import { toneFor } from "./tone_choice";
import { Transfers } from "./transfers";

/** Panel is what can stand beside the calls. */
export type Panel = "people" | "calls" | "messages" | "settings";

// How long the words about an ended call stay.
const showEnded = 8_000;
const showMissed = 30_000;
const autoAnswerAfter = 1_500;

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
  readonly features = signal<Features>(noFeatures);
  /** What is shown beside the calls. */
  readonly panel = signal<Panel>("people");

  readonly incoming = computed(() => this.calls.value.filter((c) => c.state.value === "incoming"));
  readonly current = computed(() => this.calls.value.find((c) => c.id === this.currentId.value) ?? null);
  readonly others = computed(() => this.calls.value.filter((c) => c !== this.current.value && c.state.value !== "incoming"));
  readonly busy = computed(() => this.calls.value.some((c) => c.live.value));

  readonly pictures: Pictures;
  readonly transfers: Transfers;
  readonly chat: Chat;
  readonly people: People;
  readonly history: History;
  readonly settings = new Settings();
  readonly preflight: Preflight;
  private readonly mic: MicUse;
  private readonly now: () => number;
  private readonly micWatch = new MicWatch();
  private serial = 0;
  private sampledAt = 0;

  constructor(private readonly parts: PhoneParts) {
    this.now = parts.now ?? Date.now;
    this.clock.value = this.now();
    this.pictures = new Pictures(parts.camera, (n) => (this.notice.value = n));
    this.transfers = new Transfers(this);
    this.chat = new Chat(parts.engine, this.now);
    this.people = new People(parts.engine);
    this.preflight = new Preflight(parts.engine, parts.mic, this);
    this.history = new History(parts.fetchHistory);
    this.mic = new MicUse(parts.mic, () => this.calls.value, (n) => (this.notice.value = n));
    parts.speaker.onBlocked((blocked) => (this.blockedAudio.value = blocked));
    parts.mic.onChange((why) => {
      this.micWatch.reset();
      void this.mic.changed(why);
    });
  }

  signIn(account: Account, more: { features?: Features; people?: Party[] } = {}): void {
    this.account.value = account;
    this.features.value = more.features ?? noFeatures;
    this.chat.load(account.user);
    void this.history.load(account.user);
    this.parts.engine.start(account, {
      registration: (r) => this.registered(r),
      incoming: (leg) => this.ring(leg),
      text: (m) => (this.chat.receive(m), true),
    });
    this.people.open(account.user, more.people ?? []);
  }

  signOut(): void {
    this.people.close();
    this.parts.engine.stop();
    this.parts.tones.stop();
    this.parts.mic.close();
    this.calls.value = [];
    this.transfers.cancel();
    this.account.value = null;
  }

  renew(password: string, relays?: RTCIceServer[]): void {
    this.parts.engine.renew(password, relays);
  }

  retry(): void {
    this.parts.engine.retry();
  }

  /** probe makes sure of the connection when the network may have changed. */
  probe(): void {
    this.parts.engine.probe();
  }

  /** dial calls what was typed or given; a call that goes on is held first. */
  async dial(text = this.number.value, o: Dialing = {}): Promise<void> {
    const number = dialable(this, text);
    if (!number) return;
    this.lastNumber.value = number;
    this.number.value = "";
    this.notice.value = null;
    const name = o.name ?? this.people.nameOf(number);
    const call = this.add(new PhoneCall(`call-${++this.serial}`, "out", { number, name }, this.now()));
    call.state.value = "preparing";
    call.askedFor.value = o.askedFor ?? null;
    this.focus(call);
    const opened = await this.mic.open();
    if (opened && o.camera) await this.pictures.open(call);
    if (!this.calls.value.includes(call)) {
      call.shows("nothing", null);
      return this.mic.closeUnused();
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
    const opened = await this.mic.open();
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
    else this.tell(t("The digit was not sent"), t("The call cannot carry digits yet."));
  }

  dismiss(call: PhoneCall): void {
    if (!call.live.value) this.remove(call);
  }

  /** show brings a panel up; a thread that nobody sees is not read. */
  show(panel: Panel): void {
    this.panel.value = panel;
    if (panel !== "messages") this.chat.show("");
  }

  /** write opens the messages with somebody. */
  write(party: Party): void {
    this.panel.value = "messages";
    this.chat.show(party.number);
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
      if (c.state.value === "incoming" && this.settings.autoAnswer.value && now - c.startedAt >= autoAnswerAfter) void this.answer(c);
      const shown = c.missed() ? showMissed : showEnded;
      if (!c.live.value && now - c.endedAt.value > shown) this.remove(c);
    }
    if (now - this.sampledAt >= 900) {
      this.sampledAt = now;
      for (const c of this.calls.value) if (c.talking.value) void c.sample(now, c === this.current.value && !c.muted.value ? this.parts.mic.level() : -1);
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
    const party = { ...leg.party, name: leg.party.name || this.people.nameOf(leg.party.number) };
    const call = this.add(new PhoneCall(`call-${++this.serial}`, "in", party, this.now()));
    call.state.value = "incoming";
    this.attach(call, leg);
    if (this.settings.undisturbed.value) return leg.decline(486);
    if (!this.current.value?.live.value) this.currentId.value = "";
    this.refreshTones();
  }

  private join(call: PhoneCall, make: (track: MediaStreamTrack | null) => EngineCall): void {
    call.track = this.parts.mic.track();
    try {
      this.attach(call, make(call.track));
    } catch (e) {
      this.remove(call);
      this.tell(t("The call could not be started"), String((e as Error).message));
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
      party: (p) => call.isWith({ ...p, name: p.name || this.people.nameOf(p.number) }),
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
    this.transfers.connected(call);
    this.parts.onTalk?.(call);
    if (call.picture()) this.pictures.answered(call);
    if (call.muted.value) call.leg?.mute(true);
    this.refreshTones();
    this.listen();
  }

  private afterEnd(call: PhoneCall): void {
    if (call === this.current.value) this.adding.value = false;
    this.transfers.ended(call);
    this.history.add(call);
    this.refreshTones();
    const tone = call.said.value?.tone;
    if (tone && tone !== "none" && call === this.current.value) this.parts.tones.play(tone);
    this.mic.closeUnused();
    this.listen();
    const quiet = call.said.value?.declined || (!!call.sentTo.value && this.busy.value);
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

  /** refreshTones plays what fits. */
  refreshTones(): void {
    const tone = toneFor(this.calls.value, this.current.value, this.now());
    if (tone === "keep") return;
    if (tone) this.parts.tones.play(tone);
    else this.parts.tones.stop();
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
    this.mic.closeUnused();
    this.refreshTones();
    this.listen();
  }

  tell(title: string, detail: string): void {
    this.notice.value = { title, detail, kind: "error" };
  }
}

/** nameOf writes a party for a sentence: `Ann (1001)`, or the number alone. */
export function nameOf(p: Party): string {
  return p.name && p.name !== p.number ? `${p.name} (${p.number})` : p.number;
}
