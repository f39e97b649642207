import type { Trace, TraceColumn, TraceItem } from "../api";
import { clock, number } from "../format";
import { readSip, type Sip } from "./sip";

// The ladder as rows: what is drawn, worked out of the trace alone.

/** Lane is a vertical line of the ladder: a leg, or tandem in the midst. */
export interface Lane {
  id: string;
  name: string;
  address: string;
}

export const own = "tandem";

/** Row is one arrow, or one note between them. */
export interface Row {
  index: number;
  item: TraceItem;
  /** Lanes it goes from and to; the same for a note. */
  from: number;
  to: number;
  label: string;
  sip: Sip | null;
  /** tone is the class of color: request, progress, good, diverted, bad, media, told. */
  tone: string;
  repeat: boolean;
  /** The milliseconds since the row before it and since the first. */
  sincePrevious: number;
  sinceFirst: number;
}

/** lanesOf puts the first leg left of tandem and the others right of it. */
export function lanesOf(columns: TraceColumn[]): Lane[] {
  const legs = columns.filter((c) => c.leg !== own && c.leg !== "").map((c) => ({ id: c.leg, name: c.party || c.leg, address: c.address }));
  const middle: Lane = { id: own, name: own, address: columns.find((c) => c.leg === own)?.address ?? "" };
  return [...legs.slice(0, 1), middle, ...legs.slice(1)];
}

/** rowsOf gives a row for each item, in the order of time. */
export function rowsOf(trace: Trace, lanes: Lane[]): Row[] {
  const items = [...trace.items].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const at = new Map(lanes.map((l, i) => [l.id, i]));
  const middle = at.get(own) ?? 0;
  const seen = new Set<string>();
  const first = items[0] ? Date.parse(items[0].at) : 0;
  let previous = first;
  return items.map((item, index) => {
    const leg = at.get(item.leg) ?? middle;
    const sip = item.kind === "sip" ? readSip(item.text, item.first) : null;
    const time = Date.parse(item.at);
    const key = `${item.leg} ${item.in} ${item.text}`;
    const repeat = sip !== null && Boolean(item.text) && seen.has(key);
    seen.add(key);
    const row: Row = {
      index,
      item,
      from: item.in ? leg : middle,
      to: item.in ? middle : leg,
      label: sip ? sip.label : shortPaths(item.note || item.first || item.kind),
      sip,
      tone: toneOf(item, sip),
      repeat,
      sincePrevious: time - previous,
      sinceFirst: time - first,
    };
    if (!sip) row.from = row.to = leg;
    previous = time;
    return row;
  });
}

/** shortPaths leaves of each file in a note its name. */
export const shortPaths = (note: string) => note.replace(/(^|[\s("])\/(?:[^\s/()"]+\/)+/g, "$1");

function toneOf(item: TraceItem, sip: Sip | null): string {
  if (!sip) return item.kind === "media" ? "media" : "told";
  if (!sip.status) return "request";
  if (sip.status < 200) return "progress";
  if (sip.status < 300) return "good";
  return sip.status < 400 || sip.status === 401 || sip.status === 407 ? "diverted" : "bad"; // a challenge is no fault
}

/** View is how the reader wants the ladder. */
export interface View {
  time: "clock" | "previous" | "first";
  sdpOnly: boolean;
  repeats: boolean;
  media: boolean;
  /** Only this leg's messages; empty for all legs. */
  leg: string;
  filter: string;
  /** How much of the session description stands on the arrow. */
  sdp: "none" | "first" | "full";
  color: "answer" | "leg" | "cseq";
}

export const plainView: View = { time: "clock", sdpOnly: false, repeats: true, media: true, leg: "", filter: "", sdp: "none", color: "answer" };

/** shown are the rows that a view leaves. */
export function shown(rows: Row[], v: View): Row[] {
  const wanted = v.filter.trim().toLowerCase();
  return rows.filter((r) => {
    if (v.sdpOnly && !r.sip?.sdp) return false;
    if (!v.repeats && r.repeat) return false;
    if (!v.media && !r.sip) return false;
    if (v.leg && r.item.leg !== v.leg) return false;
    return !wanted || `${r.label} ${r.item.text ?? ""} ${r.item.note ?? ""}`.toLowerCase().includes(wanted);
  });
}

/** timeOf writes a row's time as the view wants it. */
export function timeOf(r: Row, mode: View["time"]): string {
  if (mode === "clock") return clock(r.item.at);
  const ms = mode === "previous" ? r.sincePrevious : r.sinceFirst;
  return `+${number(ms / 1000, 3)}`;
}

/** sdpWords tells a session description in a line or a few: "audio 4000 opus, pcmu · 192.0.2.1". */
export function sdpWords(sdp: string, how: View["sdp"]): string[] {
  if (how === "none" || !sdp) return [];
  const lines = sdp.split(/\r?\n/);
  const session = /^c=IN IP[46] (\S+)/m.exec(sdp)?.[1] ?? "";
  const out: string[] = [];
  for (const [i, line] of lines.entries()) {
    const m = /^m=(\S+) (\d+) \S+ (.*)$/.exec(line);
    if (!m) continue;
    const next = lines.findIndex((l, j) => j > i && l.startsWith("m="));
    const own = lines.slice(i, next < 0 ? undefined : next);
    const names = m[3]!.split(" ").map((pt) => own.find((l) => l.startsWith(`a=rtpmap:${pt} `))?.split(" ")[1]?.split("/")[0] ?? pt);
    const address = /^c=IN IP[46] (\S+)/m.exec(own.join("\n"))?.[1] ?? session;
    const way = own.map((l) => /^a=(sendonly|recvonly|inactive)$/.exec(l)?.[1]).find(Boolean);
    const all = names.filter((n, k) => names.indexOf(n) === k);
    out.push(`${m[1]} ${address}:${m[2]} ${(how === "first" ? all.slice(0, 3) : all).join(" ")}${way ? ` (${way})` : ""}`);
  }
  return how === "first" ? out.slice(0, 1) : out;
}

/** statistics counts what is in a ladder, for the panel that "i" opens. */
export function statistics(rows: Row[]): Array<[string, number]> {
  const counts = new Map<string, number>();
  const add = (k: string) => counts.set(k, (counts.get(k) ?? 0) + 1);
  for (const r of rows) {
    if (!r.sip) add("media and events");
    else add(r.sip.status ? `${Math.floor(r.sip.status / 100)}xx` : r.sip.method || "other");
    if (r.repeat) add("sent again");
  }
  return [["in all", rows.length], ...[...counts].sort((a, b) => a[0].localeCompare(b[0]))];
}

/** merge adds what came later to a trace, without what it has already. */
export function merge(trace: Trace, items: TraceItem[], columns: TraceColumn[] = []): Trace {
  const key = (i: TraceItem) => `${i.at} ${i.leg} ${i.kind} ${i.in} ${i.first ?? ""} ${i.note ?? ""}`;
  const known = new Set(trace.items.map(key));
  const legs = new Set(trace.columns.map((c) => c.leg));
  return {
    ...trace,
    columns: [...trace.columns, ...columns.filter((c) => !legs.has(c.leg))],
    items: [...trace.items, ...items.filter((i) => !known.has(key(i)))],
  };
}
