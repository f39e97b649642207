import { devices, refreshDevices } from "./audio/devices";
import type { Microphone } from "./audio/microphone";
import type { Sound } from "./audio/sound";
import type { Speaker } from "./audio/speaker";
import type { Phone } from "./model/phone";
import { micWords } from "./words";
import { signal } from "@preact/signals";
import { ringerChoosable, setRingSink } from "./audio/context";
import { kept } from "./stored";

/** soundOf joins microphone and speaker to what the Sound panel asks for. */
export function soundOf(mic: Microphone, speaker: Speaker, phone: Phone): Sound {
  const testing = signal(false);
  const ringer = kept("tandem.ringer", "");
  setRingSink(ringer.value);
  const stopTest = () => {
    testing.value = false;
    if (!phone.busy.value) mic.close();
  };
  const guard = async (work: Promise<void>) => {
    try {
      await work;
      // Names of devices are known only once the microphone was allowed.
      await refreshDevices();
      return true;
    } catch (e) {
      phone.notice.value = { ...micWords((e as DOMException).name), kind: "error" };
      return false;
    }
  };
  mic.isOpen.subscribe((open) => {
    if (open) void refreshDevices();
    else testing.value = false;
  });
  return {
    level: () => mic.level(),
    test: async () => void (testing.value = await guard(mic.open())),
    stopTest,
    testing: () => testing.value,
    inputs: () => devices.value.inputs,
    outputs: () => devices.value.outputs,
    input: () => mic.device.value,
    output: () => speaker.device.value,
    chooseInput: (id) => void guard(mic.choose(id)),
    chooseOutput: (id) => void speaker.choose(id),
    outputChoosable: speaker.choosable,
    ringer: () => ringer.value,
    chooseRinger: (id) => setRingSink((ringer.value = id)),
    ringerChoosable: ringerChoosable(),
  };
}
