// Package flowtest gives tests flows without sockets: pairs of connected flows of
// any kind, a small network of datagram sockets, and a network of connections for
// flow.StreamSocket and flow.Connector themselves, all usable in virtual time
// (testing/synctest). Delivery is in order and takes no time.
//
// Each end has one goroutine, which calls its Handler; Close ends them.
package flowtest
