import type { Device } from "../audio/devices";
import type { Sound } from "../audio/sound";
import { t } from "../say";
import { Meter } from "./meter";

/** SoundPanel chooses microphone and speaker, also during a call, and tests the microphone. */
export function SoundPanel({ sound }: { sound: Sound }) {
  const testing = sound.testing();
  return (
    <section class="sound" aria-labelledby="sound-title">
      <h2 id="sound-title">{t("Sound")}</h2>
      <Choice id="microphone" label={t("Microphone")} devices={sound.inputs()} chosen={sound.input()} choose={sound.chooseInput} />
      {sound.outputChoosable && <Choice id="speaker" label={t("Speaker")} devices={sound.outputs()} chosen={sound.output()} choose={sound.chooseOutput} />}
      {sound.ringerChoosable && <Choice id="ringer" label={t("Ringer")} devices={sound.outputs()} chosen={sound.ringer()} choose={sound.chooseRinger} />}
      <div class="mictest">
        <button type="button" class="secondary" data-testid="mic-test" aria-pressed={testing} onClick={() => (testing ? sound.stopTest() : void sound.test())}>
          {testing ? t("Stop the test") : t("Test the microphone")}
        </button>
        {testing && <Meter level={sound.level} label={t("Microphone level")} icon="mic" />}
      </div>
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
        <option value="">{t("System default")}</option>
        {devices.map((d) => (
          <option key={d.id} value={d.id}>
            {d.label}
          </option>
        ))}
      </select>
    </div>
  );
}
