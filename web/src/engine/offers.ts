import type { OfferOptions, Session, SipRequest } from "./ua";

/**
 * keepOffersApart has a session refuse the offer of the far end from when one of its own is begun until that is
 * answered (RFC 3261 §14.2). JsSIP takes it while it makes its own, and answers 491 to it and takes it nevertheless when
 * its own is out: either ends the call, for its own comes again after a second.
 */
export function keepOffersApart(session: Session): void {
  const receive = session.receiveRequest?.bind(session);
  if (!receive) return;
  let ours = 0; // offers of our own under way
  for (const how of ["_sendReinvite", "_sendUpdate"] as const) {
    const send = session[how]?.bind(session);
    if (!send) continue;
    session[how] = (options: OfferOptions = {}) => {
      if (how === "_sendUpdate" && !options.sdpOffer) return send(options);
      ours++;
      const { succeeded, failed } = options.eventHandlers ?? {};
      const over = (then?: (e?: unknown) => void) => (e?: unknown) => {
        ours--;
        then?.(e);
      };
      send({ ...options, eventHandlers: { succeeded: over(succeeded), failed: over(failed) } });
    };
  }
  session.receiveRequest = (request: SipRequest) => {
    const offers = request.method === "INVITE" || (request.method === "UPDATE" && !!request.body);
    if (!offers || !ours) receive(request);
    else if (!session._dialog?.uac_pending_reply) request.reply(491); // else JsSIP has done so
  };
}
