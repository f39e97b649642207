import { useSignal } from "@preact/signals";
import type { LampState } from "../model/lamp";
import type { Person } from "../model/people";
import type { Phone } from "../model/phone";
import { cleanNumber } from "../numbers";
import { key, t } from "../say";
import { Icon } from "./icons";

const words: Record<LampState, string> = {
  unknown: "",
  off: key("off"),
  free: key("free"),
  ringing: key("is being called"),
  busy: key("in a call"),
};

// What the gateway says of its own numbers.
const labels = [key("Echo"), key("Tone and speech"), key("Says your keys"), key("Calls you back"), key("Never answers"), key("Busy"), key("Puts you on hold"), key("A room")];

/** PeoplePanel is the lamps: who is there, who talks, one click to each; then the numbers of the gateway itself. */
export function PeoplePanel({ phone, numbers }: { phone: Phone; numbers: Array<{ number: string; label: string }> }) {
  const people = phone.people.list.value;
  return (
    <>
      {people.length > 0 && (
        <ul class="people" aria-label={t("People")}>
          {people.map((p) => (
            <Lamp key={p.number} phone={phone} person={p} />
          ))}
        </ul>
      )}
      <AddPerson phone={phone} />
      <QuickCalls phone={phone} numbers={numbers} />
    </>
  );
}

function Lamp({ phone, person }: { phone: Phone; person: Person }) {
  const state = person.lamp.value;
  const said = person.note.value || (words[state] && t(words[state]));
  const asking = phone.transfers.asking.value;
  const who = person.name || person.number;
  return (
    <li data-testid={`lamp-${person.number}`} data-state={state}>
      <button type="button" class="row" data-testid={`call-${person.number}`} disabled={phone.registration.value.state !== "registered"} onClick={() => void (asking ? phone.transfers.consult(person.number) : phone.dial(person.number))}>
        <span class={`lamp ${state}`} aria-hidden="true" />
        <span class="visually-hidden">{asking ? t("Ask first") : t("Call")} </span>
        <span class="grow">
          <b dir="auto">{who}</b>
          <small>
            {person.name ? `${person.number} ` : ""}
            {said}
          </small>
        </span>
      </button>
      {asking ? (
        <button type="button" class="ghost" data-testid={`send-${person.number}`} aria-label={t("Transfer to {who} now", { who })} title={t("Transfer to {who} now", { who })} onClick={() => phone.transfers.blind(person.number)}>
          <Icon name="transfer" size={20} />
        </button>
      ) : (
        <button type="button" class="ghost" data-testid={`write-${person.number}`} aria-label={t("Write to {who}", { who })} title={t("Write to {who}", { who })} onClick={() => phone.write(person)}>
          <Icon name="chat" size={20} />
        </button>
      )}
      {person.own && !asking && (
        <button type="button" class="ghost" aria-label={t("Remove {who}", { who })} title={t("Remove {who}", { who })} onClick={() => phone.people.remove(person.number)}>
          <Icon name="close" size={18} />
        </button>
      )}
    </li>
  );
}

function AddPerson({ phone }: { phone: Phone }) {
  const open = useSignal(false);
  const name = useSignal("");
  const number = useSignal("");
  if (!open.value) {
    return (
      <button type="button" class="link" data-testid="add-person" onClick={() => (open.value = true)}>
        <Icon name="add" size={18} /> {t("Add somebody")}
      </button>
    );
  }
  const add = (e: Event) => {
    e.preventDefault();
    const clean = cleanNumber(number.value, phone.account.value?.domain ?? "");
    if (!clean) return;
    phone.people.add({ number: clean, name: name.value.trim().slice(0, 60) });
    open.value = false;
    name.value = number.value = "";
  };
  return (
    <form class="addperson" onSubmit={add}>
      <label for="person-number">{t("Number")}</label>
      <input id="person-number" data-testid="person-number" required maxLength={128} autocomplete="off" value={number.value} onInput={(e) => (number.value = e.currentTarget.value)} autofocus />
      <label for="person-name">{t("Name")}</label>
      <input id="person-name" data-testid="person-name" maxLength={60} autocomplete="off" value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} />
      <div class="actions two">
        <button type="submit" class="primary" data-testid="person-add">
          {t("Add")}
        </button>
        <button type="button" class="secondary" onClick={() => (open.value = false)}>
          {t("Cancel")}
        </button>
      </div>
    </form>
  );
}

function QuickCalls({ phone, numbers: all }: { phone: Phone; numbers: Array<{ number: string; label: string }> }) {
  const numbers = all.filter((n) => n.number !== phone.account.value?.user);
  if (numbers.length === 0) return null;
  const ready = phone.registration.value.state === "registered";
  return (
    <section aria-labelledby="quick-title">
      <h2 id="quick-title">{t("Try these")}</h2>
      <ul class="quick">
        {numbers.map((n) => (
          <li key={n.number}>
            <button type="button" class="row" data-testid={`quick-${n.number}`} disabled={!ready} onClick={() => void phone.dial(n.number)}>
              <span class="quick-icon">
                <Icon name="call" size={18} />
              </span>
              <span class="visually-hidden">{t("Call")} </span>
              <b>{n.number}</b>{" "}
              {n.label !== n.number && (
                <span class="grow" dir="auto">
                  {labels.includes(n.label) ? t(n.label) : n.label}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
