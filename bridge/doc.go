// Package bridge joins legs into calls. It knows no SIP, no WebSocket and no
// pion: whatever can ring, answer, be heard and hang up is a Leg.
//
// The nouns:
//
//   - Leg: one party of a call; signaling/leg implements it for SIP.
//   - Dialer: turns a target of the dialplan into ringing legs, its branches.
//   - Call: one caller and what the dialplan does with it. Call.run reads like
//     the ladder diagram of the call.
//   - Room: where the callers of several calls hear each other. A Call has a seat
//     in it, and remains the owner of its caller's leg.
//   - turn: a caller's place in a queue, which is a table of them and no more: each
//     Call rings the members for its own caller.
//   - Event and Observer: what happened, for the log and for whoever watches.
//   - Standing and Watcher: how the users in a call stand, for lamps.
//
// A Call has one goroutine, and everything of the call belongs to it: the steps
// of the dialplan, the legs and their dialogs, the timers. Others reach it by
// Post; its inbox holds inboxSize functions, and a full inbox refuses. Nobody
// holds a lock while sending, waiting or calling out. A panic on that goroutine
// ends the call with 500 and never the process.
//
// When a call is over its goroutine lingers until every leg is done (a BYE
// answered, a canceled branch finished), at most lingerFor.
package bridge
