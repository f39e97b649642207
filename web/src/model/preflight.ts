import { signal, type ReadonlySignal } from "@preact/signals";
import type { Mic } from "../audio/microphone";
import type { Account, EngineCall, Ending, PhoneEngine, Registration } from "../engine/engine";
import { Window, readSample } from "../quality";
import { key, t } from "../say";
import { endedWords, micWords } from "../words";
import type { Features } from "./features";

/** Step is one thing that a call needs, and whether it is there. */
export interface Step {
  name: string;
  state: "waiting" | "running" | "good" | "bad" | "skipped";
  detail: string;
}

const names = [key("Connection to the gateway"), key("Microphone"), key("Network path"), key("Call to the echo"), key("Sound")];
const talk = 10_000;
const answerWithin = 8_000;
const gatherFor = 3_000;

/** Tested is what of the phone a test call looks at. */
export interface Tested {
  readonly account: ReadonlySignal<Account | null>;
  readonly registration: ReadonlySignal<Registration>;
  readonly features: ReadonlySignal<Features>;
  readonly busy: ReadonlySignal<boolean>;
}

/** Wait is a pause, replaced in tests. */
export type Wait = (ms: number) => Promise<void>;

/**
 * Preflight is a test call: is the gateway there, does the microphone give sound,
 * does UDP or a relay work, does sound go there and back, and how good is it.
 */
export class Preflight {
  readonly steps = signal<Step[]>([]);
  readonly running = signal(false);
  /** The estimated MOS of the call, 0 while there is none. */
  readonly score = signal(0);
  private call: EngineCall | null = null;
  private stopped = false;

  constructor(
    private readonly engine: Pick<PhoneEngine, "call">,
    private readonly mic: Mic,
    private readonly phone: Tested,
    private readonly wait: Wait = (ms) => new Promise((r) => setTimeout(r, ms)),
  ) {}

  /** run goes through all steps; what comes after a failure is skipped. */
  async run(): Promise<void> {
    if (this.running.value || this.phone.busy.value) return;
    this.running.value = true;
    this.stopped = false;
    this.score.value = 0;
    this.steps.value = names.map((name) => ({ name: t(name), state: "waiting", detail: "" }));
    const all = [() => this.connection(), () => this.microphone(), () => this.path(), () => this.echo(), () => this.sound()];
    let good = true;
    for (const [i, step] of all.entries()) {
      this.set(i, { state: good ? "running" : "skipped" });
      if (!good) continue;
      const [state, detail] = await step();
      this.set(i, { state, detail });
      good = state !== "bad" && !this.stopped;
    }
    this.call?.hangup();
    this.call = null;
    if (!this.phone.busy.value) this.mic.close();
    this.running.value = false;
  }

  /** stop ends the test, and the call with it. */
  stop(): void {
    this.stopped = true;
    this.call?.hangup();
  }

  private set(i: number, s: Partial<Step>): void {
    this.steps.value = this.steps.value.map((x, n) => (n === i ? { ...x, ...s } : x));
  }

  private async connection(): Promise<[Step["state"], string]> {
    const r = this.phone.registration.value.state;
    return r === "registered" ? ["good", t("registered")] : ["bad", t("The phone is not registered.")];
  }

  private async microphone(): Promise<[Step["state"], string]> {
    try {
      await this.mic.open();
    } catch (e) {
      return ["bad", micWords((e as DOMException).name).title];
    }
    let most = -1;
    for (let i = 0; i < 10 && !this.stopped; i++) {
      most = Math.max(most, this.mic.level());
      await this.wait(150);
    }
    // Not every browser lets us listen to it; only silence that was heard is a fault.
    if (most < 0) return ["good", t("open")];
    return most > 1e-5 ? ["good", t("gives sound")] : ["bad", t("gives no sound at all")];
  }

  private async path(): Promise<[Step["state"], string]> {
    if (typeof RTCPeerConnection === "undefined") return ["skipped", ""];
    const relays = this.phone.account.value?.relays ?? [];
    const pc = new RTCPeerConnection({ iceServers: relays });
    const found = new Set<string>();
    pc.addEventListener("icecandidate", (e) => e.candidate && found.add(`${e.candidate.type}/${e.candidate.protocol}`));
    pc.createDataChannel("path");
    await pc.setLocalDescription();
    for (let i = 0; i < 20 && pc.iceGatheringState !== "complete" && !found.has("relay/udp"); i++) await this.wait(gatherFor / 20);
    pc.close();
    const relayed = [...found].some((f) => f.startsWith("relay"));
    if (relays.length > 0 && relayed) return ["good", t("UDP, and the relay answers")];
    if (found.has("host/udp")) return ["good", relays.length ? t("UDP; the relay does not answer") : t("UDP")];
    return relayed ? ["good", t("by the relay only")] : ["bad", t("The browser finds no way out: a setting or an extension may forbid it.")];
  }

  private async echo(): Promise<[Step["state"], string]> {
    const number = this.phone.features.value.echo;
    if (!number) return ["skipped", t("This gateway has no echo to call.")];
    let up = false;
    let over: Ending | null = null;
    const call = this.engine.call(number, this.mic.track(), null);
    this.call = call;
    const nothing = () => {};
    call.listen({ ringing: nothing, connected: () => (up = true), party: nothing, remoteHold: nothing, media: nothing, stream: nothing, picture: nothing, ended: (e) => (over = e) });
    for (let i = 0; i < answerWithin / 100 && !up && !over && !this.stopped; i++) await this.wait(100);
    if (up) return ["good", t("answered")];
    return ["bad", over ? endedWords(over, { direction: "out", answered: false, who: number }).title : t("No answer")];
  }

  private async sound(): Promise<[Step["state"], string]> {
    if (!this.call) return ["skipped", ""];
    const window = new Window(talk + 1_000);
    let transport = "";
    for (let left = talk; left > 0 && !this.stopped; left -= 1_000) {
      await this.wait(1_000);
      const report = await this.call.stats().catch(() => null);
      if (!report) break;
      window.push(readSample(report as unknown as Iterable<[string, unknown]>, talk - left));
      transport = transportOf(report) || transport;
      this.score.value = window.quality().mos;
    }
    const q = window.quality();
    if (!q.bars) return ["bad", t("Nothing came back.")];
    const detail = t("MOS {mos}, {rtt} ms, {loss} % lost", { mos: q.mos.toFixed(1), rtt: Math.round(q.rtt * 1000), loss: (q.loss * 100).toFixed(1) });
    return [q.bars >= 3 ? "good" : "bad", transport ? `${detail} (${transport})` : detail];
  }
}

/** transportOf names the way that sound takes: udp or tcp, and whether by a relay. */
export function transportOf(report: RTCStatsReport): string {
  let pair: any;
  report.forEach((v: any) => {
    if (v.type === "candidate-pair" && v.nominated && v.state === "succeeded") pair = v;
  });
  const local: any = pair && report.get(pair.localCandidateId);
  if (!local) return "";
  const way = String(local.relayProtocol ?? local.protocol ?? "").toUpperCase();
  return local.candidateType === "relay" ? t("{way} by the relay", { way }) : way;
}
