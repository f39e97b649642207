import assert from "node:assert/strict";
import { test } from "node:test";
import { Picture } from "../src/engine/picture";
import { FakeSession, FakeTimers } from "./fake_ua";

globalThis.MediaStream ??= class {} as unknown as typeof MediaStream;

/** call is a call whose offers are answered by hand. */
function call(o: { way?: RTCRtpTransceiverDirection } = {}) {
  const timers = new FakeTimers();
  const ways: any[] = [];
  const add = (direction: string, track: unknown = null, currentDirection: string | null = null) => {
    const sender = { track, replaceTrack: async (t: unknown) => void (sender.track = t) };
    ways.push({ receiver: { track: { kind: "video" } }, sender, direction, currentDirection });
    return ways.at(-1);
  };
  const pc = { getTransceivers: () => ways, addTransceiver: (t: unknown, i: any) => add(i.direction, t) } as unknown as RTCPeerConnection;
  if (o.way) add(o.way, null, o.way);
  const session = new FakeSession("outgoing");
  const offers: Array<() => void> = [];
  session.renegotiate = (_?: object, done?: () => void) => {
    session.ready = false;
    offers.push(done!);
    return true;
  };
  const answer = (takes = (w: any) => w.direction) => {
    for (const w of ways) w.currentDirection = takes(w);
    session.ready = true;
    offers.at(-1)!();
  };
  const picture = new Picture(session, { timers, canReoffer: () => session.ready, tell: () => {} });
  return { pc, ways, add, session, timers, offers, answer, picture };
}

const track = (name: string) => ({ kind: "video", name }) as unknown as MediaStreamTrack;
/** settle lets everything go on that waits for nobody. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("the camera that is wanted while the screen is being taken away comes after it", async () => {
  const c = call({ way: "sendrecv" });
  const gone = c.picture.send(c.pc, null);
  const camera = c.picture.send(c.pc, track("camera"));
  await settle();
  assert.deepEqual([c.offers.length, c.ways[0].direction, c.ways[0].sender.track], [1, "recvonly", null]);
  c.answer();
  assert.equal(await gone, true);
  await settle();
  assert.deepEqual([c.offers.length, c.ways[0].direction, c.ways[0].sender.track.name], [2, "sendrecv", "camera"]);
  c.answer();
  assert.equal(await camera, true);
});

test("a picture waits for its turn while other offers are under way", async () => {
  for (const way of [undefined, "recvonly"] as const) {
    const c = call({ way });
    c.session.ready = false;
    const camera = c.picture.send(c.pc, track("camera"));
    await settle();
    c.timers.advance(100);
    await settle();
    assert.equal(c.offers.length, 0);
    c.session.ready = true;
    c.timers.advance(50);
    await settle();
    assert.equal(c.offers.length, 1);
    c.answer();
    assert.equal(await camera, true);
    assert.equal(c.ways.length, 1);
  }
});

test("a picture goes the way of the far side's, when that is offered first", async () => {
  const c = call();
  c.session.ready = false;
  const camera = c.picture.send(c.pc, track("camera"));
  await settle();
  c.add("recvonly", null, "recvonly"); // theirs, answered
  c.session.ready = true;
  c.timers.advance(50);
  await settle();
  assert.deepEqual([c.ways.length, c.ways[0].direction, c.ways[0].sender.track.name], [1, "sendrecv", "camera"]);
  c.answer();
  assert.equal(await camera, true);
});

test("a picture that was in our answer to the far side needs no offer", async () => {
  const c = call({ way: "recvonly" });
  c.session.ready = false;
  const camera = c.picture.send(c.pc, track("camera"));
  await settle();
  c.ways[0].currentDirection = "sendrecv";
  c.session.ready = true;
  c.timers.advance(50);
  assert.equal(await camera, true);
  assert.equal(c.offers.length, 0);
});

test("a turn that does not come within five seconds is none, and nothing is offered later", async () => {
  const c = call({ way: "recvonly" });
  c.session.ready = false;
  const camera = c.picture.send(c.pc, track("camera"));
  for (let i = 0; i <= 100; i++) {
    await settle();
    c.timers.advance(50);
  }
  assert.equal(await camera, false);
  assert.deepEqual([c.ways[0].direction, c.ways[0].sender.track], ["recvonly", null]);
});

test("what is taken away is told whenever it can be, and with whatever is offered before", async () => {
  const c = call({ way: "sendrecv" });
  c.session.ready = false;
  const gone = c.picture.send(c.pc, null);
  for (let i = 0; i < 200; i++) {
    await settle();
    c.timers.advance(50);
  }
  assert.deepEqual([c.offers.length, c.ways[0].direction, c.ways[0].sender.track], [0, "recvonly", null]);
  c.session.ready = true;
  c.timers.advance(50);
  await settle();
  assert.equal(c.offers.length, 1);
  c.answer();
  assert.equal(await gone, true);
});

test("a picture that the far side does not take is not left on its way", async () => {
  const c = call({ way: "recvonly" });
  const camera = c.picture.send(c.pc, track("camera"));
  await settle();
  c.answer(() => "recvonly");
  assert.equal(await camera, false);
  assert.deepEqual([c.ways[0].direction, c.ways[0].sender.track], ["recvonly", null]);
});

test("whoever waits is told when the call ends", async () => {
  const c = call();
  const first = c.picture.send(c.pc, track("camera"));
  const second = c.picture.send(c.pc, null);
  await settle();
  c.session.over = true;
  c.session.emit("ended");
  assert.deepEqual([await first, await second], [false, false]);
});

test("what waits for its turn is over with the call", async () => {
  const c = call({ way: "sendrecv" });
  c.session.ready = false;
  const gone = c.picture.send(c.pc, null);
  await settle();
  c.session.over = true;
  c.session.emit("ended");
  c.timers.advance(50);
  assert.equal(await gone, false);
});
