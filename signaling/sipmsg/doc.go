// Package sipmsg is tandem's view of SIP messages (RFC 3261 §7): a tolerant
// parser, the validation that says which answer an unsound message is owed,
// and the builders of answers and identifiers. It is a facade over sipgo's sip
// package, whose message, URI and header types it uses and whose tables and
// timers it never writes.
//
// Parse represents whatever can be represented: a field that is not well
// formed is kept as a flawed field, so that the message can still be answered.
// Validate then names the status owed (400, 416, 483, 505, 513), or silence.
// Check does the same for what the user agent is able to do (405, 415, 420).
// A message that passed Validate holds no control characters, no duplicate of
// a single-valued field, and all the fields that RFC 3261 §8.1.1 demands.
//
// Limits: 64 KiB a message, 128 header lines, 8 KiB a line, 70 Via values.
// The package has no goroutines and no state; a Parser is safe for concurrent
// use.
package sipmsg
