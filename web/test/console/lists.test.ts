import assert from "node:assert/strict";
import { test } from "node:test";
import { refusal, type Call, type CDR } from "../../src/console/api";
import { applyCalls } from "../../src/console/calls";
import { ago, bytes, instant, long, lostPercent, number, percent, span } from "../../src/console/format";
import { pathOf, tokenOf } from "../../src/console/router";
import { allowed, rolesOf } from "../../src/console/session";
import { sortedBy } from "../../src/console/parts/table";
import { codecs, fits, lasting, worstMos } from "../../src/console/screens/calls";
import { dataOf } from "../../src/console/parts/chart";
import { directionsOf, warned, warningsOf } from "../../src/console/screens/call_media";
import { command } from "../../src/console/screens/explain";
import { toQuery } from "../../src/console/screens/history";
import { peopleOf } from "../../src/console/screens/users";
import { causeWords, result } from "../../src/console/words";
import { Stream, type Frame, type Link } from "../../src/console/live";

const call = (id: string, more: Partial<Call> = {}): Call => ({ id, from: "user:201", to: "600", state: "talking", since: "2026-11-21T10:00:00Z", ...more });
const none = { q: "", state: "", chip: "", transcoded: false, long: false };

test("numbers are short and never invented", () => {
  assert.equal(number(1234567), "1\u202f234\u202f567");
  assert.equal(number(-0.04, 1), "0.0");
  assert.equal(number(undefined), "–");
  assert.equal(percent(undefined), "–");
  assert.equal(bytes(98_000_000), "93 MiB");
  assert.equal(span(3723), "1:02:03");
  assert.equal(long(90_061), "1 d 1 h");
  assert.equal(lostPercent({ packets: 0 }), undefined);
  assert.equal(lostPercent({ packets: 99, lost: 1 }), 1);
  assert.equal(instant("0001-01-01T00:00:00Z"), null);
  assert.equal(ago(new Date(60_000).toISOString(), 0), "in 1 min");
});

test("a list of calls follows its events", () => {
  let list = applyCalls([], { calls: [call("a"), call("b")] });
  list = applyCalls(list, { changed: [call("b", { state: "held" }), call("c")] });
  assert.deepEqual(list.map((c) => c.id + c.state), ["atalking", "bheld", "ctalking"]);
  list = applyCalls(list, { gone: ["a"] });
  list = applyCalls(list, { gone: "c" });
  assert.deepEqual(list.map((c) => c.id), ["b"]);
  assert.equal(applyCalls(list, null), list);
});

test("filters find calls", () => {
  const at = Date.parse("2026-11-21T12:00:00Z");
  const c = call("x", { chips: ["nat"], talked: "2026-11-21T11:59:00Z", legs: [{ id: "1", party: "user:201", path: "wss 10.0.0.9:1", hears: { packets: 1, mos: 3.1, codec: "opus/48000" }, says: { packets: 1, mos: 4.2, codec: "opus/48000" } }] });
  assert.ok(fits(c, { ...none, chip: "any" }, at));
  assert.ok(fits(c, { ...none, q: "10.0.0.9" }, at));
  assert.ok(!fits(c, { ...none, chip: "one-way" }, at));
  assert.ok(!fits(c, { ...none, long: true }, at));
  assert.equal(lasting(c, at), 60);
  assert.equal(worstMos(c), 3.1);
  assert.equal(codecs(c), "opus");
});

test("a table is sorted by a column and back", () => {
  const columns = [{ name: "n", cell: () => "", sort: (r: { n: number }) => r.n }];
  const rows = [{ n: 2 }, { n: 3 }, { n: 1 }];
  assert.deepEqual(sortedBy(rows, columns, "n").map((r) => r.n), [1, 2, 3]);
  assert.deepEqual(sortedBy(rows, columns, "-n").map((r) => r.n), [3, 2, 1]);
  assert.equal(sortedBy(rows, columns, ""), rows);
});

test("what the role may not do is not offered", () => {
  const roles = rolesOf({ paths: { "/calls/{id}": { get: { operationId: "get-call", "x-role": "viewer" }, delete: { operationId: "hang-up", "x-role": "operator" } } } });
  assert.ok(allowed(roles, "viewer", "get-call"));
  assert.ok(!allowed(roles, "viewer", "hang-up"));
  assert.ok(allowed(roles, "admin", "hang-up"));
  assert.ok(!allowed(roles, "admin", "of-another-version"));
});

test("addresses lead to screens, and a link gives its token once", () => {
  assert.equal(pathOf("/console"), "/");
  assert.equal(pathOf("/console/calls/a%2Fb/"), "/calls/a%2Fb");
  assert.equal(pathOf("/elsewhere"), "/");
  assert.equal(tokenOf({ pathname: "/console/in/ABCDEFGHIJKLMNOPQRSTUVWXYZ", search: "" }), "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  assert.equal(tokenOf({ pathname: "/console", search: "?token=x" }), "x");
  assert.equal(tokenOf({ pathname: "/console/calls/c7f3", search: "" }), "");
});

test("causes are said in plain words", () => {
  const r = (more: Partial<CDR>): CDR => ({ call_id: "1", start: "", ...more });
  assert.equal(causeWords(r({ result: "busy", sip_code: 486, q850: 17 })), "The callee was busy (SIP 486 · Q.850 17, user busy)");
  assert.equal(causeWords(r({ answer: "x", result: "answered", hangup_by: "caller", sip_code: 200, q850: 16, reason: "normal clearing" })), "The caller hung up (SIP 200 · Q.850 16, normal clearing)");
  assert.equal(result(r({ sip_code: 404 })), "failed");
  assert.equal(result(r({ result: "no_answer" })), "no answer");
});

test("refusals keep the gateway's words", () => {
  assert.equal(refusal(409, { code: "conflict", error: "the call is over" }).message, "The call is over.");
  assert.equal(refusal(503, undefined).message, "The gateway cannot do that now.");
  assert.equal(refusal(418, {}).message, "The gateway answered 418.");
});

test("users are joined with their devices", () => {
  const device = { user: "201", transport: "udp", address: "", contact: "", since: "", expires: "", lastSeen: "" };
  const people = peopleOf([{ name: "201", devices: 1 }, { name: "202", devices: 0 }], [device, { ...device, user: "gone" }]);
  assert.deepEqual(people.map((p) => [p.name, p.contacts.length]), [["201", 1], ["202", 0], ["gone", 1]]);
});

test("a day that is searched for is the whole of it", () => {
  const q = toQuery(new URLSearchParams("from=2026-11-20&to=2026-11-20&number=+44&user="));
  assert.equal(Date.parse(q.get("to")!) - Date.parse(q.get("from")!), 86_400_000);
  assert.equal(q.get("user"), null);
});

test("the command line gets the same question, quoted", () => {
  assert.equal(command({ from: "user:201", to: "202", at: "monday 8:30" }), "tandem route user:201 202 --at 'monday 8:30'");
});

test("a stream that was refused comes back where it was", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const made: Array<{ url: string; readyState: number; onopen?: () => void; onerror?: () => void; on: Map<string, (e: unknown) => void> }> = [];
  const frames: Frame[] = [];
  const links: Link[] = [];
  const s = new Stream(["calls"], (f) => frames.push(f), (l) => links.push(l), (url) => {
    const on = new Map<string, (e: unknown) => void>();
    const source = { url, readyState: 0, on, addEventListener: (n: string, f: (e: unknown) => void) => on.set(n, f), close() {} };
    made.push(source);
    return source as unknown as EventSource;
  });
  made[0]!.onopen!();
  made[0]!.on.get("calls")!({ lastEventId: "41", data: '{"gone":["a"]}' });
  made[0]!.on.get("calls")!({ lastEventId: "42", data: "not json" });
  made[0]!.readyState = 2;
  made[0]!.onerror!();
  assert.deepEqual(links, ["connecting", "live", "lost"]);
  t.mock.timers.tick(1000);
  assert.equal(made.length, 2);
  assert.match(made[1]!.url, /lastEventId=42/);
  assert.deepEqual(frames, [{ topic: "calls", data: { gone: ["a"] } }]);
  s.close();
  made[1]!.onerror!();
  t.mock.timers.tick(60_000);
  assert.equal(made.length, 2);
});

test("what a browser says stands below what we have counted", () => {
  const sound = { packets: 99, lost: 1 };
  const leg = { id: "1", party: "user:201", path: "wss", hears: sound, says: sound };
  assert.deepEqual(directionsOf([leg], undefined).map((d) => d.way), ["from 201", "to 201"]);
  const rows = directionsOf([leg], [{ leg: "1", party: "user:201", direction: "out", packets: 5, lossPercent: 2, browser: sound }]);
  assert.deepEqual(rows.map((d) => [d.way, d.loss, d.browser ?? false]), [["to 201", 2, false], ["as its browser sees it", 1, true]]);
});

test("a chart begins with its first value", () => {
  assert.deepEqual(dataOf([], [{ name: "a", values: [] }]), [[], []]);
  assert.deepEqual(dataOf([5], [{ name: "a", values: [1] }, { name: "b", values: [null] }]), [[4, 5], [null, 1], [null, null]]);
  assert.deepEqual(dataOf([5, 6], [{ name: "a", values: [1, 2] }]), [[5, 6], [1, 2]]);
});

test("whose phone has warned is said, and each thing once", () => {
  assert.deepEqual(warningsOf(undefined), []);
  const all = warningsOf([
    { party: "user:201", direction: "in", warnings: ["loss", "mos"] },
    { party: "user:201", direction: "out", warnings: ["loss"] },
    { party: "user:202", direction: "in" },
  ]);
  assert.deepEqual(all.map(([party, names]) => [party, warned(names)]), [["user:201", "sound was lost on the way; the sound was poor"]]);
});
