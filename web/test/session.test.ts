import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../src/engine/backoff";
import { speak } from "../src/say";
import { SessionError, openSession, socketURL } from "../src/session";
import { secureLink } from "../src/ui/entry";

test("the socket is on the page's own host and scheme", () => {
  assert.equal(socketURL("/ws", { protocol: "https:", host: "h:8443" }), "wss://h:8443/ws");
  assert.equal(socketURL("/ws", { protocol: "http:", host: "localhost:8080" }), "ws://localhost:8080/ws");
  assert.equal(socketURL("wss://other/ws", { protocol: "http:", host: "x" }), "wss://other/ws");
});

test("a refusal keeps its code, and is said in the language of the page where that has words for it", async () => {
  const refused = (code: string, status: number) => (globalThis.fetch = async () => new Response(JSON.stringify({ code, error: "in the gateway's words" }), { status }));
  speak("de", { "User or password are wrong.": "Benutzer oder Passwort sind falsch." });
  refused("credentials", 403);
  await assert.rejects(openSession({ user: "x", password: "y" }), (e: SessionError) => e.code === "credentials" && e.message === "Benutzer oder Passwort sind falsch.");
  speak("en", {});
  refused("link", 403);
  await assert.rejects(openSession({ token: "x" }), (e: SessionError) => e.code === "link" && /ask for a new link/.test(e.message));
  refused("foreign", 403);
  await assert.rejects(openSession({}), (e: SessionError) => e.code === "other" && e.message === "in the gateway's words");
  globalThis.fetch = async () => new Response("<html>", { status: 502 });
  await assert.rejects(openSession({}), (e: SessionError) => e.code === "other" && /502/.test(e.message));
  globalThis.fetch = async () => {
    throw new TypeError("failed");
  };
  await assert.rejects(openSession({}), (e: SessionError) => e.code === "unreachable");
});

test("an insecure page finds the secure one with its link", () => {
  const at = { hostname: "192.168.1.20", pathname: "/p/T" };
  assert.equal(secureLink({ domain: "", securePort: 8443, trust: true }, at), "https://192.168.1.20:8443/p/T");
  assert.equal(secureLink({ domain: "", securePort: 443, trust: true }, at), "https://192.168.1.20/p/T");
  assert.equal(secureLink({ domain: "", securePort: 0, trust: true }, at), null);
  assert.equal(secureLink(null, at), null);
});

test("waits are shortened by up to a quarter", () => {
  const b = new Backoff(500, 10_000, () => 1);
  assert.deepEqual([b.next(), b.next(), b.next()], [375, 750, 1500]);
});
