import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./app";
import { watchDevices } from "./audio/devices";
import { Microphone } from "./audio/microphone";
import { Speaker } from "./audio/speaker";
import { Tones } from "./audio/tones";
import { BrowserCamera } from "./picture/camera";
import { makeJsSIP } from "./engine/jssip";
import { SipEngine } from "./engine/sip_engine";
import { Phone } from "./model/phone";
import { soundOf } from "./sound_parts";
import { flashTitle, notifyIncoming } from "./ui/attention";
import { Root } from "./ui/root";

const mic = new Microphone();
const speaker = new Speaker(document.getElementById("remote") as HTMLAudioElement);
const phone = new Phone({
  engine: new SipEngine(makeJsSIP),
  mic,
  camera: new BrowserCamera(),
  speaker,
  tones: new Tones(),
  onPasswordRefused: () => void app.passwordRefused(),
});
const app = new App(phone);

render(<Root app={app} sound={soundOf(mic, speaker, phone)} />, document.getElementById("app") as HTMLElement);
setInterval(() => phone.step(), 250);
watchDevices();
effect(() => flashTitle(phone));
effect(() => notifyIncoming(phone));
addEventListener("online", () => phone.retry());
// A click anywhere lets held-back sound out.
addEventListener("pointerdown", () => phone.blockedAudio.peek() && phone.unlockAudio());
addEventListener("beforeunload", (e) => phone.busy.peek() && e.preventDefault());
addEventListener("pagehide", () => phone.signOut());
addEventListener("pageshow", (e) => e.persisted && location.reload());
void app.boot();
