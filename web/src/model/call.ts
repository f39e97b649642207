import { computed, signal } from "@preact/signals";
import type { EngineCall, Ending, Party } from "../engine/engine";
import { Window, readSample, unknownQuality, type Quality, type Sample } from "../quality";
import { t } from "../say";
import { duration, endedWords, type Said } from "../words";
import { Warnings, type WarningName } from "./warnings";

/**
 * CallState is where a call is:
 *  - preparing: the microphone is being opened
 *  - calling: INVITE sent, nothing heard yet
 *  - ringing: the far side is alerted
 *  - incoming: it rings here
 *  - answering: we answered, the answer is on its way
 *  - talking: answered; held or not
 *  - ended
 */
export type CallState = "preparing" | "calling" | "ringing" | "incoming" | "answering" | "talking" | "ended";

/** Showing is what picture we send. */
export type Showing = "nothing" | "camera" | "screen";

// A stream of packets that stops for this long is looked into, and then worth a sentence.
const doubtAfter = 1_900;
const silentAfter = 4_000;

/** PhoneCall is one call as the page shows it. */
export class PhoneCall {
  readonly state = signal<CallState>("calling");
  readonly party = signal<Party>({ number: "", name: "" });
  /** Whom was called, or who has called: others may have come since. */
  readonly first: Party;
  /** Hold as wanted by us and as carried out; they differ while a re-INVITE waits. */
  readonly wantHeld = signal(false);
  readonly held = signal(false);
  readonly heldByThem = signal(false);
  readonly muted = signal(false);
  readonly media = signal<"none" | "connecting" | "connected" | "interrupted">("none");
  readonly early = signal(false);
  readonly answeredAt = signal(0);
  readonly endedAt = signal(0);
  readonly said = signal<Said | null>(null);
  /** The SIP status that it ended with, 0 where there was none. */
  refusedWith = 0;
  readonly quality = signal<Quality>(unknownQuality);
  readonly digits = signal("");
  /** No packet has come for some seconds though some should. */
  readonly deaf = signal(false);
  /** What we show, and what of it to show ourselves. */
  readonly showing = signal<Showing>("nothing");
  readonly mine = signal<MediaStream | null>(null);
  /** A picture is being opened or agreed. */
  readonly changing = signal(false);
  readonly theirs = signal<MediaStream | null>(null);
  /** The call that this one was made for, to ask somebody before he gets it. */
  readonly askedFor = signal<PhoneCall | null>(null);
  /** To whom the far side is being sent on, and was sent on; "" for nobody. */
  readonly sending = signal("");
  readonly sentTo = signal("");
  /** Who was brought into the room that this call is in. */
  readonly guests = signal<string[]>([]);
  /** What is wrong with the sound, by name. */
  readonly warnings = signal<readonly WarningName[]>([]);
  stream: MediaStream | null = null;
  track: MediaStreamTrack | null = null;
  leg: EngineCall | null = null;
  /** Told of each reading of a call that talks. */
  onSample: ((report: RTCStatsReport, s: Sample) => void) | null = null;
  private readonly window = new Window();
  private readonly watch = new Warnings();
  private last: Sample | null = null;
  private heardAt = 0;

  constructor(
    readonly id: string,
    readonly direction: "out" | "in",
    party: Party,
    readonly startedAt: number,
  ) {
    this.party.value = this.first = party;
  }

  /** isWith takes that somebody else is at the other end now: after a transfer, or where another has answered. */
  isWith(p: Party): void {
    this.party.value = p;
  }

  readonly live = computed(() => this.state.value !== "ended");
  readonly talking = computed(() => this.state.value === "talking");
  readonly onHold = computed(() => this.wantHeld.value || this.heldByThem.value);

  /** title is the other side as a person would name it. */
  readonly title = computed(() => this.party.value.name || this.party.value.number);

  /** status says in words where the call is. */
  status(now: number): string {
    switch (this.state.value) {
      case "preparing":
        return t("Waiting for the microphone…");
      case "calling":
        return t("Calling…");
      case "ringing":
        return this.early.value ? t("Connecting…") : t("Ringing…");
      case "incoming":
        return t("Incoming call");
      case "answering":
        return t("Connecting…");
      case "talking":
        return this.talkingWords(now);
      case "ended":
        return this.said.value?.title ?? t("Call ended");
    }
  }

  private talkingWords(now: number): string {
    const time = duration((now - this.answeredAt.value) / 1000);
    if (this.sending.value) return t("Transferring to {to}…", { to: this.sending.value });
    if (this.wantHeld.value) return t("On hold {time}", { time });
    if (this.heldByThem.value) return t("The other side has put you on hold {time}", { time });
    if (this.media.value === "interrupted") return t("Reconnecting… {time}", { time });
    return t("Connected {time}", { time });
  }

  /** missed says whether it rang in vain: nobody took it, here or elsewhere, and nobody refused it. */
  missed(): boolean {
    return this.said.value?.missed ?? false;
  }

  /** length is the time talked, "" when there was none. */
  length(): string {
    return this.answeredAt.value && this.endedAt.value ? duration((this.endedAt.value - this.answeredAt.value) / 1000) : "";
  }

  answered(now: number): void {
    this.state.value = "talking";
    if (!this.answeredAt.value) this.answeredAt.value = now;
    this.heardAt = now;
  }

  end(e: Ending, now: number): void {
    this.refusedWith = e.status;
    this.said.value = endedWords(e, {
      direction: this.direction,
      answered: this.answeredAt.value > 0,
      who: this.party.value.number,
    });
    if (this.sentTo.value) this.said.value = { title: t("Transferred"), detail: t("{who} talks with {to} now.", { who: this.title.value, to: this.sentTo.value }), tone: "none" };
    this.endedAt.value = now;
    this.deaf.value = false;
    this.state.value = "ended";
    this.track?.stop();
    this.track = null;
    this.shows("nothing", null);
    this.theirs.value = null;
  }

  /** shows notes the picture that we send; the one before is closed. */
  shows(what: Showing, track: MediaStreamTrack | null): void {
    for (const t of this.mine.value?.getTracks() ?? []) if (t !== track) t.stop();
    this.showing.value = what;
    this.mine.value = track && new MediaStream([track]);
  }

  /** picture is the track that we send. */
  picture(): MediaStreamTrack | null {
    return this.mine.value?.getVideoTracks()[0] ?? null;
  }

  /** sample reads the counters: quality, whether anything is heard, early media. */
  async sample(now: number, micLevel = -1): Promise<void> {
    const report = await this.leg?.stats().catch(() => null);
    if (!report || !this.live.value) return;
    const s = readSample(report as unknown as Iterable<[string, unknown]>, now);
    if (s.received > (this.last?.received ?? 0)) {
      this.heardAt = now;
      if (this.state.value === "ringing" || this.state.value === "calling") this.early.value = true;
    }
    this.last = s;
    if (this.state.value !== "talking") return;
    if (this.onHold.value) {
      this.window.clear();
      this.watch.clear();
      this.warnings.value = [];
      this.heardAt = now;
      this.deaf.value = false;
      this.leg?.doubt(false);
      this.quality.value = unknownQuality;
      return;
    }
    this.window.push(s);
    this.onSample?.(report, s);
    this.quality.value = this.window.quality();
    this.warnings.value = this.watch.push(this.window.latest(), micLevel);
    this.deaf.value = now - this.heardAt >= silentAfter;
    this.leg?.doubt(now - this.heardAt >= doubtAfter);
  }
}
