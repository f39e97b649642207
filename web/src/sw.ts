// The service worker: it makes the phone an application that can be installed,
// opens it with a page of its own words when the gateway is away, and carries the
// buttons of notifications to it. It keeps the files with a hash in their name,
// which never change; nothing of the API ever passes through it.

interface Client {
  url: string;
  focus(): Promise<unknown>;
  postMessage(m: unknown): void;
}

interface Scope {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void>; matchAll(o: object): Promise<Client[]>; openWindow(url: string): Promise<unknown> };
  addEventListener(type: string, f: (e: any) => void): void;
}

const scope = self as unknown as Scope;
const cacheName = "tandem-assets-1";
const most = 30;

scope.addEventListener("install", () => void scope.skipWaiting());
scope.addEventListener("activate", (e) => e.waitUntil(scope.clients.claim()));

scope.addEventListener("fetch", (e: { request: Request; respondWith(r: Promise<Response>): void }) => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== location.origin) return;
  if (/^\/assets\/[\w.-]+-[0-9a-f]{10}\.\w+$/.test(url.pathname)) e.respondWith(asset(e.request));
  else if (e.request.mode === "navigate" && url.pathname === "/") e.respondWith(fetch(e.request).catch(away));
});

async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (!fresh.ok) return fresh;
  const keys = await cache.keys();
  // Old builds go, the oldest first.
  for (const k of keys.slice(0, Math.max(0, keys.length - most + 1))) await cache.delete(k);
  await cache.put(request, fresh.clone());
  return fresh;
}

function away(): Response {
  // It stands alone: what it would need of the gateway's files may never have come.
  const style = ":root{color-scheme:light dark}body{font:1rem system-ui,sans-serif;display:grid;place-content:center;min-height:90vh;margin:1rem;text-align:center}";
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5"><title>tandem</title><style>${style}</style><main><h1>tandem</h1><p role="status">The gateway cannot be reached. Trying again…</p></main></html>`;
  return new Response(page, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}

scope.addEventListener("notificationclick", (e: { action: string; notification: { data?: unknown; close(): void }; waitUntil(p: Promise<unknown>): void }) => {
  e.notification.close();
  e.waitUntil(toPhone(e.action, e.notification.data));
});

async function toPhone(action: string, data: unknown): Promise<unknown> {
  const open = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const c of open) c.postMessage({ notification: action || "open", call: data });
  if (action === "decline") return;
  return open[0] ? open[0].focus() : scope.clients.openWindow("/");
}
