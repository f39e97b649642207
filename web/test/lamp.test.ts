import assert from "node:assert/strict";
import { test } from "node:test";
import { lampOf, readDialogs, readPresence, readSummary } from "../src/model/lamp";
import { FakeDOMParser } from "./fake_dom";
import { setup } from "./setup";

Object.defineProperty(globalThis, "DOMParser", { configurable: true, value: FakeDOMParser });

const info = (...dialogs: string[]) => `<?xml version="1.0"?>\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0" state="full" entity="sip:1002@example.test">${dialogs.join("")}</dialog-info>`;
const dialog = (state: string, direction = "initiator") => `<dialog id="a" direction="${direction}"><state>${state}</state></dialog>`;
const presence = (basic: string, note = "") => `<?xml version="1.0"?><presence entity="sip:1002@example.test"><tuple id="a"><status><basic>${basic}</basic></status></tuple>${note && `<note>${note}</note>`}</presence>`;

const lamps: Array<[string, string | null, string | null, string]> = [
  ["nothing is known", null, null, "unknown"],
  ["nobody is registered", info(), presence("closed"), "off"],
  ["there and free", info(), presence("open"), "free"],
  ["no call, presence unknown", info(), null, "free"],
  ["there, calls unknown", null, presence("open"), "free"],
  ["is called", info(dialog("early", "recipient")), presence("open"), "ringing"],
  ["calls somebody", info(dialog("early")), presence("open"), "busy"],
  ["talks", info(dialog("confirmed", "recipient")), presence("open"), "busy"],
  ["talks and is called", info(dialog("early", "recipient"), dialog("confirmed")), presence("open"), "busy"],
  ["a call that is over", info(dialog("terminated")), presence("open"), "free"],
  ["talks at a telephone that presence has not", info(dialog("confirmed")), presence("closed"), "busy"],
];
for (const [name, dialogs, open, want] of lamps) {
  test(`a lamp: ${name}`, () => {
    assert.equal(lampOf(dialogs === null ? null : readDialogs(dialogs), open === null ? null : readPresence(open)!.open), want);
  });
}

test("what is no such document is none", () => {
  for (const text of ["", "x", "<dialog-info>", presence("open"), `${info()}${" ".repeat(65 << 10)}`]) assert.equal(readDialogs(text), null);
  assert.equal(readPresence(info()), null);
  assert.equal(readDialogs(info(...Array.from({ length: 80 }, () => dialog("early"))))!.length, 50);
});

test("a note is read, and cut", () => {
  assert.deepEqual(readPresence(presence("open", " at lunch ")), { open: true, note: "at lunch" });
  assert.equal(readPresence(presence("closed", "x".repeat(200)))!.note.length, 80);
});

test("waiting messages are counted (RFC 3842)", () => {
  assert.deepEqual(readSummary("Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n"), { fresh: 2, old: 8 });
  assert.deepEqual(readSummary("Messages-Waiting: no\r\n"), { fresh: 0, old: 0 });
  assert.equal(readSummary("Messages-Waiting: yes\r\n"), null);
  assert.equal(readSummary("Voice-Message: 99999999/1"), null);
});

test("each person is two subscriptions, and the user's own mailbox one", () => {
  const { phone, engine } = setup();
  phone.people.open("1001", [{ number: "1001", name: "Ann" }, { number: "1002", name: "Ben" }]);
  assert.deepEqual([...engine.watched.keys()].sort(), ["dialog 1002", "message-summary 1001", "presence 1002"]);
  const lamp = () => phone.people.list.value[0]!.lamp.value;
  assert.equal(lamp(), "unknown");
  engine.watched.get("presence 1002")!(presence("open", "till five"));
  engine.watched.get("dialog 1002")!(info(dialog("confirmed")));
  assert.equal(lamp(), "busy");
  assert.equal(phone.people.list.value[0]!.note.value, "till five");
  engine.watched.get("dialog 1002")!(info());
  assert.equal(lamp(), "free");
  engine.watched.get("dialog 1002")!(null);
  engine.watched.get("presence 1002")!(null);
  assert.equal(lamp(), "unknown", "a subscription that is gone tells nothing");
  engine.watched.get("message-summary 1001")!("Messages-Waiting: yes\r\nVoice-Message: 3/0\r\n");
  assert.equal(phone.people.waiting.value!.fresh, 3);
  phone.people.close();
  assert.equal(engine.watched.size, 0);
});

test("people are added and removed with their subscriptions, once each, and no more than 40", () => {
  const { phone, engine } = setup();
  phone.people.open("1001", [{ number: "1002", name: "Ben" }]);
  phone.people.add({ number: "1001", name: "me" });
  phone.people.add({ number: "2001", name: "Cleo" });
  phone.people.add({ number: "2001", name: "Cleo again" });
  assert.deepEqual(phone.people.list.value.map((p) => p.number), ["2001", "1002"]);
  assert.equal(phone.people.nameOf("1002"), "Ben");
  assert.ok(engine.watched.has("dialog 2001"));
  phone.people.remove("2001");
  assert.ok(!engine.watched.has("dialog 2001") && !engine.watched.has("presence 2001"));
  for (let i = 0; i < 60; i++) phone.people.add({ number: `3${i}`, name: "" });
  assert.equal(phone.people.list.value.length, 40);
  assert.equal(engine.watched.size, 81);
});
