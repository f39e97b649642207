import type { PhoneCall } from "./model/call";

// What the gateway has no other way to know: the browser's own view of a call.
const every = 5_000;
const kinds = new Set(["inbound-rtp", "outbound-rtp", "remote-inbound-rtp", "candidate-pair", "local-candidate", "remote-candidate", "transport", "codec", "media-source"]);
const numbers = new Set([
  "packetsReceived", "packetsLost", "packetsDiscarded", "packetsSent", "bytesReceived", "bytesSent", "jitter", "roundTripTime", "currentRoundTripTime", "fractionLost", "concealedSamples",
  "silentConcealedSamples", "totalSamplesReceived", "jitterBufferDelay", "jitterBufferEmittedCount", "audioLevel", "totalAudioEnergy", "clockRate", "channels", "payloadType",
]);
const words = new Set(["kind", "state", "candidateType", "protocol", "relayProtocol", "networkType", "mimeType", "dtlsState", "dtlsCipher", "srtpCipher", "iceState", "nominated"]);

/** summaryOf takes what is worth reporting out of a statistics report; addresses stay here. */
export function summaryOf(report: Iterable<readonly [string, unknown]>): Array<Record<string, unknown>> {
  const out: Array<Record<string, unknown>> = [];
  for (const [, value] of report) {
    const v = value as Record<string, unknown>;
    if (!kinds.has(String(v.type)) || (v.type === "candidate-pair" && !v.nominated)) continue;
    const row: Record<string, unknown> = { type: v.type };
    for (const [k, x] of Object.entries(v)) if ((numbers.has(k) && typeof x === "number") || words.has(k)) row[k] = x;
    out.push(row);
    if (out.length >= 40) break;
  }
  return out;
}

/** StatsReport is the body of POST /api/v1/phone/stats. */
export interface StatsReport {
  /** Call-ID of the leg (RFC 3261 §8.1.1.4) */
  ref: string;
  user: string;
  at: string;
  seconds: number;
  mos: number;
  rtt: number;
  jitter: number;
  loss: number;
  warnings: readonly string[];
  held: boolean;
  stats: Array<Record<string, unknown>>;
}

/** watchCall sends a summary of a call each 5 s while it talks, and lets go when the gateway does not want it. */
export function watchCall(call: PhoneCall, user: string, send: (r: StatsReport) => Promise<boolean>): void {
  let last = 0;
  call.onSample = (report, s) => {
    if (s.at - last < every || !call.leg) return;
    last = s.at;
    const q = call.quality.value;
    const body: StatsReport = {
      ref: call.leg.ref,
      user,
      at: new Date(s.at).toISOString(),
      seconds: Math.round((s.at - call.answeredAt.value) / 1000),
      mos: q.mos,
      rtt: q.rtt,
      jitter: q.jitter,
      loss: q.loss,
      warnings: call.warnings.value,
      held: call.onHold.value,
      stats: summaryOf(report as unknown as Iterable<[string, unknown]>),
    };
    void send(body).then((wanted) => {
      if (!wanted) call.onSample = null;
    });
  };
}
