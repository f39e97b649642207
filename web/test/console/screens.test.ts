import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call, Explanation, Registration } from "../../src/console/api";
import { ApiError } from "../../src/console/api";
import { lanesOf, rowsOf, shortPaths } from "../../src/console/ladder/model";
import { passes } from "../../src/console/load";
import { actionWords } from "../../src/console/screens/audit";
import { stepsOf } from "../../src/console/screens/call";
import { renewal } from "../../src/console/screens/certificates";
import { linesOf } from "../../src/console/screens/config";
import { flowOf } from "../../src/console/screens/explanation";
import { longer } from "../../src/console/screens/overview";
import { tilesOf } from "../../src/console/screens/security";
import { peopleOf } from "../../src/console/screens/users";
import { betweenWords, partyWords, wayWords } from "../../src/console/words";

test("a note of the ladder names files without their folders", () => {
  assert.equal(shortPaths('routed: row "600" of from "users" (/etc/tandem/tandem.hcl:20): answer; echo'), 'routed: row "600" of from "users" (tandem.hcl:20): answer; echo');
  assert.equal(shortPaths("first packet in, opus/48000 from 192.0.2.1:5"), "first packet in, opus/48000 from 192.0.2.1:5");
});

test("parties and ways are short", () => {
  assert.equal(partyWords("Ann Archer <201>"), "Ann Archer\u00a0201");
  assert.equal(partyWords("user:201"), "201");
  assert.equal(betweenWords("user:201", "202"), "201 → 202");
  assert.equal(betweenWords("أحمد <202>", "201"), "\u2068أحمد\u00a0202\u2069 → 201"); // without, 201 calls 202 for who reads it
  assert.deepEqual([wayWords({ direction: "out", trunk: "alpha" }), wayWords({ direction: "in", trunk: "alpha" }), wayWords({ direction: "internal" })], ["to alpha", "from alpha", ""]);
});

test("the configuration says where each value comes from, its own file by its name", () => {
  const text = 'domain = "a#b"  # /etc/tandem/tandem.hcl:1\nreload = "signal" # default\nuser "1" { # /etc/tandem/users.hcl:3\n}';
  assert.deepEqual(linesOf(text, "/etc/tandem/tandem.hcl"), [['domain = "a#b"  ', "# tandem.hcl:1"], ['reload = "signal" ', "# default"], ['user "1" { ', "# /etc/tandem/users.hcl:3"], ["}", ""]]);
});

test("a certificate of ours is renewed with a third of its life to go, the authority not", () => {
  const c = { name: "listeners", source: "acme", from: "2026-01-01T00:00:00Z", until: "2026-04-01T00:00:00Z" };
  assert.equal(new Date(renewal(c)!).toISOString(), "2026-03-02T00:00:00.000Z");
  assert.equal(renewal({ ...c, name: "authority", source: "local" }), null);
  assert.equal(renewal({ ...c, source: "files" }), null);
});

test("counts of the guard are in words, those that are not known come last", () => {
  assert.deepEqual(
    tilesOf({ whatElse: 3, banned: 1, limited: 2 }).map((t) => [t.title, t.n]),
    [["Too many requests", 2], ["Bans", 1], ["what else", 3]],
  );
});

test("what could not be had is asked for again where the gateway was away or had trouble", () => {
  const all = [0, 500, 503, 400, 401, 403, 404, 429].filter((status) => passes(new ApiError(status, "", "")));
  assert.deepEqual(all, [0, 500, 503]);
  assert.equal(passes(null), false);
});

test("an operation of the audit log is in words", () => assert.equal(actionWords("remove-token"), "remove token"));

test("a user is in a call, is called, or neither", () => {
  const device = (user: string) => ({ user, address: "", contact: "", transport: "ws", since: "", expires: "", lastSeen: "" }) as Registration;
  const call = (o: Partial<Call>) => ({ id: "1", from: "", to: "", state: "talking", since: "2026-01-01T00:00:00Z", ...o }) as Call;
  const users = ["201", "202", "203", "204"].map((name) => ({ name, devices: 1 }));
  const all = peopleOf(users, users.map((u) => device(u.name)), [
    call({ from: "Ann <201>", to: "202", with: "user:202", talked: "2026-01-01T00:00:01Z" }),
    call({ from: "0044", to: "203", state: "ringing" }),
  ]);
  assert.deepEqual(all.map((p) => p.busy), ["in a call", "in a call", "ringing", undefined]);
});

test("a minute of the overview goes on from before the page was open", () => {
  const before = { calls: Array.from({ length: 60 }, (_, i) => i), loss: [1] };
  const after = longer(before, { calls: [99], loss: [2] });
  assert.deepEqual([after.calls!.length, after.calls![0], after.calls!.at(-1), after.loss], [60, 1, 99, [1, 2]]);
});

test("the way of a call in a line ends with whom it reaches, or with the refusal", () => {
  const e = (o: Partial<Explanation>) => ({ from: "user:201", to: "202", caller: "201", at: "", rows: [{ from: "users", pattern: "2XX", file: "/a/tandem.hcl", line: 7, fires: true }], ...o }) as Explanation;
  assert.deepEqual(flowOf(e({ steps: [{ step: "dial", targets: [{ target: "user:202" }, { target: "trunk:alpha", number: "44" }] }] })).map((p) => p.name), ["user:201", "2XX", "user:202", "trunk:alpha"]);
  assert.deepEqual(flowOf(e({ status: 403, reason: "not allowed" })).at(-1), { what: "refused", name: "403", note: "not allowed", bad: true });
  assert.deepEqual(flowOf(e({ rows: [] })), []);
});

test("the steps of a set-up leave out the challenge and its ACK", () => {
  const at = (ms: number) => new Date(1_700_000_000_000 + ms).toISOString();
  const sip = (ms: number, way: boolean, first: string, cseq: string) => ({ at: at(ms), leg: "a", kind: "sip" as const, in: way, first, text: `${first}\r\nCSeq: ${cseq}\r\n\r\n` });
  const items = [
    sip(0, true, "INVITE sip:202@h SIP/2.0", "1 INVITE"),
    sip(1, false, "SIP/2.0 407 Proxy Authentication Required", "1 INVITE"),
    sip(2, true, "ACK sip:202@h SIP/2.0", "1 ACK"),
    sip(3, true, "INVITE sip:202@h SIP/2.0", "2 INVITE"),
    sip(40, false, "SIP/2.0 180 Ringing", "2 INVITE"),
    sip(90, false, "SIP/2.0 200 OK", "2 INVITE"),
    sip(95, true, "ACK sip:202@h SIP/2.0", "2 ACK"),
    { at: at(99), leg: "a", kind: "media" as const, in: true, note: "first packet in, opus/48000" },
  ];
  const columns = [{ leg: "a", party: "201", address: "" }];
  const rows = rowsOf({ call: "1", columns, items }, lanesOf(columns));
  assert.deepEqual(stepsOf(rows), [["rang", 40], ["answered", 90], ["confirmed", 95], ["first sound in", 99]]);
  assert.equal(rows[1]!.tone, "diverted");
});
