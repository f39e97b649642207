// Package turn is the relay for browsers that reach neither the media port nor
// the web port: a TURN server (RFC 8656) over UDP, TCP and TLS that leads to
// our own media port and nowhere else.
//
// The nouns: an allocation is what a browser gets for its credentials; behind
// each stands a relay, which is no socket: what the browser sends to one of the
// gateway's media addresses is handed to the transport.Mux in this process, and
// what the Mux sends back goes the same way. So there is no open relay to be
// found, no port to be opened for it, and no way through a NAT and back.
// Credentials are a name that holds a time and a user, and a password that only
// the server's secret makes (the form that coturn's users know).
//
// Goroutines: pion/turn has one reader for each UDP socket and each connection,
// and one for each allocation; a listener has one that accepts, and one for
// each handshake. None of the Mux's ever waits for one of these: what is sent
// to a browser waits in a bounded queue, or is dropped.
//
// Limits: 512 allocations, 16 of one user, 32 media addresses and 64 channels
// of one, 8 Mbit/s each way, 20 requests and 4000 messages a second, of which ten
// seconds' and one second's may come at once; 20 requests for allocations a second
// of one host, ten seconds' at once; 1024 connections, 128 of one address, 15 s
// until one has an allocation. An address that has none gets at most three octets
// for one of its own, and an answer to nothing but Allocate.
package turn
