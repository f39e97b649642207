// Package casebook keeps what is known of the calls that there are and of the last ones
// that are over, so that a verdict can be given of both: what happened when, who refused
// and why, how the media of each leg went, and what the phones in browsers said of it.
//
// A Book hears of events and measures on the goroutines of calls and takes notes only;
// it never blocks nor calls out. Of calls that are over it keeps the last maxOver, of one
// call's failed attempts the last maxAttempts, and of phones one report for each leg, so
// that what it keeps is bounded by the bridge's bound of calls. It has no goroutine.
package casebook
