// Package dialplan is the routing language of tandem: who may call, where calls go, and the proof that they do.
//
// A Plan is compiled once from the `from`, `let` and `test` blocks of the configuration (HCL 2) and is then immutable:
// Plan.Route is a pure function from a Request to a Decision and may be called from any goroutine. The package has no
// goroutine, no clock and no I/O of its own.
//
// The nouns: a Request is a call that wants to go somewhere. A Row is one line of a `calls` table: a Pattern on the left,
// steps on the right. The first row that matches wins. A Decision is the row and its Steps with the call's values filled
// in. A Target is one place that a dial or ring step calls. A Menu is keys, which
// are rows, and a Queue its members. A Test is a made-up call with the events that it must give.
//
// How the steps of a decision are walked, by the simulator of the tests and by the live gateway alike:
//
//  1. Steps run in order. A dial or ring step that is answered joins the two legs and ends the walk.
//  2. A dial or ring step that nobody answers remembers the failure (a SIP status) and the next step runs.
//  3. reject and hangup end the walk.
//  4. When the steps run out: an answered call is hung up; an unanswered one gets the last failure that was remembered,
//     or 480 where there is none.
//  5. play, echo, tone and wait before answer are early: sound goes out with 183 where the caller can take it, and wait
//     says 180. None of them answers the call.
//
// Limits: MaxRows, MaxSteps, MaxTargets, MaxNumber, MaxPattern. What exceeds them is refused when the file is checked,
// or, for a dialed number, by a Decision without a row.
package dialplan
