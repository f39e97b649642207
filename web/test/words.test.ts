import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ending } from "../src/engine/engine";
import { duration, endedWords, micWords, pastWords, registrationWords, type CallFacts } from "../src/words";

const end = (e: Partial<Ending>): Ending => ({ by: "them", status: 0, q850: 0, reason: "", warning: "", ...e });
const out: CallFacts = { direction: "out", answered: false, who: "1002" };
const inward: CallFacts = { direction: "in", answered: false, who: "1002" };
const talked: CallFacts = { direction: "out", answered: true, who: "1002" };

const cases: Array<[string, Partial<Ending>, CallFacts, string, RegExp, string]> = [
  ["busy", { status: 486, reason: "Busy Here" }, out, "Busy", /^$/, "busy"],
  ["busy everywhere", { status: 600 }, out, "Busy", /^$/, "busy"],
  ["declined", { status: 603, reason: "Decline" }, out, "Declined", /^$/, "busy"],
  ["declined with a phrase", { status: 603, reason: "In a meeting" }, out, "Declined", /says: In a meeting/, "busy"],
  ["no answer", { status: 408, reason: "No answer" }, out, "No answer", /^$/, "congestion"],
  ["no answer by the far side", { status: 480, q850: 19 }, out, "No answer", /^$/, "congestion"],
  ["nobody registered", { status: 480, q850: 20, reason: "Not registered" }, out, "Not registered", /No phone of 1002/, "congestion"],
  ["not registered without a cause", { status: 480, reason: "Not registered" }, out, "Not registered", /1002/, "congestion"],
  ["not available", { status: 480, reason: "Temporarily Unavailable" }, out, "Not available", /Nobody/, "congestion"],
  ["unknown number", { status: 404, q850: 1 }, out, "Unknown number", /Nothing answers/, "congestion"],
  ["unknown number, with words for the operator", { status: 404, warning: "no row takes 9" }, out, "Unknown number", /^Nothing answers to this number\.$/, "congestion"],
  ["busy, with words for the operator", { status: 486, reason: "busy", warning: "the dialplan says reject 486" }, out, "Busy", /^$/, "busy"],
  ["given up, in the gateway's words", { status: 487, reason: "given up by the caller" }, out, "No answer", /^$/, "congestion"],
  ["a loop", { status: 482, reason: "the call went round in a loop" }, out, "Call went in a circle", /leads back/, "congestion"],
  ["no codec", { status: 488 }, out, "No common way to talk", /codec/, "congestion"],
  ["cause without a status we know", { status: 499, q850: 17 }, out, "Busy", /^$/, "busy"],
  ["a status without words", { status: 599 }, out, "Something went wrong", /599/, "congestion"],
  ["we gave up", { by: "us", local: "canceled" }, out, "Canceled", /^$/, "none"],
  ["the socket died", { by: "system", local: "transport" }, out, "Gateway unreachable", /lost/, "congestion"],
  ["caller gave up", { q850: 16 }, inward, "Missed call", /gave up/, "none"],
  ["answered elsewhere", { status: 200, q850: 26, reason: "Call completed elsewhere" }, inward, "Answered elsewhere", /Another phone/, "none"],
  ["answered elsewhere, by words alone", { reason: "Answered elsewhere" }, inward, "Answered elsewhere", /Another/, "none"],
  ["we declined", { by: "us" }, inward, "Declined", /^$/, "none"],
  ["they hung up", { q850: 16 }, talked, "Call ended", /other side hung up/, "busy"],
  ["we hung up", { by: "us" }, talked, "Call ended", /^$/, "none"],
  ["media lost, said by the gateway", { q850: 102 }, talked, "Connection lost", /no sign of life/, "congestion"],
  ["media lost, seen here", { by: "us", local: "media" }, talked, "Connection lost", /audio path/, "congestion"],
];

for (const [name, e, facts, title, detail, tone] of cases) {
  test(`ended: ${name}`, () => {
    const said = endedWords(end(e), facts);
    assert.equal(said.title, title);
    assert.match(said.detail, detail);
    assert.equal(said.tone, tone);
  });
}

test("a call of the past that nobody answered says why", () => {
  assert.deepEqual([486, 404, 603, 487, 0, 408].map(pastWords), ["Busy", "Unknown number", "Declined", "No answer", "No answer", "No answer"]);
});

test("what the gateway tells its operator is kept for the report", () => {
  assert.equal(endedWords(end({ status: 486, warning: "the dialplan says reject 486" }), out).operator, "the dialplan says reject 486");
  assert.equal("operator" in endedWords(end({ status: 486 }), out), false);
});

test("registration is told in words, with the wait", () => {
  const at = 1_000_000;
  const say = (r: Parameters<typeof registrationWords>[0]) => registrationWords(r, "1001", at);
  assert.deepEqual(say({ state: "registered" }), { label: "Ready", problem: "", next: "" });
  assert.equal(say({ state: "offline", retryAt: 0, everConnected: false }).problem, "", "the first attempt is no problem yet");
  const offline = say({ state: "offline", retryAt: at + 2_500, everConnected: true });
  assert.match(offline.problem, /cannot be reached/);
  assert.equal(offline.next, "Trying again in 3 s.");
  assert.equal(say({ state: "offline", retryAt: at - 1, everConnected: false }).next, "Trying again now.");
  const refused = say({ state: "refused", status: 403, reason: "Forbidden", retryAt: 0 });
  assert.match(refused.problem, /refused the password of 1001/);
  assert.equal(refused.next, "");
  assert.match(say({ state: "refused", status: 503, reason: "x", retryAt: at + 4000 }).problem, /too busy or stopping/);
  assert.match(say({ state: "refused", status: 0, reason: "Request Timeout", retryAt: at + 1 }).problem, /does not answer/);
  assert.match(say({ state: "refused", status: 418, reason: "Teapot", retryAt: 0 }).problem, /418 Teapot/);
});

test("every microphone error says what to do", () => {
  for (const name of ["NotAllowedError", "NotFoundError", "NotReadableError", "OverconstrainedError"]) {
    assert.ok(micWords(name).detail.length > 20, name);
  }
  assert.match(micWords("OddError").detail, /OddError/);
});

test("durations", () => {
  assert.deepEqual([0, 12, 725, 3723, -5].map(duration), ["0:00", "0:12", "12:05", "1:02:03", "0:00"]);
});
