import type { ToneName } from "../audio/tones";
import type { PhoneCall } from "./call";

// How long the tone about a refused call is left to itself.
const endTone = 3_000;

/**
 * toneFor says what is heard beside calls: the ringer, a short tone where a second
 * call comes into a conversation, ringback until the far side is heard; "keep"
 * leaves what plays now.
 */
export function toneFor(calls: PhoneCall[], current: PhoneCall | null, now: number): ToneName | "keep" | null {
  const ringing = calls.some((c) => c.state.value === "incoming");
  if (ringing) return calls.some((c) => c.state.value === "talking") ? "waiting" : "ring";
  if (current?.state.value === "ringing" && !current.early.value) return "ringback";
  if (current?.state.value === "ended" && now - current.endedAt.value < endTone) return "keep";
  return null;
}
