// Package flow is where SIP messages come from and go to: flows in the sense of
// RFC 5626 §3.1, over WebSocket (RFC 7118), TCP, TLS and UDP (RFC 3261 §18). It
// moves octets; reading them as messages is txn's work.
//
// A Flow is one way to one far end: a connection, or a UDP socket together with a
// remote address. WebSocket serves browsers as an http.Handler; UDPSocket and
// StreamSocket serve telephones and trunks; a Connector opens connections to them.
// All hand what arrives to a Handler, in order: for a connection as it came, for
// UDP as it came within one Call-ID.
//
// Goroutines. A connection has one reader, which calls the handler, and before that
// connects or shakes hands; its writer lives only while there is something to
// write. A UDP socket has one reader and a fixed set of workers, which call the
// handler; a StreamSocket has one that accepts. Close waits for all of them.
//
// Limits. Every queue is bounded. A full write queue closes the connection; a
// full worker queue answers a new INVITE with a stateless 503 and drops the
// rest. Connections are capped in total and for each address, datagrams and new
// connections by a token bucket for each source. A message must have arrived 32 s
// after its first octet; of one that is too long its head is handed up, and up to 1 MiB
// passed over; what is no SIP closes the connection. Everything dropped
// is counted.
package flow
