// One AudioContext serves the tones and the meter. Browsers start it suspended
// until the page has been touched, so each use asks it to run.

let shared: AudioContext | null = null;

/** audioContext returns the page's context, or null where the browser has none. */
export function audioContext(): AudioContext | null {
  if (!shared && typeof AudioContext !== "undefined") shared = new AudioContext({ latencyHint: "interactive" });
  if (shared?.state === "suspended") void shared.resume().catch(() => {});
  return shared;
}

/** setContextSink routes tones to an output device, where the browser can (Chromium). */
export function setContextSink(id: string): void {
  const ctx = shared as (AudioContext & { setSinkId?: (id: string) => Promise<void> }) | null;
  void ctx?.setSinkId?.(id).catch(() => {});
}
