// Package e2e tests calls from end to end: fake user agents on a network in
// memory call each other through the real transaction layer, registrar, legs,
// bridge and dialplan, in virtual time. Media is not heard here: legs get
// endpoints without sockets, which only keep what was agreed. test/interop listens.
package e2e
