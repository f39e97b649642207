import type { PhoneCall } from "./model/call";

// What the gateway has no other way to know: the browser's own view of a call.
const every = 5_000;
// A call that has just been answered may not be in the gateway's book yet.
const refusals = 3;

/** PhoneSound is one direction as the browser counts it; what it does not know is left out. */
export interface PhoneSound {
  codec?: string;
  packets: number;
  lost?: number;
  jitterMs?: number;
  /** -127 to -1 */
  levelDbfs?: number;
  concealedPercent?: number;
  bufferMs?: number;
}

/** StatsReport is the body of POST /api/v1/phone/stats. No address of anybody is in it. */
export interface StatsReport {
  /** Call-ID of the leg (RFC 3261 §8.1.1.4) */
  callId: string;
  hears: PhoneSound;
  says: PhoneSound;
  /** of the pair of candidates */
  roundTripMs?: number;
  state?: string;
  /** kinds of the candidates, "host-srflx" */
  pair?: string;
  protocol?: string;
  muted?: boolean;
  warnings?: readonly string[];
}

type Row = Record<string, any>;

/** reportOf reads a statistics report (W3C webrtc-stats) of a call. */
export function reportOf(callId: string, stats: Iterable<readonly [string, unknown]>): StatsReport {
  const rows = new Map<string, Row>();
  for (const [id, v] of stats) rows.set(id, v as Row);
  const one = (type: string) => [...rows.values()].find((r) => r.type === type && (r.kind ?? "audio") === "audio");
  const hears = one("inbound-rtp");
  const says = one("outbound-rtp");
  const there = one("remote-inbound-rtp");
  const pair = pairOf(rows);
  const local = rows.get(pair?.localCandidateId);
  const remote = rows.get(pair?.remoteCandidateId);
  return {
    callId,
    hears: {
      codec: codecOf(rows.get(hears?.codecId)),
      packets: count(hears?.packetsReceived) ?? 0,
      lost: whole(hears?.packetsLost),
      jitterMs: ms(hears?.jitter),
      levelDbfs: dbfs(hears?.audioLevel),
      concealedPercent: concealed(hears),
      bufferMs: hears?.jitterBufferEmittedCount > 0 ? ms(hears!.jitterBufferDelay / hears!.jitterBufferEmittedCount) : undefined,
    },
    says: {
      codec: codecOf(rows.get(says?.codecId)),
      packets: count(says?.packetsSent) ?? 0,
      lost: whole(there?.packetsLost),
      jitterMs: ms(there?.jitter),
      levelDbfs: dbfs((rows.get(says?.mediaSourceId) ?? one("media-source"))?.audioLevel),
    },
    roundTripMs: ms(pair?.currentRoundTripTime),
    state: one("transport")?.iceState,
    pair: local && remote ? `${local.candidateType}-${remote.candidateType}` : undefined,
    protocol: local?.protocol,
  };
}

// The transport names the pair in use; Firefox, which has no transport, marks it.
function pairOf(rows: Map<string, Row>): Row | undefined {
  const all = [...rows.values()];
  const named = rows.get(all.find((r) => r.type === "transport")?.selectedCandidatePairId);
  return named ?? all.find((r) => r.type === "candidate-pair" && (r.selected || r.nominated) && r.state === "succeeded");
}

function codecOf(c: Row | undefined): string | undefined {
  if (typeof c?.mimeType !== "string") return undefined;
  const name = c.mimeType.replace(/^audio\//i, "").toLowerCase();
  return c.clockRate ? `${name}/${c.clockRate}` : name;
}

/** concealed is the share of the sound that was made up; silence that was filled with silence is none. */
function concealed(r: Row | undefined): number | undefined {
  if (!(r?.totalSamplesReceived > 0) || typeof r?.concealedSamples !== "number") return undefined;
  const share = (r.concealedSamples - (r.silentConcealedSamples ?? 0)) / r.totalSamplesReceived;
  return tenth(Math.min(1, Math.max(0, share)) * 100);
}

function dbfs(level: unknown): number | undefined {
  if (typeof level !== "number" || !(level >= 0)) return undefined;
  return level === 0 ? -127 : Math.max(-127, Math.min(-1, Math.round(20 * Math.log10(level))));
}

function ms(seconds: unknown): number | undefined {
  return typeof seconds === "number" && seconds >= 0 ? tenth(seconds * 1000) : undefined;
}

function count(x: unknown): number | undefined {
  return typeof x === "number" && x >= 0 ? Math.trunc(x) : undefined;
}

// Duplicates make fewer than none lost (RFC 3550 §6.4.1).
function whole(x: unknown): number | undefined {
  return typeof x === "number" && Number.isFinite(x) ? Math.trunc(x) : undefined;
}

function tenth(x: number): number {
  return Math.round(x * 10) / 10;
}

const states: Record<string, string> = { connecting: "checking", connected: "connected", interrupted: "disconnected" };

/** watchCall reports on a call each 5 s while it talks, and lets go when the gateway does not want it. */
export function watchCall(call: PhoneCall, send: (r: StatsReport) => Promise<boolean>): void {
  let last = 0;
  let refused = 0;
  call.onSample = (stats, s) => {
    if (s.at - last < every || !call.leg?.ref) return;
    last = s.at;
    const r = reportOf(call.leg.ref, stats as unknown as Iterable<[string, unknown]>);
    r.state ??= states[call.media.value];
    r.muted = call.muted.value;
    r.warnings = call.warnings.value;
    void send(r).then((wanted) => {
      refused = wanted ? 0 : refused + 1;
      if (refused >= refusals) call.onSample = null;
    });
  };
}
