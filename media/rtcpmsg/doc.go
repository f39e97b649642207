// Package rtcpmsg writes and reads RTCP: reports of senders and receivers (RFC 3550 §6),
// extended ones (RFC 3611), and the feedback that video lives by (RFC 4585, RFC 5104, REMB).
//
// A Report is a compound packet of ours, appended to what there is room for; Read says what
// one of a far end says about a source of ours (Heard), NextFeedback goes through the rest of
// it. What is not known is stepped over, what is malformed ends the reading, and of a datagram
// that is full of packets only the First are looked at.
//
// All are functions of octets: nothing is kept, nobody waited for, and there is no goroutine.
// When a report is due, what it says and what becomes of what was heard is package media's.
package rtcpmsg
