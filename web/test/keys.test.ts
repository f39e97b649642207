import assert from "node:assert/strict";
import { test } from "node:test";
import { action, type Scene } from "../src/keys";

const idle: Scene = { incoming: false, call: "none", focus: "elsewhere", helpOpen: false };
const talking: Scene = { ...idle, call: "talking" };
const ringing: Scene = { ...idle, incoming: true };

const cases: Array<[string, string, Scene, string | null]> = [
  ["digits dial", "5", idle, "digit"],
  ["digits are sent in a call", "#", talking, "digit"],
  ["plus dials", "+", idle, "digit"],
  ["plus is no digit of a call", "+", talking, null],
  ["Enter calls", "Enter", idle, "call"],
  ["Enter calls from the field", "Enter", { ...idle, focus: "number" }, "call"],
  ["Enter presses the focused button", "Enter", { ...idle, focus: "control" }, null],
  ["Enter answers", "Enter", ringing, "answer"],
  ["Enter does nothing in a call", "Enter", talking, null],
  ["Escape declines", "Escape", ringing, "decline"],
  ["Escape declines the second call, not the first", "Escape", { ...talking, incoming: true }, "decline"],
  ["Escape hangs up", "Escape", talking, "hangup"],
  ["Escape is idle when idle", "Escape", idle, null],
  ["M mutes", "m", talking, "mute"],
  ["M with caps lock", "M", talking, "mute"],
  ["H holds", "h", talking, "hold"],
  ["H waits for an answer", "h", { ...idle, call: "calling" }, null],
  ["letters typed are letters", "m", { ...talking, focus: "field" }, null],
  ["letters in the number are letters", "h", { ...idle, focus: "number" }, null],
  ["digits in a field are the field's", "5", { ...idle, focus: "field" }, null],
  ["question mark helps", "?", idle, "help"],
  ["Escape closes the help first", "Escape", { ...talking, helpOpen: true }, "close-help"],
  ["nothing else under the help", "m", { ...talking, helpOpen: true }, null],
  ["Backspace erases", "Backspace", idle, "erase"],
];

for (const [name, key, scene, want] of cases) {
  test(name, () => assert.equal(action(key, scene)?.do ?? null, want));
}
