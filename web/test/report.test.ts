import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { reportOf, watchCall, type StatsReport } from "../src/report";
import { setup } from "./setup";

const read = (name: string) => JSON.parse(readFileSync(`test/${name}`, "utf8"));
// Taken with getStats in a call of two Chromium; addresses and keys are left out.
const recorded = read("chromium_stats.json") as Array<[string, Record<string, unknown>]>;

test("the statistics of a real call become what the gateway reads", () => {
  const want = read("report.json"); // the gateway's tests read the same
  assert.deepEqual(JSON.parse(JSON.stringify(reportOf("abc@browser", recorded))), want);
});

test("what a browser does not say is left out, and nothing is out of its range", () => {
  assert.deepEqual(JSON.parse(JSON.stringify(reportOf("x", []))), { callId: "x", hears: { packets: 0 }, says: { packets: 0 } });
  const odd = reportOf("x", [
    ["i", { type: "inbound-rtp", kind: "audio", packetsReceived: 10, packetsLost: -2, jitter: -1, audioLevel: 4, totalSamplesReceived: 100, concealedSamples: 50, silentConcealedSamples: 60, jitterBufferEmittedCount: 0 }],
    ["v", { type: "inbound-rtp", kind: "video", packetsReceived: 999 }],
    ["m", { type: "media-source", kind: "audio", audioLevel: 0 }],
    ["p", { type: "candidate-pair", state: "succeeded", nominated: true, currentRoundTripTime: 0.03149, localCandidateId: "l", remoteCandidateId: "r" }],
    ["l", { type: "local-candidate", candidateType: "relay", protocol: "tcp" }],
    ["r", { type: "remote-candidate", candidateType: "host" }],
  ]);
  assert.deepEqual(JSON.parse(JSON.stringify(odd)), {
    callId: "x",
    hears: { packets: 10, lost: -2, levelDbfs: -1, concealedPercent: 0 },
    says: { packets: 0, levelDbfs: -127 },
    roundTripMs: 31.5,
    pair: "relay-host",
    protocol: "tcp",
  });
});

test("a call is reported on each five seconds, and no more when the gateway does not know it", async () => {
  const { phone, talk, step } = setup();
  const leg = await talk("1002");
  const sent: StatsReport[] = [];
  let wanted = true;
  watchCall(phone.current.value!, async (r) => (sent.push(r), wanted));
  leg.report = new Map(recorded);
  leg.events!.media("connected");
  await step(12_000);
  assert.equal(sent.length, 3);
  assert.equal(sent[0]!.callId, "ref");
  assert.equal(sent[0]!.muted, false);
  phone.toggleMute();
  await step(5_000);
  assert.equal(sent.at(-1)!.muted, true);
  wanted = false;
  await step(60_000);
  assert.equal(sent.length, 4 + 3, "one refusal is not the last word, since an answered call may be known a moment later");
  phone.toggleHold();
  await step(10_000);
  assert.equal(sent.length, 7);
});
