import { signal } from "@preact/signals";

/** now is the time in ms, anew each second, for everything that counts up. */
export const now = signal(Date.now());

export function tick() {
  setInterval(() => (now.value = Date.now()), 1000);
}
