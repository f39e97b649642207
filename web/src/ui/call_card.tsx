import { useSignal } from "@preact/signals";
import type { Sound } from "../audio/sound";
import type { PhoneCall } from "../model/call";
import type { Phone } from "../model/phone";
import { initials } from "../numbers";
import { t } from "../say";
import { warningWords } from "../warning_words";
import { Keypad } from "./dialer";
import { Icon, type IconName } from "./icons";
import { canShareScreen } from "../picture/camera";
import { Meter } from "./meter";
import { PictureStage, hasPictures } from "./pictures";
import { QualityBars } from "./quality_bars";

/** CallCard is the current call: who, where it is, how it sounds, what can be done. */
export function CallCard({ phone, call, sound }: { phone: Phone; call: PhoneCall; sound: Sound }) {
  const keypad = useSignal(false);
  const state = call.state.value;
  return (
    <article class={`card callcard ${state}`} data-testid="call-card" data-state={stateName(call)} data-number={call.party.value.number} aria-label={t("Call with {who}", { who: call.title.value })}>
      {hasPictures(call) ? <PictureStage call={call} /> : !keypad.value && <Avatar call={call} />}
      <Who call={call} now={phone.clock.value} />
      {state === "ended" ? (
        <Ended phone={phone} call={call} />
      ) : (
        <>
          {state === "talking" && !keypad.value && <Health phone={phone} call={call} sound={sound} />}
          {keypad.value && (
            <>
              <output class="sent" data-testid="digits" aria-label={t("Digits sent")}>
                {call.digits.value || "\u00a0"}
              </output>
              <Keypad press={(d) => phone.digit(d)} />
            </>
          )}
          <Controls phone={phone} call={call} keypad={keypad.value} toggle={() => (keypad.value = !keypad.value)} />
        </>
      )}
    </article>
  );
}

/** stateName is what tests and styles read: the state, with hold told apart. */
export function stateName(c: PhoneCall): string {
  if (c.state.value !== "talking") return c.state.value;
  if (c.wantHeld.value) return "held";
  return c.heldByThem.value ? "held-by-them" : "talking";
}

function Avatar({ call }: { call: PhoneCall }) {
  const ringing = call.state.value === "ringing" || call.state.value === "calling";
  return (
    <div class={`avatar ${ringing ? "pulsing" : ""}`} aria-hidden="true">
      {initials(call.party.value.name, call.party.value.number)}
    </div>
  );
}

function Who({ call, now }: { call: PhoneCall; now: number }) {
  const p = call.party.value;
  return (
    <div class="whom">
      <h2 data-testid="party">{p.name || p.number}</h2>
      {p.name && p.name !== p.number && <p class="muted">{p.number}</p>}
      <p class="status" data-testid="call-status">
        {call.status(now)}
      </p>
      {call.guests.value.length > 0 && <p class="muted small">{t("With {names}", { names: call.guests.value.join(", ") })}</p>}
    </div>
  );
}

function Ended({ phone, call }: { phone: Phone; call: PhoneCall }) {
  const said = call.said.value;
  const length = call.length();
  return (
    <>
      <p class="ended-detail" data-testid="ended-detail">
        {said?.detail}
        {length && ` ${t("The call took {length}.", { length })}`}
      </p>
      <div class="actions two">
        <button type="button" class="primary" data-testid="call-again" disabled={phone.registration.value.state !== "registered"} onClick={() => void phone.dial(call.party.value.number)}>
          <Icon name="call" size={20} /> {call.direction === "in" ? t("Call back") : t("Call again")}
        </button>
        <button type="button" class="secondary" data-testid="dismiss" onClick={() => phone.dismiss(call)}>
          {t("Close")}
        </button>
      </div>
    </>
  );
}

function Health({ phone, call, sound }: { phone: Phone; call: PhoneCall; sound: Sound }) {
  return (
    <div class="health">
      <Meter level={() => (call.muted.value || call.onHold.value ? 0 : sound.level())} label={t("Microphone level")} icon={call.muted.value ? "micOff" : "mic"} />
      {!call.onHold.value && !call.deaf.value && <QualityBars quality={call.quality.value} />}
      <CallProblem phone={phone} call={call} />
    </div>
  );
}

function CallProblem({ phone, call }: { phone: Phone; call: PhoneCall }) {
  let text = "";
  if (call.deaf.value) text = t("Nothing has come from the other side for some seconds. They may have put you on hold, or their network or a firewall on the way holds it back.");
  else if (phone.microphoneSilenced()) text = t("Your system has muted the microphone.");
  else if (phone.micSilent.value) text = t("The microphone gives no sound at all. Look for a switch on it, or choose another one under Settings.");
  else text = warningWords(call.warnings.value, call.quality.value);
  return text ? (
    <p class="banner warn" role="status" data-testid="call-problem">
      {text}
    </p>
  ) : null;
}

function Controls({ phone, call, keypad, toggle }: { phone: Phone; call: PhoneCall; keypad: boolean; toggle: () => void }) {
  const talking = call.talking.value;
  const held = call.wantHeld.value;
  return (
    <>
      {call.askedFor.value && (
        <button type="button" class="primary wide" data-testid="complete" title="T" onClick={() => phone.transfers.complete(call)}>
          <Icon name="transfer" size={20} /> {t("Connect {one} with {other}", { one: call.askedFor.value.title.value, other: call.title.value })}
        </button>
      )}
      <div class="actions eight">
        <Toggle icon={call.muted.value ? "micOff" : "mic"} on={call.muted.value} label={call.muted.value ? t("Unmute") : t("Mute")} hotkey="M" testid="mute" press={() => phone.toggleMute(call)} />
        <Toggle icon="keypad" on={keypad} label={t("Keypad")} testid="keypad" press={toggle} disabled={call.state.value === "preparing"} />
        <Toggle icon={held ? "resume" : "hold"} on={held} label={held ? t("Resume") : t("Hold")} hotkey="H" testid="hold" press={() => phone.toggleHold(call)} disabled={!talking} />
        <Toggle icon="transfer" on={!!call.sending.value} label={t("Transfer")} hotkey="T" testid="transfer" press={() => phone.transfers.begin(call)} disabled={!talking || !!call.sending.value} />
        <Toggle icon="add" on={false} label={t("Add call")} testid="add-call" press={() => (phone.adding.value = true)} disabled={!talking} />
        <PictureControls phone={phone} call={call} />
        <Toggle icon="chat" on={phone.chat.open.value === call.party.value.number} label={t("Message")} testid="message" press={() => phone.write(call.party.value)} disabled={call.state.value === "preparing"} />
      </div>
      <div class="ending">
        <button class="round end" type="button" data-testid="hangup" aria-label={talking ? t("Hang up") : t("Cancel the call")} title="Esc" onClick={() => phone.hangup(call)}>
          <Icon name="hangup" size={30} />
        </button>
      </div>
    </>
  );
}

function PictureControls({ phone, call }: { phone: Phone; call: PhoneCall }) {
  const off = !call.talking.value || call.onHold.value || call.changing.value;
  const showing = call.showing.value;
  const camera = showing === "camera";
  const screen = showing === "screen";
  return (
    <>
      <Toggle icon={camera ? "cameraOff" : "camera"} on={camera} label={camera ? t("Stop video") : t("Video")} testid="camera" press={() => void phone.pictures.toggle(call, "camera")} disabled={off} />
      {canShareScreen() && <Toggle icon="screen" on={screen} label={screen ? t("Stop sharing") : t("Share screen")} testid="screen" press={() => void phone.pictures.toggle(call, "screen")} disabled={off} />}
    </>
  );
}

interface ToggleProps {
  icon: IconName;
  on: boolean;
  label: string;
  hotkey?: string;
  testid: string;
  press: () => void;
  disabled?: boolean;
}

function Toggle(p: ToggleProps) {
  return (
    <button type="button" class={`toggle ${p.on ? "on" : ""}`} data-testid={p.testid} aria-pressed={p.on} title={p.hotkey ? `${p.label} (${p.hotkey})` : p.label} disabled={p.disabled} onClick={p.press}>
      <span class="disc">
        <Icon name={p.icon} />
      </span>
      {p.label}
    </button>
  );
}
