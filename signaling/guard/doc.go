// Package guard says what is borne with from whom. Its nouns: a source is an address
// (IPv6: a /64); a stranger is a source that is no trunk and where nobody is
// registered; a guess is a wrong password; a banned source is not heard at all.
//
// Rates are token buckets that hold twice a second's tokens: requests that begin
// something, by method, for each source, and calls for each user. A source with too
// many guesses in a row has its credentials unlooked at for a while, and is banned
// when it goes on all the same. A source that is known is never banned: an office
// where one phone has an old password goes on telephoning.
//
// Everything is bounded: the sources and users remembered, of whom the one silent
// longest is forgotten first, and what is counted. There are no goroutines; all
// methods are safe for concurrent use, quick, and call out only to Config.Known.
package guard
