// Package locate finds where a SIP request goes: RFC 3263.
//
// The nouns: a Query is what a URI says of its host; a Target is a transport, an
// address and a port to try; a Locator makes the one into the other.
package locate
