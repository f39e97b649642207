import { useEffect, useRef } from "preact/hooks";
import type { PhoneCall } from "../model/call";
import { nameOf, type Phone } from "../model/phone";
import { registrationWords } from "../words";

/** spoken is one sentence for what a listener should hear of a call now; no timers in it. */
export function spoken(c: PhoneCall): string {
  const who = nameOf(c.party.value);
  switch (c.state.value) {
    case "preparing":
      return "Waiting for the microphone";
    case "calling":
      return `Calling ${who}`;
    case "ringing":
      return `Ringing at ${who}`;
    case "incoming":
      return `Incoming call from ${who}`;
    case "answering":
      return "Connecting";
    case "talking":
      if (c.wantHeld.value) return `Call with ${who} on hold`;
      if (c.heldByThem.value) return `${who} has put you on hold`;
      return c.muted.value ? `Connected with ${who}, muted` : `Connected with ${who}`;
    case "ended":
      return `${c.said.value?.title ?? "Call ended"}. ${c.said.value?.detail ?? ""}`;
  }
}

/** Announcer tells screen readers each change once. Incoming calls interrupt, the rest waits its turn. */
export function Announcer({ phone }: { phone: Phone }) {
  const before = useRef(new Map<string, string>());
  const polite = useRef<HTMLDivElement>(null);
  const urgent = useRef<HTMLDivElement>(null);
  const now = new Map<string, string>();
  for (const c of phone.calls.value) now.set(c.id, spoken(c));
  const words = registrationWords(phone.registration.value, phone.account.value?.user ?? "", 0);
  now.set("registration", words.problem || words.label);
  useEffect(() => {
    for (const [id, text] of now) {
      if (before.current.get(id) === text) continue;
      const target = text.startsWith("Incoming") ? urgent.current : polite.current;
      if (target) target.textContent = text;
    }
    before.current = now;
  });
  return (
    <>
      <div class="visually-hidden" aria-live="polite" data-testid="announcer" ref={polite} />
      <div class="visually-hidden" aria-live="assertive" ref={urgent} />
    </>
  );
}
