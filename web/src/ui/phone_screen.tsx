import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { App } from "../app";
import type { Sound } from "../audio/sound";
import type { Phone } from "../model/phone";
import { t } from "../say";
import { registrationWords } from "../words";
import { Announcer } from "./announce";
import { Banners } from "./banners";
import { CallCard } from "./call_card";
import { OtherCalls } from "./other_calls";
import { Dialer } from "./dialer";
import { Help } from "./help";
import { Icon, Mark } from "./icons";
import { Incoming } from "./incoming";
import { bindKeys } from "./keyboard";
import { hasPictures } from "./pictures";
import { Side } from "./side";

export const helpOpen = signal(false);

export function PhoneScreen({ app, phone, sound }: { app: App; phone: Phone; sound: Sound }) {
  useEffect(() => bindKeys(phone, helpOpen), [phone]);
  const call = phone.current.value;
  const numbers = app.session.value?.numbers ?? [];
  return (
    <>
      <Header app={app} phone={phone} />
      <Banners phone={phone} app={app} />
      <main class={`phone ${call ? "has-call" : ""} ${call && hasPictures(call) ? "has-pictures" : ""}`} data-testid="phone" data-state={phone.registration.value.state}>
        <section class="stage" aria-label={t("Phone")}>
          <Incoming phone={phone} />
          {call && !phone.adding.value ? <CallCard phone={phone} call={call} sound={sound} /> : <Dialer phone={phone} />}
          <OtherCalls phone={phone} />
        </section>
        <Side phone={phone} sound={sound} numbers={numbers} />
      </main>
      <Help open={helpOpen} />
      <Announcer phone={phone} />
    </>
  );
}

function Header({ app, phone }: { app: App; phone: Phone }) {
  const account = phone.account.value;
  const r = phone.registration.value;
  const words = registrationWords(r, account?.user ?? "", phone.clock.value);
  const name = account?.displayName && account.displayName !== account.user ? account.displayName : "";
  return (
    <header class="top">
      <div class="brand">
        <Mark />
        <h1>tandem</h1>
      </div>
      <div class="who">
        <span class={`pill ${r.state}`} data-testid="registration" data-state={r.state}>
          <span class="dot" aria-hidden="true" />
          {words.label}
        </span>
        <Mailbox phone={phone} />
        {phone.settings.undisturbed.value && (
          <button type="button" class="pill undisturbed" data-testid="undisturbed-pill" aria-label={t("Do not disturb is on: callers hear busy. Click to end it.")} title={t("Do not disturb is on: callers hear busy. Click to end it.")} onClick={() => (phone.settings.undisturbed.value = false)}>
            <Icon name="quiet" size={16} /> <span>{t("Do not disturb")}</span>
          </button>
        )}
        <span class="me" data-testid="me">
          {name && <b dir="auto">{name}</b>} <span>{account?.user}</span>
        </span>
        <button class="ghost" type="button" aria-label={t("Help and keys")} title={`${t("Help and keys")} (?)`} data-testid="help" onClick={() => (helpOpen.value = true)}>
          <Icon name="help" />
        </button>
        <button class="ghost" type="button" aria-label={t("Sign out")} title={t("Sign out")} data-testid="sign-out" onClick={() => void app.signOut()}>
          <Icon name="exit" />
        </button>
      </div>
    </header>
  );
}

/** Mailbox says how many voice messages wait; a click listens to them. */
function Mailbox({ phone }: { phone: Phone }) {
  const fresh = phone.people.waiting.value?.fresh ?? 0;
  const number = phone.features.value.mailbox;
  if (!fresh) return null;
  const words = fresh === 1 ? t("1 new voice message") : t("{count} new voice messages", { count: fresh });
  return (
    <button type="button" class="pill waiting" data-testid="mailbox" data-count={fresh} aria-label={number ? t("{words}: listen", { words }) : words} title={words} disabled={!number || phone.registration.value.state !== "registered"} onClick={() => void phone.dial(number, { name: t("Voicemail") })}>
      <Icon name="tape" size={18} /> {fresh}
    </button>
  );
}
