// Package fakeua is a SIP user agent for tests: a telephone or a browser that
// does exactly what the test says, and shows all that it is sent.
//
// The nouns:
//
//   - UA: one user agent on one flow. Phone opens one on a flowtest.Net, Browser
//     one on a flowtest.Pair.
//   - Call: one dialog of it, in or out. It keeps the tags, the sequence numbers
//     and the route set as RFC 3261 §12 wants them, unless the test breaks them.
//   - Message: what arrived, as it was and as it reads.
//
// A UA acknowledges refusals of its INVITEs by itself (RFC 3261 §17.1.1.3) and
// answers challenges where it has a password; everything else is for the test to
// do. Repetitions are counted and not shown. It has no goroutine of its own; its
// Next waits on the test's goroutine, in virtual time inside a synctest bubble.
package fakeua
