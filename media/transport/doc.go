// Package transport carries the media of a leg to and from the network and
// knows nothing of what is inside it: no codec, no call, no SIP.
//
// The nouns:
//
//   - Mux is the one UDP port that all browsers share. It sorts what arrives
//     (RFC 7983: STUN, DTLS, RTP and RTCP) and gives it to a Peer.
//   - Peer is one browser: its ICE agent, its DTLS association, its two SRTP
//     contexts.
//   - Ports hands out pairs of plain UDP ports; Plain is one pair in use, the
//     way to one telephone, with a guarded latch.
//   - Batch is what a reader has to send when it is through with what came at
//     one moment.
//   - Link is a way to a browser that is no datagram: a connection of ICE over
//     TCP on the port of the web, an allocation of the relay.
//   - Wire is what Peer and Plain have in common, Sink is where their packets
//     go.
//
// Goroutines: a Mux has one reader for each socket, which decrypts SRTP in
// place and calls the Sink itself; no packet of media crosses a channel. A
// Peer has one of its own for DTLS and what pion/ice and pion/dtls start for
// it (eight in all). GOMAXPROCS pollers read the sockets of all Plains, a leg's
// by one of them; where it is not Linux, each socket has a reader of its own. A
// connection of ICE over TCP has a reader and a writer, which nobody waits for.
//
// Locks on the packet path are leaves, each belonging to one leg: one for
// what comes in, one for what goes out. Finding the Peer of a packet takes no
// lock at all. Reading, decrypting, encrypting and writing an RTP packet
// allocate nothing.
//
// Limits: MuxConfig.MaxPeers peers; 2048 connections of ICE over TCP, 256 of an
// address, 64 KiB that wait to be written on one; 100 remote candidates and 100
// unanswered checks a peer; 32 STUN packets queued a peer, 288 of DTLS and 80 KiB
// of them; a DTLS handshake ends after 10 s; packets longer than 2048 octets are dropped; a reader
// holds 32 datagrams, and takes 64 off one plain socket before the others' turn.
// Whatever is dropped is counted.
package transport
