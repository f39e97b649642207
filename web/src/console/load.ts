import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, get } from "./api";
import { session } from "./session";

/** Loaded is something that was asked for: what came, or why not. */
export interface Loaded<T> {
  value: T | undefined;
  error: unknown;
  busy: boolean;
  again: () => void;
  /** set puts a newer one in its place, as an event brings it. */
  set: (v: T) => void;
  now: Signal<T | undefined>;
}

/** retryAfter is how long a screen waits, in ms, before it asks once more for what could not be had. */
export const retryAfter = 3_000;

/** passes says whether an error is one that goes by: the gateway is away or has trouble, and may be back. */
export function passes(err: unknown): boolean {
  return err instanceof ApiError && (err.status === 0 || err.status >= 500);
}

/** useLoad asks for a path when a screen opens and whenever the path changes; null asks nothing. */
export function useLoad<T>(path: string | null, every = 0): Loaded<T> {
  const value = useSignal<T | undefined>(undefined);
  const error = useSignal<unknown>(null);
  const busy = useSignal(path !== null);
  const round = useSignal(0);
  useEffect(() => {
    if (path === null) return;
    const gone = new AbortController();
    busy.value = true;
    const load = () =>
      get<T>(path, gone.signal).then(
        (v) => {
          value.value = v;
          error.value = null;
          busy.value = false;
        },
        (err) => {
          if (gone.signal.aborted) return;
          if (err instanceof ApiError && err.status === 401) session.signedOut();
          error.value = err;
          busy.value = false;
          if (!every && passes(err)) later = setTimeout(() => void load(), retryAfter);
        },
      );
    let later: ReturnType<typeof setTimeout> | undefined;
    void load();
    const timer = every ? setInterval(() => void load(), every) : undefined;
    return () => {
      gone.abort();
      clearInterval(timer);
      clearTimeout(later);
    };
  }, [path, round.value]);
  return { value: value.value, error: error.value, busy: busy.value, again: () => round.value++, set: (v) => (value.value = v), now: value };
}

/** useSoon does something a moment after what it goes by has become another, not at each letter that is typed. */
export function useSoon(load: (gone: AbortSignal) => void, by: unknown[]): void {
  useEffect(() => {
    const gone = new AbortController();
    const timer = setTimeout(() => load(gone.signal), 150);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, by);
}
