// One AudioContext serves the tones and the meter. Browsers start it suspended
// until the page has been touched, so each use asks it to run.

let shared: AudioContext | null = null;

/** audioContext returns the page's context, or null where the browser has none. */
export function audioContext(): AudioContext | null {
  if (!shared && typeof AudioContext !== "undefined") shared = new AudioContext({ latencyHint: "interactive" });
  if (shared?.state === "suspended") void shared.resume().catch(() => {});
  return shared;
}

let ringing: AudioContext | null = null;
let ringSink = "";

/** ringContext is a context of its own for the ringer, so that it may ring where nobody listens. */
export function ringContext(): AudioContext | null {
  if (!ringing && typeof AudioContext !== "undefined") {
    ringing = new AudioContext();
    if (ringSink) sink(ringing, ringSink);
  }
  if (ringing?.state === "suspended") void ringing.resume().catch(() => {});
  return ringing;
}

/** ringerChoosable says whether the browser lets the ringer have a device of its own. */
export const ringerChoosable = (): boolean => typeof AudioContext !== "undefined" && "setSinkId" in AudioContext.prototype;

/** setRingSink routes the ringer to an output device, "" for the system's. */
export function setRingSink(id: string): void {
  ringSink = id;
  if (ringing) sink(ringing, id);
}

/** setContextSink routes tones to an output device, where the browser can (Chromium). */
export function setContextSink(id: string): void {
  if (shared) sink(shared, id);
}

function sink(context: AudioContext, id: string): void {
  // One that is gone leaves the sound where it was.
  void (context as AudioContext & { setSinkId?: (id: string) => Promise<void> }).setSinkId?.(id).catch(() => {});
}
