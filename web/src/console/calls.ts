import type { Call } from "./api";

// The list of calls as events change it.

/** CallsFrame is what an event says of calls: all of them, some that changed, or some that are over. */
export interface CallsFrame {
  calls?: Call[];
  changed?: Call[];
  call?: Call;
  gone?: string[] | string;
  snapshot?: boolean;
}

/** applyCalls gives the list after an event; calls that are new come last. */
export function applyCalls(before: Call[], f: CallsFrame | null): Call[] {
  if (!f || typeof f !== "object") return before;
  if (Array.isArray(f.calls)) return f.calls;
  const changed = [...(f.changed ?? []), ...(f.call ? [f.call] : [])];
  const gone = new Set(typeof f.gone === "string" ? [f.gone] : (f.gone ?? []));
  const news = new Map(changed.map((c) => [c.id, c]));
  const kept = before.filter((c) => !gone.has(c.id)).map((c) => news.get(c.id) ?? c);
  const known = new Set(before.map((c) => c.id));
  return [...kept, ...changed.filter((c) => !known.has(c.id) && !gone.has(c.id))];
}
