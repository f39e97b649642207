import assert from "node:assert/strict";
import { test } from "node:test";
import { Window, readSample, score, type Sample } from "../src/quality";

test("bars fall with loss, jitter and delay, and name the worst", () => {
  const cases: Array<[number, number, number, number, RegExp]> = [
    [0.03, 0.003, 0, 5, /^$/],
    [0.1, 0.01, 0.005, 5, /^$/],
    [0.1, 0.01, 0.02, 4, /^$/],
    [0.1, 0.01, 0.031, 3, /lost \(3\.1 %\)/],
    [0.05, 0.035, 0, 3, /unevenly \(35 ms/],
    [0.45, 0.005, 0, 3, /long way \(450 ms/],
    [0.1, 0.01, 0.04, 2, /packets are lost \(4\.0 %\)/],
    [0.1, 0.01, 0.15, 1, /lost \(15 %\)/],
    [0.9, 0.005, 0, 1, /long way \(900 ms/],
    [0.05, 0.12, 0, 3, /unevenly \(120 ms/],
  ];
  for (const [rtt, jitter, loss, bars, reason] of cases) {
    const q = score(rtt, jitter, loss);
    assert.equal(q.bars, bars, `score(${rtt}, ${jitter}, ${loss}) = ${JSON.stringify(q)}`);
    assert.match(q.reason, reason);
    assert.ok(q.mos >= 1 && q.mos <= 4.5);
  }
});

const sample = (at: number, received: number, lost: number, extra: Partial<Sample> = {}): Sample => ({
  at, received, lost, sent: 0, concealed: 0, played: 0, jitter: 0.003, rtt: 0.03, ...extra,
});

test("a window judges what is recent, not what was", () => {
  const w = new Window();
  w.push(sample(0, 0, 0));
  assert.equal(w.quality().bars, 0, "one sample says nothing");
  w.push(sample(1000, 40, 10));
  assert.equal(w.quality().bars, 1);
  for (let i = 2; i <= 8; i++) w.push(sample(i * 1000, 40 + (i - 1) * 50, 10));
  assert.equal(w.quality().bars, 5, "the loss left the window");
});

test("a window without packets is unknown, and lost may go down (RFC 3550 §6.4.1)", () => {
  const w = new Window();
  w.push(sample(0, 10, 3));
  w.push(sample(1000, 10, 3));
  assert.equal(w.quality().bars, 0);
  w.push(sample(2000, 60, 1));
  assert.equal(w.quality().loss, 0);
});

test("loss that the far end reports counts as well", () => {
  const w = new Window();
  w.push(sample(0, 0, 0));
  w.push(sample(1000, 50, 0, { lostThere: 0.2 }));
  assert.equal(w.quality().bars, 1);
});

test("readSample takes audio only and falls back to the pair's round trip", () => {
  const report = new Map<string, unknown>([
    ["a", { type: "inbound-rtp", kind: "audio", packetsReceived: 100, packetsLost: 2, jitter: 0.01 }],
    ["v", { type: "inbound-rtp", kind: "video", packetsReceived: 999, packetsLost: 99, jitter: 1 }],
    ["o", { type: "outbound-rtp", kind: "audio", packetsSent: 90 }],
    ["p", { type: "candidate-pair", nominated: true, state: "succeeded", currentRoundTripTime: 0.02 }],
    ["q", { type: "candidate-pair", nominated: false, state: "failed", currentRoundTripTime: 9 }],
  ]);
  const s = readSample(report, 5);
  assert.deepEqual([s.received, s.lost, s.sent, s.jitter, s.rtt], [100, 2, 90, 0.01, 0.02]);
});
