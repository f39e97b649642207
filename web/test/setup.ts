import { Phone } from "../src/model/phone";
import { FakeCamera } from "./fake_camera";
import { FakeEngine, type FakeCall } from "./fake_engine";

/** setup makes a phone with fakes all round it, registered as 1001. */
export function setup(o: { micError?: string; cameraError?: string } = {}) {
  const engine = new FakeEngine();
  const heard: string[] = [];
  const mic = { open: 0, level: 0.1, error: o.micError ?? "", change: (_: "chosen" | "lost") => {} };
  const camera = new FakeCamera(o.cameraError);
  let now = 1_000_000;
  let blocked = (_: boolean) => {};
  const phone = new Phone({
    engine,
    mic: {
      open: async () => {
        if (mic.error) throw Object.assign(new Error(mic.error), { name: mic.error });
        mic.open++;
      },
      track: () => (mic.open ? ({ stop() {} } as MediaStreamTrack) : null),
      level: () => mic.level,
      silenced: () => false,
      close: () => void (mic.open = 0),
      onChange: (f) => (mic.change = f),
    },
    camera: {
      open: async (what) => {
        if (camera.error) throw Object.assign(new Error(camera.error), { name: camera.error });
        return camera.track(what);
      },
    },
    speaker: { play: (s) => heard.push(s ? "sound" : "silence"), unlock: () => heard.push("unlock"), onBlocked: (f) => (blocked = f) },
    tones: { play: (n) => heard.push(n), stop: () => heard.push("stop"), key: (d) => heard.push(`key ${d}`) },
    now: () => now,
  });
  phone.signIn({ user: "1001", displayName: "Ann", domain: "example.test", ws: "", password: "", instance: "" });
  engine.report({ state: "registered" });
  const step = async (ms: number) => {
    for (let left = ms; left > 0; left -= 250) {
      now += 250;
      phone.step();
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
    }
  };
  const talk = async (number: string): Promise<FakeCall> => {
    await phone.dial(number);
    const c = engine.calls.at(-1)!;
    c.events!.connected();
    return c;
  };
  return { phone, engine, heard, mic, camera, step, talk, block: (b: boolean) => blocked(b) };
}
