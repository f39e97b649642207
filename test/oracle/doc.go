// Package oracle holds what tandem makes of sound to what others make of it:
// opus-tools read the Ogg Opus that is recorded and make Opus that we hear, and
// spandsp takes the codes of G.711 and G.722 and the digits that our codecs give, and
// gives them its own.
//
// spandsp is used through a small program in C, testdata/spandsp.c, which the
// tests compile with gcc: nothing here needs cgo.
package oracle
