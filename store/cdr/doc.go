// Package cdr makes the record of every call and hands it to whoever keeps records.
//
// A Record is one logical call: its legs inside, whom it tried, how it ended and how it
// sounded. The Collector is an observer of the bridge: it follows the calls that there
// are and makes the Record when one has ended.
//
// Records go through a Spool, a queue on disk, so that nobody who takes them has to be
// there: a Sink (a database, a file of JSON lines, one of CSV, a program that is told
// by HTTP) reads from its own place in it, in order, again after a fault, and at least
// once. What every Sink has is deleted; what a Sink has not taken when the Spool is
// full is given up for that Sink, the oldest first, and counted.
//
// Calls' goroutines only fill a queue in memory. The Collector's goroutine writes it to
// the Spool and forces it to the disk; each Sink has a goroutine of its own.
package cdr
