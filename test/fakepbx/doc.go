// Package fakepbx plays a carrier or PBX for tests: a registrar with digest that can
// be told to refuse, to be silent, to forget and to be odd, answers to OPTIONS, and
// calls by a fakeua.UA. It speaks SIP by flows of any kind, in virtual time too.
//
// A PBX answers on the goroutine that brings a message; what it is told may be
// changed from anywhere with Set.
package fakepbx
