import type { PhoneCall } from "../model/call";
import type { Phone } from "../model/phone";
import { t } from "../say";
import { stateName } from "./call_card";
import { Icon } from "./icons";

/** OtherCalls lists the calls that are not current, with a way to each, and ways to bring them together. */
export function OtherCalls({ phone }: { phone: Phone }) {
  const current = phone.current.value;
  const listed = phone.adding.value && current ? [current, ...phone.others.value] : phone.others.value;
  const others = listed.filter((c) => c.live.value);
  if (others.length === 0) return null;
  return (
    <section class="card others" aria-label={t("Other calls")}>
      <ul>
        {others.map((c) => (
          <Other key={c.id} phone={phone} call={c} />
        ))}
      </ul>
      {phone.transfers.mergeable() && (
        <button type="button" class="secondary wide" data-testid="merge" onClick={() => void phone.transfers.merge()}>
          <Icon name="merge" size={20} /> {t("All in one conversation")}
        </button>
      )}
    </section>
  );
}

function Other({ phone, call }: { phone: Phone; call: PhoneCall }) {
  const current = phone.current.value;
  const asking = phone.transfers.asking.value;
  const from = asking ?? current;
  const joins = from && from !== call && from.talking.value && call.talking.value && !call.sending.value && !from.sending.value;
  const who = call.title.value;
  return (
    <li data-testid="other-call" data-state={stateName(call)} data-number={call.party.value.number}>
      <span class="grow">
        <b dir="auto">{who}</b>
        <small>{call.status(phone.clock.value)}</small>
      </span>
      <button type="button" class="secondary" data-testid="swap" onClick={() => phone.swap(call)}>
        <Icon name="swap" size={18} /> {call === current ? t("Back") : t("Swap")}
      </button>
      {joins && (
        <button type="button" class="ghost" data-testid="join" aria-label={t("Connect {one} with {other}", { one: from.title.value, other: who })} title={t("Connect {one} with {other}", { one: from.title.value, other: who })} onClick={() => phone.transfers.join(call, from)}>
          <Icon name="transfer" size={22} />
        </button>
      )}
      <button type="button" class="ghost danger" data-testid="hangup-other" aria-label={t("Hang up {who}", { who })} onClick={() => phone.hangup(call)}>
        <Icon name="hangup" size={22} />
      </button>
    </li>
  );
}
