import assert from "node:assert/strict";
import { test } from "node:test";
import { Warnings } from "../src/model/warnings";
import { unknownQuality, type Quality } from "../src/quality";
import { warningWords } from "../src/warning_words";

const good: Quality = { bars: 5, mos: 4.4, reason: "", rtt: 0.02, jitter: 0.002, loss: 0 };

/** after pushes one reading a second and gives what is wrong then. */
function after(w: Warnings, n: number, q: Partial<Quality>): readonly string[] {
  let now: readonly string[] = [];
  for (let i = 0; i < n; i++) now = w.push({ ...good, ...q }, -1);
  return now;
}

const counted: Array<[string, Partial<Quality>, Partial<Quality>]> = [
  ["rtt", { rtt: 0.401 }, { rtt: 0.4 }],
  ["jitter", { jitter: 0.031 }, { jitter: 0.03 }],
  ["mos", { mos: 3.49 }, { mos: 3.5 }],
];
for (const [name, bad, border] of counted) {
  test(`${name} is raised by three bad seconds of five, and cleared by one of five`, () => {
    const w = new Warnings();
    assert.deepEqual(after(w, 9, border), [], "the threshold itself is good");
    assert.deepEqual(after(w, 2, bad), []);
    assert.deepEqual(after(w, 1, bad), [name]);
    assert.deepEqual(after(w, 2, {}), [name]);
    assert.deepEqual(after(w, 1, {}), [name], "two of five keep it");
    assert.deepEqual(after(w, 1, {}), [], "one of five clears it");
  });
  test(`${name} that is bad now and then is none`, () => {
    const w = new Warnings();
    for (let i = 0; i < 10; i++) assert.deepEqual([...after(w, 1, bad), ...after(w, 2, {})], []);
  });
}

test("loss is raised over 3 % in the mean of seven, and cleared at 1 %", () => {
  const w = new Warnings();
  assert.deepEqual(after(w, 7, { loss: 0.03 }), []);
  assert.deepEqual(after(w, 1, { loss: 0.04 }), ["loss"]);
  assert.deepEqual(after(w, 7, { loss: 0.02 }), ["loss"], "between the two it stays as it was");
  assert.deepEqual(after(w, 7, { loss: 0.01 }), []);
  assert.deepEqual(after(w, 7, { loss: 0.02 }), []);
});

test("one bad second at the start is no loss yet", () => {
  const w = new Warnings();
  assert.deepEqual(after(w, 2, { loss: 0.2 }), []);
  assert.deepEqual(after(w, 1, {}), ["loss"]);
});

test("seconds of which nothing is known count for nothing", () => {
  const w = new Warnings();
  assert.deepEqual(after(w, 2, { jitter: 0.1 }), []);
  for (let i = 0; i < 20; i++) assert.deepEqual(w.push(unknownQuality, -1), []);
  assert.deepEqual(after(w, 1, { jitter: 0.1 }), ["jitter"]);
});

test("a microphone at one level for ten seconds is raised, and cleared when it moves", () => {
  const w = new Warnings();
  const push = (level: number) => w.push(good, level);
  for (let i = 0; i < 9; i++) assert.deepEqual(push(0.2), []);
  assert.deepEqual(push(0.20005), ["microphone"]);
  assert.deepEqual(push(0.21), []);
  for (let i = 0; i < 12; i++) push(0.2);
  assert.deepEqual(push(0.2), ["microphone"]);
  assert.deepEqual(push(-1), [], "one that is muted is not watched");
});

test("hold forgets what was wrong", () => {
  const w = new Warnings();
  assert.deepEqual(after(w, 5, { rtt: 1 }), ["rtt"]);
  w.clear();
  assert.deepEqual(after(w, 2, { rtt: 1 }), []);
});

test("the worst thing is said, and nothing where nothing is wrong", () => {
  assert.equal(warningWords([], good), "");
  assert.match(warningWords(["mos", "rtt", "jitter", "loss"], { ...good, loss: 0.042 }), /\(4\.2 %\)/);
  assert.match(warningWords(["mos", "jitter"], { ...good, jitter: 0.0456 }), /46 ms/);
  assert.match(warningWords(["mos", "rtt"], { ...good, rtt: 0.5 }), /500 ms/);
  assert.match(warningWords(["loss", "microphone"], good), /^The microphone/);
});
