// Package leg makes bridge legs of SIP dialogs: the user agent core of RFC 3261
// §8, §13 and §14, with the same code for a browser on a WebSocket and a phone on
// UDP. Only the flow differs, and with it the profile of the media.
//
// The nouns:
//
//   - Server: takes what the transaction layer hands up; authenticates, answers
//     what is no call, and turns an INVITE into an Incoming leg.
//   - Dialer: turns a target of the dialplan into Outgoing legs.
//   - Incoming and Outgoing: the two kinds of bridge.Leg. What a dialog does once
//     it stands (BYE, re-offer, INFO, hold) is the same for both.
//
// A leg belongs to its call's goroutine and has no lock. The Server runs on the
// goroutines of the flows' readers; it looks a dialog up and posts to its call.
//
// Limits: maxDialogs dialogs at one time; maxWaiting messages of one far end wait
// for the call's goroutine, and a request beyond is answered with 503.
package leg
