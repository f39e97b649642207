import assert from "node:assert/strict";
import { test } from "node:test";
import type { Trace, TraceItem } from "../../src/console/api";
import { diff } from "../../src/console/ladder/diff";
import { drawing } from "../../src/console/ladder/drawing";
import { keyHelp, keyOf } from "../../src/console/ladder/keys";
import { lanesOf, merge, plainView, rowsOf, sdpWords, shown, statistics, timeOf } from "../../src/console/ladder/model";
import { readSip } from "../../src/console/ladder/sip";
import { passedOf } from "../../src/console/sdp";

const sdp = (ip: string, port: number) => `v=0\r\nc=IN IP4 ${ip}\r\nm=audio ${port} RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n`;

function sip(ms: number, leg: string, isIn: boolean, first: string, body = "", cseq = "1 INVITE"): TraceItem {
  const text = `${first}\r\nCall-ID: ${leg}\r\nCSeq: ${cseq}\r\n${body ? "Content-Type: application/sdp\r\n" : ""}\r\n${body}`;
  return { at: new Date(1_000_000 + ms).toISOString(), leg, kind: "sip", in: isIn, text, first };
}

const trace: Trace = {
  call: "c",
  columns: [{ leg: "a", party: "user:201", address: "1.1.1.1:1" }, { leg: "b", party: "trunk:t", address: "2.2.2.2:2" }],
  items: [
    sip(0, "a", true, "INVITE sip:1@h SIP/2.0", sdp("1.1.1.1", 4000)),
    sip(2, "b", false, "INVITE sip:1@h SIP/2.0", sdp("9.9.9.9", 10000)),
    sip(502, "b", false, "INVITE sip:1@h SIP/2.0", sdp("9.9.9.9", 10000)),
    sip(600, "b", true, "SIP/2.0 180 Ringing"),
    sip(900, "b", true, "SIP/2.0 200 OK", sdp("2.2.2.2", 5000)),
    sip(901, "a", false, "SIP/2.0 200 OK", sdp("9.9.9.9", 10002)),
    { at: new Date(1_000_950).toISOString(), leg: "a", kind: "media", in: true, note: "first packet" },
  ],
};
const lanes = lanesOf(trace.columns);
const rows = rowsOf(trace, lanes);

test("tandem stands between the caller and whom it calls", () => {
  assert.deepEqual(lanes.map((l) => l.name), ["user:201", "tandem", "trunk:t"]);
  assert.deepEqual(rows.slice(0, 2).map((r) => [r.from, r.to]), [[0, 1], [1, 2]]);
  assert.deepEqual(rows.slice(3, 5).map((r) => [r.from, r.to]), [[2, 1], [2, 1]]);
});

test("a message that is sent again is known, and can be left out", () => {
  assert.deepEqual(rows.map((r) => r.repeat), [false, false, true, false, false, false, false]);
  assert.equal(shown(rows, { ...plainView, repeats: false }).length, 6);
});

test("views leave messages with SDP, of one leg, without media, or with a text", () => {
  assert.equal(shown(rows, { ...plainView, sdpOnly: true }).length, 5);
  assert.equal(shown(rows, { ...plainView, leg: "a" }).length, 3);
  assert.equal(shown(rows, { ...plainView, media: false }).length, 6);
  assert.deepEqual(shown(rows, { ...plainView, filter: "RINGING" }).map((r) => r.label), ["180 Ringing"]);
});

test("times are of the clock, since the row before or since the first", () => {
  assert.match(timeOf(rows[2]!, "clock"), /^\d\d:\d\d:\d\d\.502$/);
  assert.equal(timeOf(rows[2]!, "previous"), "+0.500");
  assert.equal(timeOf(rows[4]!, "first"), "+0.900");
});

test("what came in stands beside what went on", () => {
  const all = passedOf(rows);
  assert.deepEqual(all.map((p) => p.title), ["Offer in INVITE", "Answer in 200 OK"]);
  assert.equal(all[0]!.came!.item.leg, "a");
  assert.equal(all[0]!.went!.item.leg, "b");
  assert.deepEqual(all[0]!.lines.filter((l) => l.kind === "gone").map((l) => l.text), ["c=IN IP4 1.1.1.1", "m=audio 4000 RTP/AVP 8 0"]);
});

test("a description that has no partner stands there as it is", () => {
  const alone = passedOf(rowsOf({ ...trace, items: [trace.items[0]!, trace.items[5]!] }, lanes));
  assert.deepEqual(alone.map((p) => p.lines.map((l) => l.text)[0]), ["v=0", "v=0"]);
  assert.ok(alone.every((p) => p.lines.every((l) => l.kind === "same")));
});

test("an arrow can say what is offered", () => {
  assert.deepEqual(sdpWords(sdp("1.1.1.1", 4000), "full"), ["audio 1.1.1.1:4000 PCMA PCMU"]);
  assert.deepEqual(sdpWords(sdp("1.1.1.1", 4000), "none"), []);
});

test("messages are read whatever they are", () => {
  for (const text of ["", "\r\n\r\n", "garbage", "SIP/2.0", ":::\n:", "INVITE", "SIP/2.0 999 \u0000\n\n", "A".repeat(70_000)]) assert.equal(typeof readSip(text, "").label, "string");
  assert.equal(readSip("SIP/2.0 200 OK\ni: x\nl: 0\n\n", "").callId, "x");
  const multipart = `INVITE sip:a SIP/2.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--`;
  assert.equal(readSip(multipart, "").sdp.trim(), "v=0");
});

test("a difference keeps both texts whole", () => {
  const a = "one\ntwo\nthree\nfour";
  const b = "one\nthree\nfive\nfour";
  const d = diff(a, b);
  assert.equal(d.filter((l) => l.kind !== "new").map((l) => l.text).join("\n"), a);
  assert.equal(d.filter((l) => l.kind !== "gone").map((l) => l.text).join("\n"), b);
  assert.deepEqual(d.filter((l) => l.kind !== "same").map((l) => l.text), ["two", "five"]);
});

test("what comes later is added once", () => {
  const later = sip(2000, "a", true, "BYE sip:1@h SIP/2.0", "", "2 BYE");
  const once = merge(trace, [later, trace.items[0]!]);
  assert.equal(once.items.length, trace.items.length + 1);
  assert.equal(merge(once, [later]).items.length, once.items.length);
});

test("the ladder's keys are sngrep's, and the browser keeps its own", () => {
  const key = (k: string, ctrl = false) => keyOf({ key: k, ctrlKey: ctrl, metaKey: false, altKey: false });
  for (const [k, act] of [["Enter", "raw"], [" ", "mark"], ["x", "extended"], ["d", "sdpInfo"], ["D", "sdpOnly"], ["t", "toggleRaw"], ["9", "narrower"], ["0", "wider"], ["m", "media"], ["F3", "media"], ["w", "time"], ["c", "color"], ["s", "repeats"], ["p", "pause"], ["i", "statistics"], ["/", "filter"]] as const) assert.equal(key(k), act);
  assert.equal(key("c", true), undefined);
  assert.equal(key("F5"), undefined);
  assert.ok(keyHelp.length > 10);
});

test("counts and the drawing hold every row", () => {
  assert.deepEqual(Object.fromEntries(statistics(rows)), { "in all": 7, "1xx": 1, "2xx": 2, INVITE: 3, "media and events": 1, "sent again": 1 });
  const svg = drawing(lanesOf([{ leg: "a", party: "<x>", address: "" }]), rows);
  assert.ok(svg.includes("&#60;x&#62;") && !svg.includes("<x>"));
  assert.equal(svg.match(/<polygon/g)?.length, 6);
});
