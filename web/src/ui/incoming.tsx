import { useEffect, useRef } from "preact/hooks";
import { nameOf, type Phone } from "../model/phone";
import type { PhoneCall } from "../model/call";
import { t } from "../say";
import { initials } from "../numbers";
import { Icon } from "./icons";

/** Incoming shows every call that rings here, each with its own two buttons. */
export function Incoming({ phone }: { phone: Phone }) {
  return (
    <>
      {phone.incoming.value.map((c) => (
        <Ringing key={c.id} phone={phone} call={c} />
      ))}
    </>
  );
}

function Ringing({ phone, call }: { phone: Phone; call: PhoneCall }) {
  const answer = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // Never away from somebody who types.
    const at = document.activeElement;
    if (!at || at === document.body || at.tagName === "BUTTON") answer.current?.focus();
  }, []);
  const p = call.party.value;
  const video = call.leg?.offersPicture ?? false;
  const talking = phone.calls.value.some((c) => c.talking.value);
  return (
    <div class="card incoming" role="alertdialog" aria-label={video ? t("Incoming video call from {who}", { who: nameOf(p) }) : t("Incoming call from {who}", { who: nameOf(p) })} data-testid="incoming" data-number={p.number}>
      <div class="avatar pulsing" aria-hidden="true">
        {initials(p.name, p.number)}
      </div>
      <div class="whom">
        <h2>{p.name || p.number}</h2>
        {p.name && p.name !== p.number && <p class="muted">{p.number}</p>}
        <p class="status">{video ? t("Incoming video call") : t("Incoming call")}</p>
      </div>
      <div class={`actions ${video ? "three" : "two"}`}>
        <button type="button" class="pillbutton end" data-testid="decline" title="Esc" onClick={() => phone.decline(call, talking ? 486 : 603)}>
          <Icon name="hangup" size={22} /> {t("Decline")}
        </button>
        <button type="button" class="pillbutton call" ref={answer} data-testid="answer" title="Enter" onClick={() => void phone.answer(call)}>
          <Icon name="call" size={22} /> {talking ? t("Hold and answer") : t("Answer")}
        </button>
        {video && (
          <button type="button" class="pillbutton call" data-testid="answer-video" onClick={() => void phone.answer(call, { camera: true })}>
            <Icon name="camera" size={22} /> {t("With video")}
          </button>
        )}
      </div>
    </div>
  );
}
