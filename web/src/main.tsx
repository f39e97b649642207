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
import { dialOf } from "./link";
import { Phone } from "./model/phone";
import { watchNetwork } from "./network";
import { watchCall } from "./report";
import { loadLanguage, t } from "./say";
import { sendStats } from "./session";
import { soundOf } from "./sound_parts";
import { RingLock } from "./tabs";
import { answerNotifications, flashTitle, notifyIncoming, startWorker } from "./ui/attention";
import { Root } from "./ui/root";

const mic = new Microphone();
const speaker = new Speaker(document.getElementById("remote") as HTMLAudioElement);
const tones = new Tones();
const ring = new RingLock(() => phone.refreshTones());
const phone: Phone = new Phone({
  engine: new SipEngine(makeJsSIP),
  mic,
  camera: new BrowserCamera(),
  speaker,
  tones: {
    play: (name) => (name !== "ring" || ring.may() ? tones.play(name) : tones.stop()),
    stop: () => {
      ring.done();
      tones.stop();
    },
    key: (d) => tones.key(d),
  },
  onPasswordRefused: () => void app.passwordRefused(),
  fetchHistory: () => app.fetchHistory(),
  onTalk: (call) => app.offers.includes("stats") && watchCall(call, (r) => sendStats(phone.account.value?.user ?? "", r)),
});
const app = new App(phone);

/** takeLink puts the number of a link into the field: a page may offer a call, never make one. */
function takeLink(): void {
  const number = dialOf(location.hash, phone.account.value?.domain);
  if (!number || app.screen.value.name !== "phone") return;
  history.replaceState(null, "", location.pathname);
  phone.number.value = number;
  phone.notice.value = { title: t("A link asks for a call"), detail: t("{number} is in the field. Enter calls it.", { number }), kind: "info" };
}

function start(): void {
  render(<Root app={app} sound={soundOf(mic, speaker, phone)} />, document.getElementById("app") as HTMLElement);
  setInterval(() => phone.step(), 250);
  watchDevices();
  effect(() => flashTitle(phone));
  effect(() => notifyIncoming(phone));
  effect(() => {
    if (app.screen.value.name === "phone") takeLink();
  });
  void app.boot();
}

addEventListener("hashchange", takeLink);
watchNetwork(() => phone.probe());
startWorker();
answerNotifications(phone);
// A click anywhere lets held-back sound out.
addEventListener("pointerdown", () => phone.blockedAudio.peek() && phone.unlockAudio());
addEventListener("beforeunload", (e) => phone.busy.peek() && e.preventDefault());
addEventListener("pagehide", () => phone.signOut());
addEventListener("pageshow", (e) => e.persisted && location.reload());
void loadLanguage().finally(start);
