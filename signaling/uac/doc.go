// Package uac sends requests to places: the user agent client of RFC 3261 §8.1,
// with the walk over targets of RFC 3263 §4.3.
//
// The nouns:
//
//   - Destination: where a request goes: down a flow that is there, or to the
//     next hop that a URI names, with the account that answers its challenges.
//   - Call: a request on its way, whatever becomes of it: each attempt at one of
//     the targets is a transaction of its own.
//   - Ways: how a target is reached: a socket, or a connection that is opened.
//
// What is done for the one who sends: names are resolved, without waiting; targets
// are tried one after the other (no way, no answer, 503) and rest when they fail; a
// request too big for UDP goes over TCP (RFC 3261 §18.1.1); a challenge is answered
// with the account (§22.2), and with no other one's; nothing meant for TLS goes in
// the clear; a 2xx that comes too late for anybody is acknowledged and ended.
//
// Goroutines. Everything of a Call happens on a goroutine of its own that lives
// while there is something to do; callbacks are made there, one after the other.
// One more waits for DNS, while it does. Close ends all and waits.
//
// Limits. MaxCalls requests at one time, MaxResolving of them waiting for DNS;
// maxAttempts attempts for one request; a request beyond ends with ErrBusy.
package uac
