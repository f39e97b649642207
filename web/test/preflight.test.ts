import assert from "node:assert/strict";
import { test } from "node:test";
import { Preflight, transportOf } from "../src/model/preflight";
import { setup } from "./setup";

interface World {
  echo?: string;
  registered?: boolean;
  micError?: string;
  level?: number;
  /** what the echo does */
  far?: "answers" | "busy" | "silent";
  /** share of the packets that come back, 0 to 1 */
  back?: number;
  /** done at each wait, with its number */
  at?: (n: number, test: Preflight) => void;
}

/** run makes a test call with a clock that does not wait, and gives each step's state and what was said last. */
async function run(o: World = {}) {
  const { phone, engine } = setup();
  if (o.registered === false) engine.report({ state: "offline", retryAt: 0, everConnected: true });
  phone.features.value = { merge: "", mailbox: "", echo: o.echo ?? "600" };
  let open = 0;
  const mic = {
    open: async () => {
      if (o.micError) throw Object.assign(new Error(), { name: o.micError });
      open++;
    },
    close: () => void (open = 0),
    track: () => null,
    level: () => o.level ?? 0.1,
    silenced: () => false,
    onChange: () => {},
  };
  let waits = 0;
  let received = 0;
  let lost = 0;
  const wait = async () => {
    o.at?.(++waits, preflight);
    const leg = engine.calls[0];
    if (!leg) return;
    if (o.far === "busy") leg.end({ by: "them", status: 486 });
    else if (o.far !== "silent") leg.events!.connected();
    received += 50 * (o.back ?? 1);
    lost += o.back ? 50 * (1 - o.back) : 0;
    leg.report = new Map<string, unknown>([
      ["i", { type: "inbound-rtp", kind: "audio", packetsReceived: received, packetsLost: lost, jitter: 0.002 }],
      ["p", { type: "candidate-pair", nominated: true, state: "succeeded", currentRoundTripTime: 0.03, localCandidateId: "l" }],
      ["l", { type: "local-candidate", candidateType: "host", protocol: "udp" }],
    ]);
  };
  const preflight: Preflight = new Preflight(engine, mic, phone, wait);
  await preflight.run();
  const steps = preflight.steps.value;
  return { phone, engine, preflight, steps, states: steps.map((s) => s.state).join(" "), open: () => open };
}

test("a test call where all is well says how well", async () => {
  const r = await run();
  assert.equal(r.states, "good good skipped good good"); // Node has no peer connections to try the path with
  assert.match(r.steps[4]!.detail, /^MOS 4\.\d, 30 ms, 0\.0 % lost \(UDP\)$/);
  assert.ok(r.preflight.score.value > 4);
  assert.equal(r.engine.calls[0]!.party.number, "600");
  assert.equal(r.engine.calls[0]!.asked.at(-1), "hangup");
  assert.deepEqual([r.open(), r.preflight.running.value], [0, false], "the microphone is closed");
});

const faults: Array<[string, World, string, number, RegExp]> = [
  ["not registered", { registered: false }, "bad skipped skipped skipped skipped", 0, /not registered/],
  ["a microphone that is refused", { micError: "NotAllowedError" }, "good bad skipped skipped skipped", 1, /microphone is blocked/],
  ["a microphone without any sound", { level: 0 }, "good bad skipped skipped skipped", 1, /no sound at all/],
  ["an echo that is busy", { far: "busy" }, "good good skipped bad skipped", 3, /Busy/],
  ["an echo that does not answer", { far: "silent" }, "good good skipped bad skipped", 3, /No answer/],
  ["nothing comes back", { back: 0 }, "good good skipped good bad", 4, /Nothing came back/],
  ["a fifth is lost", { back: 0.8 }, "good good skipped good bad", 4, /20\.0 % lost/],
  ["a gateway without an echo", { echo: "" }, "good good skipped skipped skipped", 3, /no echo/],
  ["a browser that does not let us listen", { level: -1 }, "good good skipped good good", 1, /^open$/],
];
for (const [name, world, states, step, detail] of faults) {
  test(`a test call finds: ${name}`, async () => {
    const r = await run(world);
    assert.equal(r.states, states);
    assert.match(r.steps[step]!.detail, detail);
    assert.deepEqual([r.open(), r.preflight.running.value], [0, false]);
  });
}

test("a test that is stopped ends its call and skips the rest", async () => {
  const early = await run({ at: (n, p) => n === 3 && p.stop() });
  assert.equal(early.engine.calls.length, 0);
  assert.match(early.states, / skipped skipped skipped$/);
  const late = await run({ at: (n, p) => n === 14 && p.stop() });
  assert.ok(late.engine.calls[0]!.asked.includes("hangup"));
  assert.equal(late.preflight.running.value, false);
});

test("no test is made during a call", async () => {
  const { phone, engine, talk } = setup();
  await talk("1002");
  await phone.preflight.run();
  assert.deepEqual([phone.preflight.steps.value.length, engine.calls.length], [0, 1]);
});

test("the way of the sound is named", () => {
  const way = (local: object) => transportOf(new Map<string, unknown>([["p", { type: "candidate-pair", nominated: true, state: "succeeded", localCandidateId: "l" }], ["l", local]]) as unknown as RTCStatsReport);
  assert.equal(way({ candidateType: "srflx", protocol: "udp" }), "UDP");
  assert.equal(way({ candidateType: "relay", protocol: "udp", relayProtocol: "tls" }), "TLS by the relay");
  assert.equal(transportOf(new Map() as unknown as RTCStatsReport), "");
});
