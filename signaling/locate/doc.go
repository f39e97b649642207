// Package locate finds where a SIP request goes: RFC 3263, over NAPTR, SRV (with
// the weights of RFC 2782), A and AAAA.
//
// The nouns: a Query is what a URI says of its host; a Target is a transport, an
// address and a port to try; a Locator makes the one into the other. It asks the
// servers of resolv.conf, and only for what is a name and neither in memory nor in
// /etc/hosts. Names that mean no place in the DNS (.local, .invalid, .onion) are
// never asked for.
//
// What was answered is kept as long as it says, within bounds; what is not there,
// for less; a server's failure, for a moment. When no server answers, what was last
// known goes on being used for a day (RFC 8767). Targets that were found to fail
// rest: they come last, not never.
//
// Goroutines. Find waits on the caller's goroutine. Each question runs on one of its
// own, however many wait for it; Close ends them and waits.
//
// Limits. maxNames answers are kept, maxFlights questions are under way at one time,
// maxRests targets rest. Of an answer maxRecords records of a kind are used, and
// maxAliases aliases followed; a Find yields at most maxTargets.
package locate
