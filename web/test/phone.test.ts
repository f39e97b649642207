import assert from "node:assert/strict";
import { test } from "node:test";
import { maxCalls } from "../src/model/dialable";
import { setup } from "./setup";

test("a call goes from calling to ringing to connected, in words", async () => {
  const { phone, engine, step, heard } = setup();
  await phone.dial("sip:600@example.test");
  const call = phone.current.value!;
  assert.equal(call.party.value.number, "600");
  assert.equal(call.status(0), "Calling…");
  engine.calls[0]!.events!.ringing();
  assert.equal(call.status(0), "Ringing…");
  assert.equal(heard.at(-1), "ringback");
  engine.calls[0]!.events!.connected();
  await step(12_000);
  assert.equal(call.status(phone.clock.value), "Connected 0:12");
  assert.ok(!["ringback", "ring"].includes(heard.at(-1)!));
});

test("ringback stops as soon as early media is heard", async () => {
  const { phone, engine, step, heard } = setup();
  await phone.dial("601");
  engine.calls[0]!.events!.ringing();
  await step(500);
  assert.equal(heard.at(-1), "ringback");
  engine.calls[0]!.report = new Map([["a", { type: "inbound-rtp", kind: "audio", packetsReceived: 3 }]]);
  await step(500);
  assert.equal(heard.at(-1), "stop");
});

test("a busy number is said and heard, then put away", async () => {
  const { phone, engine, heard, step } = setup();
  await phone.dial("605");
  engine.calls[0]!.end({ by: "them", status: 486 });
  assert.equal(phone.current.value!.status(0), "Busy");
  assert.ok(heard.includes("busy"));
  await step(9_000);
  assert.equal(phone.calls.value.length, 0);
  assert.equal(phone.currentId.value, "");
});

test("nothing is dialed without a registration, a number or a microphone", async () => {
  const a = setup();
  a.engine.report({ state: "offline", retryAt: 0, everConnected: true });
  await a.phone.dial("600");
  assert.equal(a.phone.notice.value?.title, "Not registered");
  const b = setup();
  await b.phone.dial('"');
  assert.equal(b.phone.notice.value?.title, "This cannot be called");
  const c = setup({ micError: "NotAllowedError" });
  await c.phone.dial("600");
  assert.equal(c.phone.notice.value?.title, "The microphone is blocked");
  for (const x of [a, b, c]) {
    assert.equal(x.engine.calls.length, 0);
    assert.equal(x.phone.calls.value.length, 0);
  }
});

test("an empty field brings the last number back", async () => {
  const { phone, engine } = setup();
  await phone.dial("600");
  engine.calls[0]!.end({ by: "them", status: 404 });
  await phone.dial("");
  assert.equal(phone.number.value, "600");
});

test("hanging up while the microphone is asked for makes no call", async () => {
  const { phone, engine } = setup();
  const dialing = phone.dial("600");
  phone.hangup();
  await dialing;
  assert.equal(engine.calls.length, 0);
  assert.equal(phone.calls.value.length, 0);
});

test("an incoming call rings and is answered", async () => {
  const { phone, engine, heard } = setup();
  const leg = engine.ring("1002", "Ben");
  assert.equal(heard.at(-1), "ring");
  assert.equal(phone.incoming.value.length, 1);
  await phone.answer();
  assert.deepEqual(leg.asked, ["answer"]);
  leg.events!.connected();
  assert.equal(phone.current.value!.title.value, "Ben");
  assert.equal(phone.incoming.value.length, 0);
});

test("an incoming call whose microphone is refused keeps ringing", async () => {
  const { phone, engine } = setup({ micError: "NotFoundError" });
  const leg = engine.ring("1002");
  await phone.answer();
  assert.deepEqual(leg.asked, []);
  assert.equal(phone.incoming.value.length, 1);
  assert.equal(phone.notice.value?.title, "No microphone found");
});

test("declining says so to the caller and leaves no card", () => {
  const { phone, engine } = setup();
  const leg = engine.ring("1002");
  phone.decline();
  assert.deepEqual(leg.asked, ["decline 603"]);
  assert.equal(phone.calls.value.length, 0);
});

test("a missed call stays for half a minute, one taken elsewhere shortly", async () => {
  const { phone, engine, step } = setup();
  engine.ring("1002").end({ by: "them", q850: 16 });
  engine.ring("1003").end({ by: "them", status: 200, q850: 26 });
  await step(9_000);
  assert.deepEqual(phone.calls.value.map((c) => c.said.value!.title), ["Missed call"]);
  await step(25_000);
  assert.equal(phone.calls.value.length, 0);
});

test("answering a second call holds the first; swapping turns them round", async () => {
  const { phone, engine, talk } = setup();
  const first = await talk("1002");
  const second = engine.ring("1003");
  await phone.answer();
  second.events!.connected();
  assert.deepEqual(first.asked, ["hold"]);
  phone.swap(phone.others.value[0]!);
  assert.deepEqual(second.asked, ["answer", "hold"]);
  assert.deepEqual(first.asked, ["hold", "resume"]);
  assert.equal(phone.current.value!.party.value.number, "1002");
});

test("when the current call ends the held one can be taken back", async () => {
  const { phone, talk, step } = setup();
  await talk("1002");
  const second = await talk("1003");
  second.end({ by: "them", q850: 16 });
  await step(9_000);
  assert.equal(phone.current.value!.party.value.number, "1002");
  assert.equal(phone.current.value!.wantHeld.value, true, "nobody is put through without being asked");
});

test("a hold that cannot be sent now is sent later", async () => {
  const { phone, talk, step } = setup();
  const leg = await talk("1002");
  leg.reoffer = false;
  phone.toggleHold();
  assert.equal(phone.current.value!.held.value, false);
  leg.reoffer = true;
  await step(250);
  assert.equal(phone.current.value!.held.value, true);
  phone.toggleHold();
  assert.equal(leg.asked.at(-1), "resume");
});

test("one call more than fits hears busy", async () => {
  const { phone, engine } = setup();
  for (let i = 0; i < maxCalls; i++) engine.ring(`10${i}`);
  assert.deepEqual(engine.ring("2000").asked, ["decline 486"]);
  assert.equal(phone.incoming.value.length, maxCalls);
  await phone.dial("600");
  assert.equal(phone.notice.value?.title, "Enough calls");
});

test("digits dial when idle and are sent in a call", async () => {
  const { phone, talk } = setup();
  phone.digit("6");
  phone.digit("0");
  assert.equal(phone.number.value, "60");
  const leg = await talk("602");
  phone.digit("1");
  phone.digit("#");
  assert.deepEqual(leg.asked, ["digit 1", "digit #"]);
  assert.equal(phone.current.value!.digits.value, "1#");
  leg.carriesDigits = false;
  phone.digit("2");
  assert.equal(phone.current.value!.digits.value, "1#");
  assert.equal(phone.notice.value?.title, "The digit was not sent");
});

test("mute before the answer holds after it", async () => {
  const { phone, engine } = setup();
  await phone.dial("600");
  phone.toggleMute();
  engine.calls[0]!.events!.connected();
  assert.deepEqual(engine.calls[0]!.asked, ["mute", "mute"]);
  phone.toggleMute();
  assert.equal(engine.calls[0]!.asked.at(-1), "unmute");
});

const packets = (n: number) => new Map([["a", { type: "inbound-rtp", kind: "audio", packetsReceived: n, packetsLost: 0, jitter: 0.002 }]]);

test("a silent far side is said after some seconds, and unsaid", async () => {
  const { phone, talk, step } = setup();
  const leg = await talk("1002");
  leg.report = packets(50);
  await step(1_000);
  assert.deepEqual([phone.current.value!.deaf.value, leg.deaf], [false, false]);
  await step(2_000);
  assert.deepEqual([phone.current.value!.deaf.value, leg.deaf], [false, true], "the way is looked into before anything is said");
  await step(5_000);
  assert.deepEqual([phone.current.value!.deaf.value, leg.deaf], [true, true]);
  leg.report = packets(100);
  await step(1_000);
  assert.deepEqual([phone.current.value!.deaf.value, leg.deaf], [false, false]);
});

test("a call on hold is never called silent", async () => {
  const { phone, talk, step } = setup();
  const leg = await talk("1002");
  leg.report = packets(50);
  leg.events!.remoteHold(true);
  await step(20_000);
  assert.equal(phone.current.value!.deaf.value, false);
  assert.match(phone.current.value!.status(phone.clock.value), /put you on hold/);
});

test("a dead microphone is said after ten seconds, but not a muted one", async () => {
  const { phone, talk, step, mic } = setup();
  await talk("1002");
  mic.level = 0;
  await step(9_000);
  assert.equal(phone.micSilent.value, false);
  await step(2_000);
  assert.equal(phone.micSilent.value, true);
  phone.toggleMute();
  await step(250);
  assert.equal(phone.micSilent.value, false);
});

test("an unplugged microphone is replaced in every call", async () => {
  const { phone, talk, mic } = setup();
  const leg = await talk("1002");
  mic.change("lost");
  await new Promise((r) => setImmediate(r));
  assert.equal(leg.asked.at(-1), "replace");
  assert.match(phone.notice.value!.detail, /Another one has taken over/);
  mic.open = 0;
  mic.change("lost");
  await new Promise((r) => setImmediate(r));
  assert.match(phone.notice.value!.detail, /cannot hear you/);
});

test("the microphone is closed when the last call is over", async () => {
  const { talk, mic } = setup();
  const leg = await talk("1002");
  assert.equal(mic.open, 1);
  leg.end({ by: "them" });
  assert.equal(mic.open, 0);
});

test("sound held back by the browser is told", () => {
  const { phone, block } = setup();
  block(true);
  assert.equal(phone.blockedAudio.value, true);
});
