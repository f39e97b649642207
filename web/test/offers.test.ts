import assert from "node:assert/strict";
import test from "node:test";
import { keepOffersApart } from "../src/engine/offers";
import type { OfferOptions, Session, SipRequest } from "../src/engine/ua";

function fake(pending = false) {
  const did = { received: [] as string[], replies: [] as number[], sent: [] as OfferOptions[] };
  const session = {
    _dialog: { uac_pending_reply: pending },
    receiveRequest: (r: SipRequest) => void did.received.push(r.method),
    _sendReinvite: (o: OfferOptions) => void did.sent.push(o),
    _sendUpdate: (o: OfferOptions) => void did.sent.push(o),
  } as unknown as Session;
  keepOffersApart(session);
  const comes = (method: string, body: string | null = "v=0") =>
    session.receiveRequest?.({ method, body, reply: (s) => void did.replies.push(s) });
  return { session, did, comes };
}

test("an offer that comes while nothing of ours is under way is taken", () => {
  const { did, comes } = fake();
  comes("INVITE");
  comes("UPDATE");
  assert.deepEqual(did.received, ["INVITE", "UPDATE"]);
  assert.deepEqual(did.replies, []);
});

test("an offer that crosses one of ours is refused, from when ours is begun until it is answered", () => {
  for (const end of ["succeeded", "failed"] as const) {
    const { session, did, comes } = fake();
    let told = 0;
    session._sendReinvite?.({ eventHandlers: { [end]: () => void told++ } });
    comes("INVITE");
    comes("UPDATE");
    comes("INFO", "Signal=1");
    comes("UPDATE", null);
    assert.deepEqual(did.replies, [491, 491]);
    assert.deepEqual(did.received, ["INFO", "UPDATE"]);
    did.sent[0]?.eventHandlers?.[end]?.();
    assert.equal(told, 1);
    comes("INVITE");
    assert.deepEqual(did.received, ["INFO", "UPDATE", "INVITE"]);
  }
});

test("what JsSIP has refused is not answered twice", () => {
  const { session, did, comes } = fake(true);
  session._sendReinvite?.();
  comes("INVITE");
  assert.deepEqual([did.replies, did.received], [[], []]);
});

test("an UPDATE that offers nothing is no offer", () => {
  const { session, did, comes } = fake();
  session._sendUpdate?.({});
  comes("INVITE");
  assert.deepEqual(did.received, ["INVITE"]);
});
