// Package flowtest gives tests flows without sockets: pairs of connected flows,
// and a small network of datagram sockets, both usable in virtual time
// (testing/synctest). Delivery is in order and takes no time.
//
// Each end has one goroutine, which calls its Handler; Close ends them.
package flowtest
