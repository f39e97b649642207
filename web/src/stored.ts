import { effect, signal, type Signal } from "@preact/signals";

/** read takes a JSON value out of this browser's storage; fallback where there is none or it is damaged. */
export function read<T>(name: string, fallback: T): T {
  try {
    const text = localStorage.getItem(name);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

/** write keeps a JSON value; a storage that is full or switched off keeps nothing. */
export function write(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // The phone works without a memory.
  }
}

/** kept is a signal that is remembered under a name. */
export function kept<T>(name: string, fallback: T): Signal<T> {
  const s = signal(read(name, fallback));
  effect(() => write(name, s.value));
  return s;
}
