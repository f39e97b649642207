// Package hep sends SIP messages, and reports of the media, to Homer: in the
// encapsulation protocol HEP, version 3, which other collectors take as well.
//
// A Sender is told of each message (Message, in the form of txn.Config.Trace), of each
// report (Report) and of the events of calls (Observe): by these it knows of which
// call a message is, so that both legs bear one correlation identifier. What it is
// told it copies into a queue; the goroutine of Run takes it from there, encodes it
// and writes it over UDP, TCP or TLS. A connection that is lost is made again, with
// longer and longer waits between.
//
// Limits: the queue holds 4096 messages and 16 MiB; when it is full, the oldest are
// dropped and counted. A packet of HEP has at most 65,535 octets, over UDP 65,507:
// what is longer is cut, and counted. The messages that a call begins with come before
// the event that tells of it: they wait for it, at most 300 ms, and others behind them.
package hep
