import { useSignal, type Signal } from "@preact/signals";
import type { Sound } from "../audio/sound";
import type { Phone } from "../model/phone";
import type { Step } from "../model/preflight";
import { chooseLanguage, language, languages, t } from "../say";
import { diagnostics } from "../diagnostics";
import { Icon, type IconName } from "./icons";
import { SoundPanel } from "./sound";

/** SettingsPanel is the devices, the test call and what a person may wish for. */
export function SettingsPanel({ phone, sound }: { phone: Phone; sound: Sound }) {
  return (
    <>
      <SoundPanel sound={sound} />
      <TestCall phone={phone} />
      <section class="wishes" aria-labelledby="wishes-title">
        <h2 id="wishes-title">{t("Calls")}</h2>
        <Wish id="undisturbed" label={t("Do not disturb: callers hear busy")} value={phone.settings.undisturbed} />
        <Wish id="auto-answer" label={t("Answer calls by itself")} value={phone.settings.autoAnswer} />
        <Notify />
        <Links />
      </section>
      <section class="wishes" aria-labelledby="page-title">
        <h2 id="page-title">{t("This page")}</h2>
        <div class="choice">
          <label for="language">{t("Language")}</label>
          <select id="language" data-testid="language" value={language()} disabled={phone.busy.value} onChange={(e) => chooseLanguage(e.currentTarget.value)}>
            {Object.entries(languages).map(([tag, name]) => (
              <option key={tag} value={tag} lang={tag}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <Copy phone={phone} />
      </section>
    </>
  );
}

function Wish({ id, label, value }: { id: string; label: string; value: Signal<boolean> }) {
  return (
    <label class="wish" for={id}>
      <input id={id} type="checkbox" role="switch" data-testid={id} checked={value.value} onChange={(e) => (value.value = e.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}

const marks: Record<Step["state"], IconName> = { waiting: "clock", running: "swap", good: "check", bad: "warn", skipped: "quiet" };

function TestCall({ phone }: { phone: Phone }) {
  const test = phone.preflight;
  const running = test.running.value;
  const said: Record<Step["state"], string> = { waiting: t("waiting"), running: t("running"), good: t("good"), bad: t("bad"), skipped: t("skipped") };
  return (
    <section class="testcall" aria-labelledby="test-title">
      <h2 id="test-title">{t("Test call")}</h2>
      <button type="button" class="secondary" data-testid="test-call" disabled={!running && phone.busy.value} onClick={() => (running ? test.stop() : void test.run())}>
        {running ? t("Stop the test") : t("Test everything a call needs")}
      </button>
      {test.steps.value.length > 0 && (
        <ul class="steps" aria-live="polite" data-testid="test-steps" data-state={running ? "running" : "done"}>
          {test.steps.value.map((s) => (
            <li key={s.name} class={s.state} data-state={s.state}>
              <Icon name={marks[s.state]} size={18} />
              <span class="visually-hidden">{said[s.state]}: </span>
              <span class="grow">
                {s.name}
                {s.detail && <small>{s.detail}</small>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Notify() {
  const asked = useSignal(typeof Notification === "undefined" || Notification.permission !== "default");
  if (asked.value) return null;
  return (
    <button type="button" class="secondary" data-testid="notify" onClick={() => void Notification.requestPermission().then(() => (asked.value = true))}>
      <Icon name="bell" size={18} /> {t("Notify me of calls")}
    </button>
  );
}

/** Links offers the phone to the browser for telephone links of all pages. */
function Links() {
  if (typeof navigator.registerProtocolHandler !== "function") return null;
  const register = () => {
    for (const scheme of ["tel", "sip"]) {
      try {
        navigator.registerProtocolHandler(scheme, `${location.origin}/#dial=%s`);
      } catch {
        // Each browser has its own list of what it lets a page take.
      }
    }
  };
  return (
    <button type="button" class="secondary" data-testid="links" onClick={register}>
      <Icon name="call" size={18} /> {t("Open telephone links here")}
    </button>
  );
}

function Copy({ phone }: { phone: Phone }) {
  const copied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(await diagnostics(phone));
    copied.value = true;
  };
  return (
    <button type="button" class="secondary" data-testid="diagnostics" onClick={() => void copy().catch(() => {})}>
      {copied.value ? t("Copied") : t("Copy diagnostics")}
    </button>
  );
}
