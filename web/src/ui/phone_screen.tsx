import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { App } from "../app";
import type { Device } from "../audio/devices";
import type { Phone } from "../model/phone";
import { registrationWords } from "../words";
import { Announcer } from "./announce";
import { Banners } from "./banners";
import { CallCard, OtherCalls } from "./call_card";
import { Dialer } from "./dialer";
import { Help } from "./help";
import { Icon, Mark } from "./icons";
import { Incoming } from "./incoming";
import { bindKeys } from "./keyboard";
import { hasPictures } from "./pictures";
import { SoundPanel } from "./sound";

/** Sound is what the device panel and the meters need. */
export interface Sound {
  level(): number;
  test(): Promise<void>;
  stopTest(): void;
  testing(): boolean;
  inputs(): Device[];
  outputs(): Device[];
  input(): string;
  output(): string;
  chooseInput(id: string): void;
  chooseOutput(id: string): void;
  outputChoosable: boolean;
}

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
        <section class="stage" aria-label="Phone">
          <Incoming phone={phone} />
          {call && !phone.adding.value ? <CallCard phone={phone} call={call} sound={sound} /> : <Dialer phone={phone} />}
          <OtherCalls phone={phone} />
        </section>
        <aside class="side" aria-label="Numbers and sound">
          <QuickCalls phone={phone} numbers={numbers} />
          <SoundPanel sound={sound} />
        </aside>
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
        <span class="me" data-testid="me">
          {name && <b>{name}</b>} <span>{account?.user}</span>
        </span>
        <button class="ghost" type="button" aria-label="Help and keys" title="Help and keys (?)" data-testid="help" onClick={() => (helpOpen.value = true)}>
          <Icon name="help" />
        </button>
        <button class="ghost" type="button" aria-label="Sign out" title="Sign out" data-testid="sign-out" onClick={() => void app.signOut()}>
          <Icon name="exit" />
        </button>
      </div>
    </header>
  );
}

function QuickCalls({ phone, numbers: all }: { phone: Phone; numbers: Array<{ number: string; label: string }> }) {
  const numbers = all.filter((n) => n.number !== phone.account.value?.user);
  if (numbers.length === 0) return null;
  const ready = phone.registration.value.state === "registered";
  return (
    <section class="card" aria-labelledby="quick-title">
      <h2 id="quick-title">Try these</h2>
      <ul class="quick">
        {numbers.map((n) => (
          <li key={n.number}>
            <button type="button" data-testid={`quick-${n.number}`} disabled={!ready} onClick={() => void phone.dial(n.number)}>
              <span class="quick-icon">
                <Icon name="call" size={18} />
              </span>
              <span class="visually-hidden">Call </span>
              <b>{n.number}</b> {n.label !== n.number && <span>{n.label}</span>}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
