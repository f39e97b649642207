// Package verdict says of a call where it is broken: it walks the sound of each
// direction hop by hop and names the first that is not whole, what shows it, and the
// cure.
//
// Evidence is all that is known of a call: when what happened, who refused it and why,
// how the media of each leg has gone (media.Stats), what the browser at the far end says
// itself (Phone). Judge makes a Verdict of it: two Directions of Hops, a Fault by name
// and Chips for lists. Nothing here asks, waits, or keeps anything: the same Evidence
// gives the same Verdict, of calls that go on and of calls that are over.
//
// What is not known is not judged. A hop is broken only where a fact says so: packets
// that did not come although they should have, counters of what was refused, an address
// that cannot be reached from where the far end is.
package verdict
