// How a call sounds, from what the browser counts (W3C webrtc-stats), by a
// shortened E-model (ITU-T G.107) with thresholds that users of such phones know.

import { t } from "./say";

/** Sample is one reading of a call's counters. */
export interface Sample {
  /** ms since the epoch */
  at: number;
  received: number;
  lost: number;
  /** seconds; undefined when not reported yet */
  jitter?: number;
  rtt?: number;
  sent: number;
  /** share of our packets that the far end missed, 0..1 */
  lostThere?: number;
  /** seconds of sound concealed and played */
  concealed: number;
  played: number;
}

export interface Quality {
  /** 1 (bad) to 5 (clear); 0 while unknown. */
  bars: 0 | 1 | 2 | 3 | 4 | 5;
  mos: number;
  /** Why it is not better; "" at 4 and 5 bars. */
  reason: string;
  rtt: number;
  jitter: number;
  /** worse direction, 0..1 */
  loss: number;
}

export const unknownQuality: Quality = { bars: 0, mos: 0, reason: "", rtt: 0, jitter: 0, loss: 0 };

/** Window keeps the samples of the last five seconds of a call. */
export class Window {
  private samples: Sample[] = [];

  constructor(private readonly span = 5_000) {}

  push(s: Sample): void {
    this.samples.push(s);
    while (this.samples.length > 2 && s.at - this.samples[1]!.at >= this.span) this.samples.shift();
  }

  clear(): void {
    this.samples = [];
  }

  /** latest judges the last second or so alone, which is what warnings count. */
  latest(): Quality {
    return this.between(this.samples[this.samples.length - 2], this.samples[this.samples.length - 1]);
  }

  /** quality judges the window; unknown until two samples with packets are there. */
  quality(): Quality {
    return this.between(this.samples[0], this.samples[this.samples.length - 1]);
  }

  private between(first: Sample | undefined, last: Sample | undefined): Quality {
    if (!first || !last || first === last) return unknownQuality;
    const received = last.received - first.received;
    const lost = Math.max(0, last.lost - first.lost);
    if (received + lost <= 0) return unknownQuality;
    const here = lost / (received + lost);
    return score(last.rtt ?? 0, last.jitter ?? 0, Math.max(here, last.lostThere ?? 0));
  }
}

/** score rates a round trip and jitter in seconds and a loss share 0..1. */
export function score(rtt: number, jitter: number, loss: number): Quality {
  // One way: half the round trip, twice the jitter as buffer, 40 ms of packet and codec.
  const delay = (rtt / 2) * 1000 + jitter * 2000 + 40;
  let r = 93.2 - delay / 40;
  if (delay > 177) r -= (delay - 177) * 0.11;
  // Opus and G.711 with concealment: Ie = 0, Bpl about 10.
  r -= 95 * ((loss * 100) / (loss * 100 + 10));
  r = Math.max(0, Math.min(100, r));
  const mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
  const rated = mos >= 4.1 ? 5 : mos >= 3.8 ? 4 : mos >= 3.4 ? 3 : mos >= 2.8 ? 2 : 1;
  // A value over its threshold is heard by some even where the model forgives it.
  const bars = worst(rtt, jitter, loss) > 1 && rated > 3 ? 3 : rated;
  return { bars, mos: Math.max(1, mos), reason: bars >= 4 ? "" : reason(rtt, jitter, loss), rtt, jitter, loss };
}

// 3 % loss, 30 ms jitter, 400 ms round trip.
function worst(rtt: number, jitter: number, loss: number): number {
  return Math.max(loss / 0.03, jitter / 0.03, rtt / 0.4);
}

function reason(rtt: number, jitter: number, loss: number): string {
  const over = worst(rtt, jitter, loss);
  if (over === loss / 0.03) return t("packets are lost ({share})", { share: percent(loss) });
  if (over === jitter / 0.03) return t("packets arrive unevenly ({time} jitter)", { time: ms(jitter) });
  return t("long way ({time} round trip)", { time: ms(rtt) });
}

function percent(x: number): string {
  return `${(x * 100).toFixed(x < 0.1 ? 1 : 0)} %`;
}

function ms(s: number): string {
  return `${Math.round(s * 1000)} ms`;
}

/** readSample takes what is needed out of RTCPeerConnection.getStats. */
export function readSample(report: Iterable<readonly [string, unknown]>, at: number): Sample {
  const s: Sample = { at, received: 0, lost: 0, sent: 0, concealed: 0, played: 0 };
  let pairRTT: number | undefined;
  for (const [, value] of report) {
    const v = value as Record<string, any>;
    if (v.kind && v.kind !== "audio") continue;
    switch (v.type) {
      case "inbound-rtp":
        s.received += v.packetsReceived ?? 0;
        s.lost += v.packetsLost ?? 0;
        s.jitter = v.jitter ?? s.jitter;
        s.concealed += v.concealedSamples ?? 0;
        s.played += v.totalSamplesReceived ?? 0;
        break;
      case "outbound-rtp":
        s.sent += v.packetsSent ?? 0;
        break;
      case "remote-inbound-rtp":
        s.rtt = v.roundTripTime ?? s.rtt;
        s.lostThere = v.fractionLost ?? s.lostThere;
        break;
      case "candidate-pair":
        if (v.nominated && v.state === "succeeded") pairRTT = v.currentRoundTripTime ?? pairRTT;
        break;
    }
  }
  s.rtt ??= pairRTT;
  return s;
}
