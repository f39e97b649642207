// Package event tells user agents how others stand: SUBSCRIBE and NOTIFY of RFC
// 6665 with the packages dialog (RFC 4235), presence (RFC 3856), message-summary
// (RFC 3842) and reg (RFC 3680), and PUBLISH of presence (RFC 3903).
//
// The nouns:
//
//   - Service: takes SUBSCRIBE and PUBLISH, finds out who sent them and whether he
//     may, and sends NOTIFY.
//
//   - subscription: a dialog in which one user agent hears of one user's state.
//
//   - eventPackage: a kind of state and how it is written. What is written is always
//     the full state, made here: no document of anybody's is passed on.
//
//   - publication: a presence document that a user agent has sent, as far as it was
//     understood.
//
//   - Boxes: what PBXs tell, unasked, of the boxes of our users' extensions there.
//
//     watcher           Service
//     |--- SUBSCRIBE -->|
//     |<--- 200 --------|
//     |<--- NOTIFY -----|  at once
//     |---- 200 ------->|
//     |<--- NOTIFY -----|  whenever the state is another one, one at a time
//
// Goroutines: requests come on the readers of flows, changes from calls and from
// the registrar; both only note what is to be done. One goroutine of the Service's
// own, the notifier, writes the documents and sends. Close ends it and waits.
//
// Limits: Config.MaxSubscriptions in all and MaxPerUser for a watcher,
// MaxPublications for a user, maxDocument octets a published document. A watcher
// hears of changes every notifyEvery at most; what changes in between is told
// together.
package event
