import type { Device } from "../audio/devices";
import { Icon } from "./icons";
import { Meter } from "./meter";
import type { Sound } from "./phone_screen";

/** SoundPanel chooses microphone and speaker, also during a call, and tests the microphone. */
export function SoundPanel({ sound }: { sound: Sound }) {
  const testing = sound.testing();
  return (
    <section class="card sound" aria-labelledby="sound-title">
      <h2 id="sound-title">Sound</h2>
      <Choice id="microphone" label="Microphone" devices={sound.inputs()} chosen={sound.input()} choose={sound.chooseInput} />
      {sound.outputChoosable && <Choice id="speaker" label="Speaker" devices={sound.outputs()} chosen={sound.output()} choose={sound.chooseOutput} />}
      <div class="mictest">
        <button type="button" class="secondary" data-testid="mic-test" aria-pressed={testing} onClick={() => (testing ? sound.stopTest() : void sound.test())}>
          {testing ? "Stop the test" : "Test the microphone"}
        </button>
        {testing && <Meter level={sound.level} label="Microphone level" icon="mic" />}
      </div>
      <Notify />
    </section>
  );
}

interface ChoiceProps {
  id: string;
  label: string;
  devices: Device[];
  chosen: string;
  choose: (id: string) => void;
}

function Choice({ id, label, devices, chosen, choose }: ChoiceProps) {
  const known = !chosen || devices.some((d) => d.id === chosen);
  return (
    <div class="choice">
      <label for={id}>{label}</label>
      <select id={id} data-testid={id} value={known ? chosen : ""} onChange={(e) => choose(e.currentTarget.value)}>
        <option value="">System default</option>
        {devices.map((d) => (
          <option key={d.id} value={d.id}>
            {d.label}
          </option>
        ))}
      </select>
    </div>
  );
}

function Notify() {
  if (typeof Notification === "undefined" || Notification.permission !== "default") return null;
  const ask = (e: Event) => {
    const button = e.currentTarget as HTMLElement;
    void Notification.requestPermission().then(() => (button.hidden = true));
  };
  return (
    <button type="button" class="secondary" data-testid="notify" onClick={ask}>
      <Icon name="bell" size={18} /> Notify me of calls
    </button>
  );
}
