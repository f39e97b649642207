// Numbers and times as they are read: short, of one width, never invented.

/** none stands where nothing is known. */
export const none = "–";

const two = (n: number) => String(n).padStart(2, "0");

/** span writes seconds as 0:07, 12:05 or 1:02:03. */
export function span(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const m = Math.floor(s / 60) % 60;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** long writes seconds as "3 d 4 h", "2 h 5 min", "40 s". */
export function long(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor(s / 3600) % 24} h`;
}

/** ago says how long since a time, and until one that is to come. */
export function ago(time: string | undefined, now: number): string {
  const at = instant(time);
  if (at === null) return none;
  const seconds = (now - at) / 1000;
  if (Math.abs(seconds) < 2) return "now";
  return seconds > 0 ? `${long(seconds)} ago` : `in ${long(-seconds)}`;
}

/** instant is a time in ms; null where there is none, as with Go's zero time. */
export function instant(time: string | undefined): number | null {
  if (!time) return null;
  const at = Date.parse(time);
  return Number.isNaN(at) || at < 0 ? null : at;
}

/** clock writes the time of day with milliseconds, in the reader's zone. */
export function clock(time: string | number): string {
  const d = new Date(time);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${String(d.getMilliseconds()).padStart(3, "0")}`;
}

/** moment writes date and time; today's without the date. */
export function moment(time: string | undefined, now: number): string {
  const at = instant(time);
  if (at === null) return none;
  const today = new Date(now);
  const all = whole(time);
  return new Date(at).toDateString() === today.toDateString() ? all.slice("2026-11-22 ".length) : all;
}

/** whole is a time with its day, also where that is today: of what lasts for months. */
export function whole(time: string | undefined): string {
  const at = instant(time);
  if (at === null) return none;
  const d = new Date(at);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** number groups thousands by a thin space and keeps so many decimals. */
export function number(n: number | undefined, decimals = 0): string {
  if (n === undefined || n === null || !Number.isFinite(n)) return none;
  const [whole, part] = Math.abs(n).toFixed(decimals).split(".");
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return (n < 0 && Number(n.toFixed(decimals)) !== 0 ? "\u2212" : "") + grouped + (part ? `.${part}` : "");
}

/** percent writes a share that is already of a hundred. */
export function percent(n: number | undefined, decimals = 0): string {
  return n === undefined ? none : `${number(n, decimals)} %`;
}

/** bytes writes octets in binary steps. */
export function bytes(n: number | undefined): string {
  if (n === undefined) return none;
  let v = n;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (v < 1024 || unit === "GiB") return `${number(v, v < 10 && unit !== "B" ? 1 : 0)} ${unit}`;
    v /= 1024;
  }
  return none;
}

export function millis(n: number | undefined): string {
  if (n === undefined) return none;
  if (n >= 10_000) return `${number(n / 1000, 1)} s`;
  return `${number(n, n < 10 && n !== Math.round(n) ? 1 : 0)} ms`;
}

/** lostPercent is how much of what was sent did not come, of a hundred. */
export function lostPercent(s: { packets: number; lost?: number }): number | undefined {
  const all = s.packets + Math.max(0, s.lost ?? 0);
  return all ? (100 * Math.max(0, s.lost ?? 0)) / all : undefined;
}

/** shortId is enough of an id to tell calls apart. */
export function shortId(id: string): string {
  return id.length > 12 ? id.slice(0, 12) : id;
}

/** plural puts a number before its noun. */
export function plural(n: number, one: string, many = one + "s"): string {
  return `${number(n)} ${n === 1 ? one : many}`;
}
