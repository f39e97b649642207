// The shapes of the API that the console reads, as they are in JSON, and the one
// way in which it asks. Times are RFC 3339; what there is none of is left out.

export type Role = "viewer" | "operator" | "admin";

export interface Me {
  name: string;
  role: Role;
}

export interface Sound {
  codec?: string;
  packets: number;
  lost?: number;
  late?: number;
  concealed?: number;
  jitterMs?: number;
  levelDbfs?: number;
  loudestDbfs?: number;
  r?: number;
  mos?: number;
  wideband?: boolean;
}

export interface Leg {
  id: string;
  party: string;
  path: string;
  called?: boolean;
  chain?: string;
  why?: string;
  local?: string;
  remote?: string;
  state?: string;
  keys?: string;
  profile?: string;
  roundTripMs?: number;
  hears: Sound;
  says: Sound;
  refused?: number;
}

export interface Call {
  id: string;
  from: string;
  to: string;
  with?: string;
  state: string;
  since: string;
  talked?: string;
  ended?: string;
  result?: string;
  legs?: Leg[];
  direction?: "internal" | "in" | "out";
  trunk?: string;
  row?: string;
  recording?: boolean;
  chips?: string[];
}

/** CallView is a call with what only the detail has. */
export interface CallView extends Call {
  quality?: unknown;
}

export interface Stand {
  state: string;
  since?: string;
  contact?: string;
  address?: string;
  roundTripMs?: number;
  lastError?: string;
  nextTry?: string;
  expires?: string;
}

export interface Trunk extends Stand {
  name: string;
  kind: string;
  account?: string;
  identities?: string[];
  secure?: string;
  calls: number;
  maxCalls?: number;
  maxPerSecond?: number;
  codecs?: string[];
  hour?: { calls: number; asr: number; acdSeconds: number };
  accounts?: Array<{ user: string; account: string } & Stand>;
}

export interface Registration {
  id?: string;
  user: string;
  userAgent?: string;
  transport: string;
  address: string;
  contact: string;
  translated?: boolean;
  path?: string[];
  instance?: string;
  since: string;
  expires: string;
  lastSeen: string;
}

export interface User {
  name: string;
  displayName?: string;
  devices: number;
  source?: string;
  disabled?: boolean;
}

export interface Series {
  calls?: number[];
  cps?: number[];
  failures?: number[];
  loss?: number[];
  jitterP95?: number[];
}

export interface Overview {
  calls: number;
  maxCalls?: number;
  callsPerSecond?: number;
  asr15m?: number;
  acdSeconds?: number;
  medianSetupMs?: number;
  lowMosPercent?: number;
  registrations?: Record<string, number>;
  trunksUp?: number;
  trunksDown?: number;
  pps?: number;
  mbps?: number;
  transcoding?: number;
  cpu?: number;
  rssBytes?: number;
  goroutines?: number;
  udpDrops?: number;
  authFailuresPerMinute?: number;
  certDaysLeft?: number;
  version?: string;
  uptimeSeconds?: number;
  faults?: Array<{ what: string; since?: string; text: string }>;
  series?: Series;
  seconds?: Series;
}

export interface Token {
  id: string;
  name: string;
  owner?: string;
  role: Role;
  created: string;
  expires?: string;
  used?: string;
}

export interface AuditEntry {
  seq: number;
  at: string;
  who: string;
  role?: string;
  address?: string;
  action: string;
  object?: string;
  detail?: string;
  outcome: string;
}

export interface TraceColumn {
  leg: string;
  party: string;
  address: string;
}

export interface TraceItem {
  at: string;
  leg: string;
  kind: "sip" | "media" | "event";
  in: boolean;
  transport?: string;
  local?: string;
  remote?: string;
  text?: string;
  note?: string;
  first?: string;
}

export interface Trace {
  call: string;
  columns: TraceColumn[];
  items: TraceItem[];
}

export interface ExplainedRow {
  from: string;
  pattern: string;
  file: string;
  line: number;
  fires: boolean;
  why?: string;
  parts?: Record<string, string>;
}

export interface Condition {
  text: string;
  value: boolean;
  file?: string;
  line?: number;
}

export interface Explanation {
  from: string;
  to: string;
  number?: string;
  caller: string;
  caller_name?: string;
  at: string;
  zone?: string;
  then?: string;
  rows: ExplainedRow[] | null;
  asked?: string[];
  conditions?: Condition[];
  steps?: Array<{ step: string; targets?: Array<{ target: string; number?: string; note?: string }>; notes?: string[] }>;
  status?: number;
  reason?: string;
}

export interface CDRLeg {
  side: "a" | "b";
  party: string;
  transport?: string;
  codec?: string;
  ice?: string;
  dtls?: string;
  sdes?: string;
  round_trip_ms?: number;
  packets_in?: number;
  packets_out?: number;
  mos_in?: number;
  mos_out?: number;
  loss?: number;
  jitter_ms?: number;
  one_way?: boolean;
}

export interface CDR {
  call_id: string;
  parent_id?: string;
  direction?: string;
  from_user?: string;
  from_trunk?: string;
  from_number?: string;
  from_name?: string;
  dialed?: string;
  normalized?: string;
  to?: string;
  trunk?: string;
  route_row?: string;
  start: string;
  answer?: string;
  end?: string;
  duration?: number;
  billsec?: number;
  ring_ms?: number;
  pdd_ms?: number;
  setup_ms?: number;
  first_media_ms?: number;
  result?: string;
  hangup_by?: string;
  mos?: number;
  recording?: string;
  sip_code?: number;
  q850?: number;
  reason?: string;
  legs?: CDRLeg[];
  problems?: string[];
}

/** ApiError carries the server's words, and its code to act on. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const base = "/api/v1/";

/** request asks once and gives the JSON of the answer; undefined where there is none. */
export async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await send(method, path, body, signal);
  if (answer.status === 204) return undefined as T;
  const text = await answer.text();
  let value: unknown;
  try {
    value = text ? JSON.parse(text) : undefined;
  } catch {
    value = undefined;
  }
  if (!answer.ok) throw refusal(answer.status, value);
  return value as T;
}

export const get = <T>(path: string, signal?: AbortSignal) => request<T>("GET", path, undefined, signal);

async function send(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(base + path, {
      method,
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal ?? AbortSignal.timeout(15_000),
    });
  } catch (err) {
    if (signal?.aborted) throw err;
    throw new ApiError(0, "unreachable", "The gateway does not answer. It may be restarting, or the network is down.");
  }
}

/** refusal makes words of whatever a refused request was answered with. */
export function refusal(status: number, value: unknown): ApiError {
  const o = (value ?? {}) as Record<string, unknown>;
  const words = typeof o.error === "string" && o.error ? o.error : (statusWords[status] ?? `The gateway answered ${status}.`);
  return new ApiError(status, typeof o.code === "string" ? o.code : "", words[0]!.toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? "" : "."));
}

const statusWords: Record<number, string> = {
  401: "You are not signed in any more.",
  403: "Your role does not allow that.",
  404: "There is no such thing any more.",
  409: "That cannot be done in the state it is in.",
  429: "Too many requests. Wait a little.",
  503: "The gateway cannot do that now.",
};

/** words says what went wrong, whatever was thrown. */
export function words(err: unknown): string {
  return err instanceof Error && err.message ? err.message : "Something went wrong.";
}
