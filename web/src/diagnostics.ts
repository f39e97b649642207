import type { Phone } from "./model/phone";

// What a person sends to whoever looks after the gateway: how things stand, no
// password, no address of anybody.
const types = new Set(["inbound-rtp", "outbound-rtp", "remote-inbound-rtp", "candidate-pair", "transport", "codec"]);

/** diagnostics describes the phone and its calls in JSON, without secrets. */
export async function diagnostics(phone: Phone): Promise<string> {
  const calls = phone.calls.value.map(async (c) => ({
    id: c.leg?.id ?? "",
    direction: c.direction,
    state: c.state.value,
    media: c.media.value,
    held: c.held.value,
    heldByThem: c.heldByThem.value,
    warnings: c.warnings.value,
    quality: c.quality.value,
    said: c.said.value,
    stats: picked(await c.leg?.stats().catch(() => null)),
  }));
  const report = {
    at: new Date().toISOString(),
    browser: navigator.userAgent,
    secure: isSecureContext,
    online: navigator.onLine,
    user: phone.account.value?.user ?? "",
    registration: phone.registration.value,
    calls: await Promise.all(calls),
    test: phone.preflight.steps.value,
  };
  return JSON.stringify(report, null, 2);
}

function picked(report: RTCStatsReport | null | undefined): unknown[] {
  const out: unknown[] = [];
  report?.forEach((v: { type: string }) => types.has(v.type) && out.push(v));
  return out;
}
