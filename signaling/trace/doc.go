// Package trace keeps what happened in calls, so that people can look at it: every
// SIP message of every leg as it was on its flow (decrypted where the flow is), what
// the media did between them, and what the bridge decided.
//
// The nouns:
//   - Item: one thing that happened, with its time, its leg and its addresses.
//   - Store: the items of the calls that there are and of those that ended lately, in
//     memory. It is told by three: the transaction layer of messages (Store.Message),
//     the bridge of events (Store.Observe), the media of theirs (Store.Notice). It
//     joins messages to legs by the Call-ID that the bridge's events name.
//   - Trace: the items of one call, with its legs, which Text, Mermaid, JSON and PCAPNG
//     write for people and for programs.
//   - Archive: traces on disk, of calls that went badly, or of all.
//
// Secrets are in memory as they came; whoever takes a Trace out masks it first, unless
// an administrator asked (Trace.Mask). What is on disk is masked.
//
// Goroutines: Message, Observe and Notice run on those of the ones who call and never
// block; one mutex, a leaf, guards the Store. Store.Run owns the one that looks after
// calls that ended; Archive has one writer.
//
// Limits: a call has at most Config.MaxItems items of Config.MaxOctets in all, those in
// its middle are left out first; all calls have Config.Memory, those that ended first go
// first. Messages of a Call-ID that no call has yet wait in a ring of maxWaiting
// dialogs, and only an INVITE begins to wait there, so that whoever scans the gateway
// leaves nothing behind but in that ring. A reader that is too slow loses its
// subscription.
package trace
