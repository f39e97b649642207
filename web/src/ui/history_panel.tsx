import { useEffect } from "preact/hooks";
import type { Past } from "../model/history";
import type { Phone } from "../model/phone";
import { language, t } from "../say";
import { duration, pastWords } from "../words";
import { Icon } from "./icons";

/** HistoryPanel is the last calls; a click calls again. */
export function HistoryPanel({ phone }: { phone: Phone }) {
  const calls = phone.history.calls.value;
  useEffect(() => {
    void phone.history.refresh();
  }, []);
  useEffect(() => phone.history.seen(), [calls]);
  if (calls.length === 0) return <p class="muted empty">{t("No calls yet.")}</p>;
  return (
    <ul class="people" aria-label={t("Calls")} data-testid="history">
      {calls.map((c) => (
        <PastCall key={`${c.at}-${c.number}`} phone={phone} past={c} />
      ))}
    </ul>
  );
}

function PastCall({ phone, past }: { phone: Phone; past: Past }) {
  const missed = past.direction === "in" && !past.answered;
  const how = missed ? t("Missed") : past.answered ? duration(past.seconds) : pastWords(past.status ?? 0);
  const ready = phone.registration.value.state === "registered";
  return (
    <li data-testid="past" data-number={past.number} data-direction={past.direction} data-answered={past.answered}>
      <button type="button" class="row" data-testid="redial" disabled={!ready || !past.number} onClick={() => void phone.dial(past.number)}>
        <span class={`way ${missed ? "missed" : ""}`}>
          <Icon name={past.direction} size={18} />
        </span>
        <span class="visually-hidden">{past.direction === "in" ? t("Call back") : t("Call again")} </span>
        <span class="grow">
          <b dir="auto">{past.name || past.number || t("Unknown")}</b>
          <small>
            {past.name && past.name !== past.number ? `${past.number} · ` : ""}
            {how}
          </small>
        </span>
        <time class="muted small" dateTime={new Date(past.at).toISOString()}>
          {when(past.at, phone.clock.peek())}
        </time>
      </button>
    </li>
  );
}

/** when is the hour of today, or the day. */
export function when(at: number, now: number): string {
  const today = new Date(at).toDateString() === new Date(now).toDateString();
  return new Intl.DateTimeFormat(language(), today ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" }).format(at);
}
