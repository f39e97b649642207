import { useEffect, useRef } from "preact/hooks";
import type { PhoneCall } from "../model/call";
import { nameOf, type Phone } from "../model/phone";
import { t } from "../say";
import { warningWords } from "../warning_words";
import { registrationWords } from "../words";

/** spoken is one sentence for what a listener should hear of a call now; no timers in it. */
export function spoken(c: PhoneCall): string {
  const who = nameOf(c.party.value);
  switch (c.state.value) {
    case "preparing":
      return t("Waiting for the microphone");
    case "calling":
      return t("Calling {who}", { who });
    case "ringing":
      return t("Ringing at {who}", { who });
    case "incoming":
      return t("Incoming call from {who}", { who });
    case "answering":
      return t("Connecting");
    case "talking":
      if (c.sending.value) return t("Transferring to {to}…", { to: c.sending.value });
      if (c.wantHeld.value) return t("Call with {who} on hold", { who });
      if (c.heldByThem.value) return t("{who} has put you on hold", { who });
      return c.muted.value ? t("Connected with {who}, muted", { who }) : t("Connected with {who}", { who });
    case "ended":
      return `${c.said.value?.title ?? t("Call ended")}. ${c.said.value?.detail ?? ""}`;
  }
}

/** Announcer tells screen readers each change once. Incoming calls interrupt, the rest waits its turn. */
export function Announcer({ phone }: { phone: Phone }) {
  const before = useRef(new Map<string, string>());
  const polite = useRef<HTMLDivElement>(null);
  const urgent = useRef<HTMLDivElement>(null);
  const now = new Map<string, string>();
  const urgentIds = new Set(phone.incoming.value.map((c) => c.id));
  for (const c of phone.calls.value) now.set(c.id, spoken(c));
  for (const c of phone.calls.value) for (const w of c.warnings.value) now.set(`${c.id} ${w}`, warningWords([w], c.quality.peek()).split("(")[0] ?? "");
  const unread = phone.chat.unread.value;
  if (unread) now.set("unread", t("{count} unread messages", { count: unread }));
  const words = registrationWords(phone.registration.value, phone.account.value?.user ?? "", 0);
  now.set("registration", words.problem || words.label);
  useEffect(() => {
    for (const [id, text] of now) {
      if (before.current.get(id) === text) continue;
      const target = urgentIds.has(id) ? urgent.current : polite.current;
      if (target) target.textContent = text;
    }
    // Who reads the page line by line finds no call there that does not ring any more.
    if (!urgentIds.size && urgent.current) urgent.current.textContent = "";
    before.current = now;
  });
  return (
    <>
      <div class="visually-hidden" aria-live="polite" data-testid="announcer" ref={polite} />
      <div class="visually-hidden" aria-live="assertive" data-testid="announcer-urgent" ref={urgent} />
    </>
  );
}
