import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineCall, Ending, Progress, Registration, Text } from "../src/engine/engine";
import { callOptions } from "../src/engine/sip_call";
import { SipEngine, offersPicture, sipURI } from "../src/engine/sip_engine";
import { FakeSession, FakeTimers, FakeUA } from "./fake_ua";

(globalThis as any).MediaStream ??= class {};

const account = { user: "1001", displayName: "Ann", domain: "example.test", ws: "ws://x/ws", password: "p", instance: "i" };

function setup() {
  const timers = new FakeTimers();
  let ua!: FakeUA;
  const states: Registration[] = [];
  const incoming: EngineCall[] = [];
  const texts: Text[] = [];
  const engine = new SipEngine((s) => (ua = new FakeUA(s)), timers, () => 0);
  engine.start(account, { registration: (r) => states.push(r), incoming: (c) => incoming.push(c), text: (t) => texts.push(t) < 3 });
  return { engine, timers, ua, states, incoming, texts, last: () => states.at(-1)! };
}

test("registers as the account", () => {
  const { ua, last } = setup();
  assert.equal(ua.settings.uri, "sip:1001@example.test");
  assert.deepEqual(ua.asked, ["start"]);
  ua.open();
  assert.equal(last().state, "registering");
  ua.emit("registered");
  assert.equal(last().state, "registered");
});

test("a lost socket is opened again after 0.5, 1, 2, 4, 8, 10, 10 s", () => {
  const { ua, timers, last } = setup();
  for (const wait of [500, 1000, 2000, 4000, 8000, 10_000, 10_000]) {
    const before = ua.asked.length;
    ua.drop();
    const r = last();
    assert.ok(r.state === "offline" && r.retryAt === timers.now() + wait, JSON.stringify(r));
    timers.advance(wait - 1);
    assert.equal(ua.asked.length, before, "not before its time");
    timers.advance(1);
    assert.equal(ua.asked.at(-1), "connect");
  }
  ua.open();
  ua.drop();
  const r = last();
  assert.ok(r.state === "offline" && r.retryAt === timers.now() + 500 && r.everConnected, "a connection starts the waits anew");
});

test("retry connects at once and cancels the waiting attempt", () => {
  const { engine, ua, timers } = setup();
  ua.drop();
  engine.retry();
  assert.equal(ua.asked.filter((a) => a === "connect").length, 1);
  ua.open();
  timers.advance(60_000);
  assert.equal(ua.asked.filter((a) => a === "connect").length, 1);
});

test("a wrong password is reported and waits for a new one", () => {
  const { engine, ua, timers, last } = setup();
  ua.open();
  ua.emit("registrationFailed", { response: { status_code: 403, reason_phrase: "Forbidden" }, cause: "Rejected" });
  assert.deepEqual(last(), { state: "refused", status: 403, reason: "Forbidden", retryAt: 0 });
  timers.advance(3_600_000);
  assert.ok(!ua.asked.includes("register"), "guessing again would only lock the user out");
  engine.renew("q");
  assert.deepEqual(ua.asked.slice(-2), ["set password q", "register"]);
});

test("renewing a good registration does not disturb it", () => {
  const { engine, ua } = setup();
  ua.open();
  ua.emit("registered");
  engine.renew("q");
  assert.equal(ua.asked.at(-1), "set password q");
});

test("503 and silence are tried again", () => {
  for (const response of [{ status_code: 503 }, null]) {
    const { ua, timers, last } = setup();
    ua.open();
    ua.emit("registrationFailed", { response, cause: "x" });
    const r = last();
    assert.ok(r.state === "refused" && r.retryAt === timers.now() + 2_000, JSON.stringify(r));
    timers.advance(2_000);
    assert.equal(ua.asked.at(-1), "register");
  }
});

test("a REGISTER that died with its socket is not a refusal", () => {
  const { ua, states } = setup();
  ua.open();
  ua.up = false;
  ua.emit("registrationFailed", { response: null, cause: "Connection Error" });
  assert.ok(states.every((r) => r.state !== "refused"));
});

test("stop ends calls and falls silent", () => {
  const { engine, ua, timers, states } = setup();
  ua.open();
  engine.call("1002", null, null);
  engine.stop();
  assert.deepEqual(ua.session!.asked, ["terminate"]);
  assert.equal(ua.asked.at(-1), "stop");
  const n = states.length;
  ua.drop();
  timers.advance(60_000);
  assert.equal(states.length, n);
});

test("an incoming session becomes a call; our own does not", () => {
  const { ua, incoming } = setup();
  ua.open();
  ua.emit("newRTCSession", { originator: "local", session: new FakeSession("outgoing") });
  ua.emit("newRTCSession", { originator: "remote", session: new FakeSession("incoming") });
  assert.equal(incoming.length, 1);
  assert.deepEqual(incoming[0]!.party, { number: "1002", name: "Ben" });
  assert.equal(incoming[0]!.direction, "in");
});

function talking() {
  const s = setup();
  s.ua.open();
  const call = s.engine.call("600", null, null);
  const session = s.ua.session!;
  const seen: string[] = [];
  const ends: Ending[] = [];
  call.listen({
    ringing: () => seen.push("ringing"),
    connected: () => seen.push("connected"),
    party: (p) => seen.push(`with ${p.name} ${p.number}`),
    remoteHold: (h) => seen.push(h ? "held" : "unheld"),
    media: (m) => seen.push(m),
    stream: () => seen.push("stream"),
    picture: (p) => seen.push(p ? "picture" : "no picture"),
    ended: (e) => ends.push(e),
  });
  session.emit("progress");
  session.established = true;
  session.emit("accepted");
  return { ...s, call, session, seen, ends };
}

test("a call reports ringing, answer and the far side's hold", () => {
  const { session, seen } = talking();
  session.emit("hold", { originator: "local" });
  session.emit("hold", { originator: "remote" });
  session.emit("unhold", { originator: "remote" });
  assert.deepEqual(seen, ["ringing", "connected", "held", "unheld"]);
});

test("a call reports who is at the far side now, as the gateway says", () => {
  const { session, call, seen } = talking();
  const asserted = (value: string | undefined, method = "UPDATE") =>
    session.receiveRequest({ method, getHeader: () => value, reply: () => {} });
  asserted('"Carla \\"C\\" Diaz" <sip:1003@example.org>');
  asserted("<sip:%2B4930123@example.org>", "INVITE");
  assert.deepEqual(call.party, { number: "+4930123", name: "" });
  asserted(undefined);
  asserted("<sip:example.org>");
  asserted('"Eve" <sip:1@example.org>', "INFO");
  assert.deepEqual(seen.slice(2), ['with Carla "C" Diaz 1003', "with  +4930123"]);
});

test("hold is not begun while the socket is down or an offer is under way", () => {
  const { ua, call, session } = talking();
  session.ready = false;
  assert.equal(call.hold(), false);
  session.ready = true;
  ua.up = false;
  assert.equal(call.hold(), false);
  ua.up = true;
  assert.equal(call.hold(), true);
  assert.deepEqual(session.asked, ["hold"]);
});

test("digits go as RFC 4733, and only when the call carries them", () => {
  const { call, session } = talking();
  assert.equal(call.digit("5"), true);
  session.peer.sender.dtmf.canInsertDTMF = false;
  assert.equal(call.digit("6"), false);
  assert.deepEqual(session.asked, ["dtmf 5 RFC2833"]);
});

test("another microphone keeps mute", async () => {
  const { call, session } = talking();
  session.peer.track.enabled = false;
  const fresh = { kind: "audio", enabled: true } as MediaStreamTrack;
  await call.replaceTrack(fresh);
  assert.equal(session.peer.sender.track, fresh);
  assert.equal(fresh.enabled, false);
});

test("the far side's sound is announced once, however often it is held", () => {
  const { session, seen } = talking();
  const track = { kind: "audio" };
  for (let i = 0; i < 3; i++) session.peer.dispatchEvent(Object.assign(new Event("track"), { track }));
  assert.equal(seen.filter((s) => s === "stream").length, 1);
});

test("a transport disconnected for 2 s is restarted until it connects, over a connection that answers", () => {
  const { ua, session, timers, seen } = talking();
  session.peer.ice("connected");
  session.peer.ice("disconnected");
  assert.equal(ua.asked.at(-1), "options", "the connection is asked at once");
  ua.probed.succeeded!({});
  timers.advance(1_900);
  assert.deepEqual(session.asked, []);
  timers.advance(100);
  assert.deepEqual(session.asked, [], "not before it has answered again");
  ua.probed.failed!({ response: { status_code: 405 } });
  assert.deepEqual(session.asked, ['renegotiate {"iceRestart":true}']);
  timers.advance(4_000);
  ua.probed.succeeded!({});
  assert.equal(session.asked.length, 2);
  session.peer.ice("connected");
  timers.advance(60_000);
  ua.probed.succeeded!({});
  assert.equal(session.asked.length, 2);
  assert.deepEqual(seen.slice(-3), ["connected", "interrupted", "connected"]);
});

test("a re-INVITE waits for a new connection where the old one is dead", () => {
  const { ua, session, timers } = talking();
  session.peer.ice("connected");
  session.peer.ice("disconnected");
  timers.advance(3_000);
  assert.deepEqual(ua.asked.slice(-2), ["disconnect", "connect"]);
  assert.deepEqual(session.asked, [], "it would end the call");
  ua.open();
  ua.emit("registered");
  assert.deepEqual(session.asked, ['renegotiate {"iceRestart":true}']);
});

test("sound that stops is looked into before the browser calls it disconnected", () => {
  const { ua, session, call, timers } = talking();
  session.peer.ice("connected");
  call.doubt(true);
  assert.equal(ua.asked.at(-1), "options");
  ua.probed.succeeded!({});
  call.doubt(false);
  timers.advance(60_000);
  assert.deepEqual(session.asked, [], "it has come back by itself");
  call.doubt(true);
  timers.advance(3_000);
  ua.open();
  ua.emit("registered");
  assert.deepEqual(session.asked, ['renegotiate {"iceRestart":true}'], "where the connection was dead, the way of the sound is, too");
  call.doubt(false);
  timers.advance(80_000);
  assert.equal(session.asked.length, 1, "it flows again, though the browser said nothing of it");
});

test("sound that takes another way has the connection looked into", () => {
  const { ua, session, timers } = talking();
  session.peer.ice("connected");
  session.peer.ice("connected");
  const before = ua.asked.length;
  session.peer.way.dispatchEvent(new Event("selectedcandidatepairchange"));
  assert.deepEqual(ua.asked.slice(before), ["options"]);
  timers.advance(3_000);
  assert.deepEqual(ua.asked.slice(-2), ["disconnect", "connect"], "the address that is gone was the connection's, too");
  ua.open();
  ua.emit("registered");
  assert.deepEqual(session.asked, [], "the sound flows");
});

test("sound that is missing over a connection that answers changes nothing", () => {
  const { ua, session, call, timers } = talking();
  session.peer.ice("connected");
  for (let i = 0; i < 60; i++) {
    call.doubt(true);
    ua.probed.succeeded!({});
    timers.advance(1_000);
  }
  assert.deepEqual(session.asked, []);
  assert.equal(ua.asked.filter((a) => a === "options").length, 1);
});

test("a failed transport is restarted too, and the call is given up after 75 s", () => {
  const { ua, session, timers } = talking();
  session.peer.ice("connected");
  session.peer.ice("disconnected");
  let heard = 0;
  session.peer.addEventListener("iceconnectionstatechange", () => heard++);
  session.peer.ice("failed");
  assert.equal(heard, 0, "JsSIP would end the call");
  timers.advance(60_000);
  ua.open();
  ua.emit("registered");
  assert.deepEqual(session.asked, ['renegotiate {"iceRestart":true}']);
  timers.advance(15_000);
  assert.equal(session.asked.at(-1), "terminate 408");
});

test("the description leaves at the first host candidate", () => {
  const { session } = talking();
  let ready = 0;
  session.emit("icecandidate", { candidate: { candidate: "candidate:1 1 udp 1 192.0.2.1 1 typ srflx", type: "srflx" }, ready: () => ready++ });
  assert.equal(ready, 0);
  session.emit("icecandidate", { candidate: { candidate: "candidate:1 1 udp 1 x.local 1 typ host", type: "host" }, ready: () => ready++ });
  assert.equal(ready, 1);
});

test("the description leaves after 300 ms without any candidate", () => {
  const { session, timers } = talking();
  let end = 0;
  session.peer.addEventListener("icecandidate", (e: any) => !e.candidate && end++);
  session.peer.gathering("gathering");
  timers.advance(299);
  assert.equal(end, 0);
  timers.advance(1);
  assert.equal(end, 1);
});

const message = (fields: Record<string, string[]>, status?: number, reason?: string) => ({
  status_code: status,
  reason_phrase: reason,
  getHeader: (n: string) => fields[n]?.[0],
  getHeaders: (n: string) => fields[n] ?? [],
});

test("a refusal carries status, Q.850 cause and warning", () => {
  const { session, ends } = talking();
  session.emit("failed", {
    originator: "remote",
    cause: "Busy",
    message: message({ Reason: ['SIP;cause=486;text="busy, sorry"', "Q.850;cause=17"], Warning: ['399 tandem "no row takes \\"9\\""'] }, 486, "Busy Here"),
  });
  session.emit("failed", { originator: "remote", cause: "Busy", message: null });
  assert.deepEqual(ends, [{ by: "them", status: 486, q850: 17, reason: "busy, sorry", warning: 'no row takes "9"' }]);
});

test("a CANCEL that says elsewhere is read", () => {
  const { session, ends } = talking();
  session.emit("failed", { originator: "remote", cause: "Canceled", message: message({ Reason: ['SIP;cause=200;text="Call completed elsewhere", Q.850;cause=26'] }) });
  assert.deepEqual([ends[0]!.status, ends[0]!.q850, ends[0]!.reason], [200, 26, "Call completed elsewhere"]);
});

test("declining an incoming call sends the status asked for", () => {
  const { ua, incoming } = setup();
  const session = new FakeSession("incoming");
  ua.emit("newRTCSession", { originator: "remote", session });
  incoming[0]!.decline(603);
  incoming[0]!.hangup();
  assert.deepEqual(session.asked, ["terminate 603", "terminate 486"]);
});

test("addresses escape what a user part may not hold", () => {
  assert.equal(sipURI("*43#", "x.test"), "sip:*43%23@x.test");
  assert.equal(sipURI("+49 30", "x.test"), "sip:+49%2030@x.test");
  assert.equal(sipURI("bob@y.test", "x.test"), "sip:bob@y.test");
});

test("calls name the gateway's relays, as they are at the time", () => {
  const relays = [{ urls: ["turn:gw:3478?transport=udp"], username: "1:1001", credential: "c" }];
  assert.deepEqual((callOptions({ track: null }) as any).pcConfig.iceServers, []);
  const options = callOptions({ track: null, relays }) as any;
  assert.deepEqual(options.pcConfig.iceServers, relays);
  assert.equal(options.pcConfig.iceTransportPolicy, "all");
  const { engine, ua } = setup();
  ua.open();
  engine.renew("q", relays);
  engine.call("600", null, null);
  assert.deepEqual((ua.options as any).pcConfig.iceServers, relays);
});

test("an offer of video is told from one without", () => {
  const audio = "v=0\r\nm=audio 9 RTP/SAVPF 0\r\na=sendrecv\r\n";
  const video = (port: number, direction: string) => `${audio}m=video ${port} RTP/SAVPF 96\r\na=${direction}\r\n`;
  assert.equal(offersPicture(undefined), false);
  assert.equal(offersPicture(audio), false);
  assert.equal(offersPicture(video(9, "sendrecv")), true);
  assert.equal(offersPicture(video(9, "sendonly")), true);
  assert.equal(offersPicture(video(9, "inactive")), false);
  assert.equal(offersPicture(video(0, "sendrecv")), false);
});

test("a transfer to a number is a REFER, and its NOTIFYs are told", () => {
  const { call, session } = talking();
  const seen: Progress[] = [];
  assert.equal(call.transfer("1003", (p) => seen.push(p)), true);
  assert.equal(session.asked.at(-1), "refer sip:1003@example.test");
  session.referred.requestSucceeded({});
  session.referred.progress({ status_line: { status_code: 180 } });
  session.referred.accepted({ status_line: { status_code: 200 } });
  session.emit("ended", { originator: "remote", cause: "Terminated", message: null });
  assert.deepEqual(seen.map((p) => p.state), ["trying", "ringing", "done"]);
});

test("a transfer that fails says with what status, and once", () => {
  const { call, session } = talking();
  const seen: Progress[] = [];
  call.transfer("5555", (p) => seen.push(p));
  session.referred.failed({ status_line: { status_code: "404", reason_phrase: "Not Found" } });
  session.referred.requestFailed({ response: null });
  assert.deepEqual(seen, [{ state: "failed", status: 404, reason: "Not Found" }]);
});

test("an attended transfer puts the other call's dialog into Refer-To", () => {
  const { engine, ua, call, session } = talking();
  const second = engine.call("1004", null, null);
  const other = ua.session!;
  assert.equal(call.transfer(second, () => {}), false, "nobody has answered there yet");
  other.established = true;
  assert.equal(call.transfer(second, () => {}), true);
  assert.equal(session.asked.at(-1), `refer sip:1004@example.test replacing ${other.id}`);
});

test("nothing is transferred without a connection", () => {
  const { ua, call } = talking();
  ua.up = false;
  assert.equal(call.transfer("1003", () => {}), false);
});

test("a message resolves with the status of its answer", async () => {
  const { engine, ua } = setup();
  assert.equal(await engine.text("1002", "hi"), 0, "there is no connection");
  ua.open();
  const answer = engine.text("1002", "hi");
  assert.equal(ua.asked.at(-1), "message sip:1002@example.test hi");
  ua.sent.failed!({ response: { status_code: 404 } });
  assert.equal(await answer, 404);
});

test("a message that comes is handed on; what is no text is refused", () => {
  const { ua, texts } = setup();
  ua.open();
  const refused: number[] = [];
  const come = (type: string, date?: string) =>
    ua.emit("newMessage", {
      originator: "remote",
      message: { reject: (o: { status_code: number }) => refused.push(o.status_code) },
      request: { body: "hello", from: { display_name: "Ben", uri: { user: "10%30", host: "h" } }, getHeader: (n: string) => (n === "Date" ? date : type) },
    });
  come("text/plain", "Sat, 21 Nov 2026 10:00:00 GMT");
  come("application/x-secret");
  ua.emit("newMessage", { originator: "local" });
  assert.deepEqual(texts, [{ from: { number: "100", name: "Ben" }, text: "hello", at: Date.UTC(2026, 10, 21, 10) }]);
  assert.deepEqual(refused, [415]);
  come("text/plain");
  come("text/plain");
  assert.deepEqual(refused, [415, 480], "what nobody takes is not confirmed");
});

test("a watch subscribes when registered, refreshes after a reconnection, and comes back when ended", () => {
  const { engine, ua, timers } = setup();
  const seen: Array<string | null> = [];
  const stop = engine.watch("1002", "dialog", (d) => seen.push(d));
  assert.equal(ua.subscribers.length, 0);
  ua.open();
  ua.emit("registered");
  ua.emit("registered");
  const first = ua.subscribers[0]!;
  assert.equal(first.of, "dialog sip:1002@example.test");
  assert.deepEqual(first.asked, ["subscribe"], "a refreshed registration asks nothing anew");
  first.notify("<dialog-info/>", "application/dialog-info+xml");
  first.notify("x", "text/plain");
  ua.drop();
  ua.open();
  ua.emit("registered");
  assert.deepEqual(first.asked, ["subscribe", "subscribe"]);
  first.end();
  timers.advance(2_000);
  const second = ua.subscribers[1]!;
  assert.deepEqual(second.asked, ["subscribe"]);
  first.notify("<late/>", "application/dialog-info+xml");
  assert.deepEqual(seen, ["<dialog-info/>", null]);
  stop();
  assert.deepEqual(second.asked, ["subscribe", "terminate"]);
  ua.emit("registered");
  assert.equal(ua.subscribers.length, 2);
});

test("a probe that nobody answers gives the socket up for a new one", () => {
  const { engine, ua, timers } = setup();
  ua.open();
  ua.emit("registered");
  engine.probe();
  assert.equal(ua.asked.at(-1), "options");
  timers.advance(3_000);
  assert.deepEqual(ua.asked.slice(-2), ["disconnect", "connect"]);
});

test("a probe that is answered changes nothing", () => {
  const { engine, ua, timers } = setup();
  ua.open();
  ua.emit("registered");
  engine.probe(); // JsSIP says nothing of a registration that is refreshed
  ua.probed.succeeded!({});
  timers.advance(60_000);
  assert.ok(!ua.asked.includes("disconnect"));
});
