import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Chat, maxText } from "../src/model/chat";
import { setup } from "./setup";

const kept = new Map<string, string>();
beforeEach(() => {
  kept.clear();
  const storage = { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => void kept.set(k, v), removeItem: (k: string) => void kept.delete(k) };
  Object.defineProperty(globalThis, "localStorage", { configurable: true, value: storage });
});

/** open makes a chat of 1001 whose messages are answered with a status, once that is said. */
function open() {
  const sent: Array<{ to: string; text: string; answer: (status: number) => void }> = [];
  let now = 1_000;
  const chat = new Chat({ text: (to, text) => new Promise((answer) => sent.push({ to, text, answer })) }, () => now++);
  chat.load("1001");
  return { chat, sent };
}

const ben = { number: "1002", name: "Ben" };
const from = (number: string, text: string, at = 0) => ({ from: { number, name: "" }, text, at });

for (const [status, state] of [[200, "delivered"], [202, "kept"], [404, "failed"], [480, "failed"], [0, "failed"]] as const) {
  test(`a message answered ${status} is ${state}`, async () => {
    const { chat, sent } = open();
    const done = chat.send(ben, "  hello\n");
    assert.equal(chat.thread("1002").lines[0]!.state, "sending");
    sent[0]!.answer(status);
    await done;
    assert.deepEqual([sent[0]!.to, sent[0]!.text], ["1002", "hello"]);
    const { text, mine, state: is, status: was } = chat.thread("1002").lines[0]!;
    assert.deepEqual([text, mine, is, was], ["hello", true, state, status]);
  });
}

test("answers go to the line that they are of, in whatever order they come", async () => {
  const { chat, sent } = open();
  const all = [chat.send(ben, "one"), chat.send(ben, "two")];
  sent[1]!.answer(404);
  sent[0]!.answer(200);
  await Promise.all(all);
  assert.deepEqual(chat.thread("1002").lines.map((l) => `${l.text} ${l.state}`), ["one delivered", "two failed"]);
});

test("nothing is sent of nothing, and no more than fits", async () => {
  const { chat, sent } = open();
  await chat.send(ben, " \n ");
  assert.equal(sent.length, 0);
  void chat.send(ben, "x".repeat(maxText + 1));
  assert.equal(sent[0]!.text.length, maxText);
});

test("what comes is unread until its thread is on the screen", () => {
  const { chat } = open();
  chat.receive(from("1002", "a"));
  chat.receive(from("1003", "b"));
  chat.receive(from("1002", "c", 77));
  assert.equal(chat.unread.value, 3);
  assert.deepEqual(chat.threads.value.map((th) => th.number), ["1002", "1003"], "the newest first");
  assert.equal(chat.thread("1002").lines[1]!.at, 77, "the time that it says");
  chat.show("1002");
  assert.equal(chat.unread.value, 1);
  chat.receive(from("1002", "d"));
  assert.equal(chat.unread.value, 1);
});

test("messages are kept for their user, and those under way have failed after a reload", () => {
  const { chat } = open();
  void chat.send(ben, "never answered");
  chat.receive(from("1003", "b"));
  const again = open().chat;
  assert.equal(again.unread.value, 1);
  assert.equal(again.thread("1002").lines[0]!.state, "failed");
  again.load("2002");
  assert.deepEqual(again.threads.value, [], "another user's are his");
});

test("memory is bounded, and damaged memory is none", () => {
  const { chat } = open();
  for (let i = 0; i < 60; i++) chat.receive(from(`2${i}`, "x"));
  for (let i = 0; i < 150; i++) chat.receive(from("1002", `line ${i}`));
  assert.equal(chat.threads.value.length, 50);
  assert.equal(chat.thread("1002").lines.length, 100);
  assert.equal(chat.thread("1002").lines.at(-1)!.text, "line 149");
  kept.set("tandem.chat.1001", "{");
  assert.deepEqual(open().chat.threads.value, []);
});

test("a thread that is forgotten is gone", () => {
  const { chat } = open();
  chat.receive(from("1002", "a"));
  chat.show("1002");
  chat.forget("1002");
  assert.deepEqual([chat.threads.value.length, chat.open.value], [0, ""]);
  assert.equal(open().chat.threads.value.length, 0);
});

test("the phone hands on what comes, and a thread left for another panel is not read", () => {
  const { phone, engine } = setup();
  phone.write(ben);
  assert.equal(phone.panel.value, "messages");
  engine.events!.text(from("1002", "seen"));
  assert.equal(phone.chat.unread.value, 0);
  phone.show("people");
  engine.events!.text(from("1002", "not seen"));
  assert.equal(phone.chat.unread.value, 1);
});
