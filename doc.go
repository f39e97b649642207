// Package tandem holds the few words that every other package shares: the
// identifiers of calls and legs, the address of a party, and the Cause table that
// relates SIP status codes, Q.850 cause values and words a person understands; and
// InTurns, for whoever looks at all legs or calls.
//
// It imports the standard library only, owns no goroutine and keeps no state.
// The gateway itself is put together in cmd/tandem/gateway; docs/architecture.md walks
// through a call.
package tandem
