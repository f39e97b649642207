import assert from "node:assert/strict";
import { test } from "node:test";
import { setup } from "./setup";

test("blind: the call goes on until somebody answers, then we are out of it", async () => {
  const { phone, talk } = setup();
  const leg = await talk("1002");
  const call = phone.current.value!;
  phone.transfers.begin();
  assert.equal(phone.transfers.asking.value, call);
  assert.equal(phone.adding.value, true, "the field is there for the number");
  phone.transfers.blind("1003");
  assert.deepEqual(leg.asked, ["transfer 1003"]);
  assert.equal(phone.transfers.asking.value, null);
  assert.match(call.status(phone.clock.value), /^Transferring to 1003/);
  leg.told({ state: "ringing" });
  assert.equal(call.live.value, true);
  leg.told({ state: "done" });
  assert.equal(leg.asked.at(-1), "hangup");
  assert.equal(call.said.value!.title, "Transferred");
  assert.match(call.said.value!.detail, /1002 talks with 1003/);
});

test("blind that fails is said, and the call goes on", async () => {
  const { phone, talk } = setup();
  const leg = await talk("1002");
  phone.transfers.begin();
  phone.transfers.blind("1003");
  leg.told({ state: "failed", status: 486, reason: "Busy Here" });
  assert.equal(phone.notice.value!.title, "The call was not transferred");
  assert.match(phone.notice.value!.detail, /^1003: Busy/);
  assert.equal(phone.current.value!.sending.value, "");
  assert.equal(phone.current.value!.talking.value, true);
  phone.transfers.begin();
  assert.ok(phone.transfers.asking.value, "and it can be tried again");
  phone.transfers.blind("1004");
  assert.equal(phone.notice.value, null, "what was said of the first attempt is gone");
});

test("a transfer that cannot be sent now says so and changes nothing", async () => {
  const { phone, talk } = setup();
  const leg = await talk("1002");
  leg.transferable = false;
  phone.transfers.begin();
  phone.transfers.blind("1003");
  assert.equal(phone.notice.value!.title, "The call was not transferred");
  assert.equal(phone.current.value!.sending.value, "");
});

test("nothing is asked for a call that nobody has answered, and cancel ends the asking", async () => {
  const { phone, talk } = setup();
  await phone.dial("1002");
  phone.transfers.begin();
  assert.equal(phone.transfers.asking.value, null);
  phone.hangup();
  const leg = await talk("1003");
  phone.transfers.begin();
  phone.transfers.blind("not, a number\"");
  assert.deepEqual(leg.asked, []);
  phone.transfers.cancel();
  assert.deepEqual([phone.transfers.asking.value, phone.adding.value], [null, false]);
});

test("who hangs up while it is asked where to ends the asking", async () => {
  const { phone, talk } = setup();
  const leg = await talk("1002");
  phone.transfers.begin();
  leg.end({ by: "them", q850: 16 });
  assert.deepEqual([phone.transfers.asking.value, phone.adding.value], [null, false]);
});

/** consulted has 1002 wait while 1003 is asked. */
async function consulted() {
  const s = setup();
  const first = await s.talk("1002");
  const waiting = s.phone.current.value!;
  s.phone.transfers.begin();
  await s.phone.transfers.consult("1003");
  const second = s.engine.calls.at(-1)!;
  return { ...s, first, second, waiting };
}

test("asked first: one waits on hold, and the second press connects the two", async () => {
  const { phone, first, second, waiting } = await consulted();
  assert.deepEqual(first.asked, ["hold"]);
  assert.equal(phone.current.value!.askedFor.value, waiting);
  second.events!.connected();
  phone.transfers.begin();
  assert.equal(first.asked.at(-1), `transfer in the place of ${second.id}`);
  first.told({ state: "done" });
  assert.equal(first.asked.at(-1), "hangup");
  assert.equal(second.asked.at(-1), "hangup");
  assert.equal(phone.busy.value, false);
});

test("who still rings is left to the gateway: it becomes a blind transfer", async () => {
  const { phone, first, second } = await consulted();
  second.events!.ringing();
  phone.transfers.complete(phone.current.value!);
  assert.equal(second.asked.at(-1), "hangup");
  assert.equal(first.asked.at(-1), "transfer 1003");
});

test("a connection that fails leaves both calls as they were", async () => {
  const { phone, first, second } = await consulted();
  second.events!.connected();
  phone.transfers.begin();
  first.told({ state: "failed", status: 481, reason: "" });
  assert.equal(phone.calls.value.filter((c) => c.talking.value).length, 2);
  assert.equal(phone.notice.value!.title, "The call was not transferred");
});

test("when the one who waits hangs up the question is an ordinary call", async () => {
  const { phone, first, second } = await consulted();
  second.events!.connected();
  first.end({ by: "them", q850: 16 });
  assert.equal(phone.current.value!.askedFor.value, null);
  phone.transfers.begin();
  assert.equal(phone.transfers.asking.value, phone.current.value, "T asks where to again");
});

test("two calls are joined whichever was first, a call with itself never", async () => {
  const { phone, talk } = setup();
  const a = await talk("1002");
  const b = await talk("1003");
  const [one, two] = phone.calls.value as [(typeof phone.calls.value)[0], (typeof phone.calls.value)[0]];
  phone.transfers.join(two, two);
  assert.deepEqual(b.asked, []);
  phone.transfers.join(two, one);
  assert.deepEqual(b.asked, [`transfer in the place of ${a.id}`]);
});

/** roomy has a phone whose gateway has a room, in two calls. */
async function roomy() {
  const s = setup();
  s.phone.features.value = { merge: "*3", mailbox: "", echo: "" };
  const a = await s.talk("1002");
  assert.equal(s.phone.transfers.mergeable(), false, "one call is no conversation of more");
  const b = await s.talk("1003");
  return { ...s, a, b };
}

test("merge calls the room, sends everybody there, and lists who came", async () => {
  const { phone, engine, a, b } = await roomy();
  assert.equal(phone.transfers.mergeable(), true);
  await phone.transfers.merge();
  const room = engine.calls.at(-1)!;
  assert.equal(room.party.number, "*3");
  assert.ok(!a.asked.includes("transfer *3"), "nobody is sent before the room has answered");
  room.events!.connected();
  assert.deepEqual([a.asked.at(-1), b.asked.at(-1)], ["transfer *3", "transfer *3"]);
  a.told({ state: "done" });
  b.told({ state: "failed", status: 603, reason: "" });
  assert.deepEqual(phone.current.value!.guests.value, ["1002"]);
  assert.equal(phone.calls.value.find((c) => c.party.value.number === "1003")!.talking.value, true, "who did not come is still there");
});

test("a room that does not answer leaves the calls, and it can be tried again", async () => {
  const { phone, engine, a } = await roomy();
  await phone.transfers.merge();
  engine.calls.at(-1)!.end({ by: "them", status: 404 });
  assert.ok(!a.asked.includes("transfer *3"));
  const before = engine.calls.length;
  await phone.transfers.merge();
  assert.equal(engine.calls.length, before + 1);
});

test("a further call joins the room that is there", async () => {
  const { phone, engine, a, b, talk } = await roomy();
  await phone.transfers.merge();
  engine.calls.at(-1)!.events!.connected();
  a.told({ state: "done" });
  b.told({ state: "done" });
  const c = await talk("1004");
  const before = engine.calls.length;
  await phone.transfers.merge();
  assert.equal(engine.calls.length, before, "no second room");
  assert.equal(c.asked.at(-1), "transfer *3");
  c.told({ state: "done" });
  assert.deepEqual(phone.current.value!.guests.value, ["1002", "1003", "1004"]);
});

test("without a room of the gateway nothing is merged", async () => {
  const { phone, engine, talk } = setup();
  await talk("1002");
  await talk("1003");
  assert.equal(phone.transfers.mergeable(), false);
  await phone.transfers.merge();
  assert.equal(engine.calls.length, 2);
});
