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
        },
      );
    void load();
    const timer = every ? setInterval(() => void load(), every) : undefined;
    return () => {
      gone.abort();
      clearInterval(timer);
    };
  }, [path, round.value]);
  return { value: value.value, error: error.value, busy: busy.value, again: () => round.value++, set: (v) => (value.value = v), now: value };
}
