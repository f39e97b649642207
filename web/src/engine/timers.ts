/** Timers is setTimeout and the clock, replaced in tests. */
export interface Timers {
  set(f: () => void, ms: number): number;
  clear(id: number): void;
  now(): number;
}

export const realTimers: Timers = {
  set: (f, ms) => setTimeout(f, ms) as unknown as number,
  clear: (id) => clearTimeout(id),
  now: () => Date.now(),
};
