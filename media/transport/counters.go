package transport

import (
	"errors"
	"sync/atomic"
)

// MuxCounters says what a Mux has seen that belongs to no one peer, or that
// it refused. All values only grow, but for Peers.
type MuxCounters struct {
	Peers             uint64 // peers open now
	STUNMalformed     uint64 // not a binding request or response, or broken
	STUNUnknown       uint64 // request for a user fragment we do not have
	STUNUnasked       uint64 // response to no check of ours
	STUNQueueFull     uint64 // a peer's queue was full
	STUNUnproven      uint64 // message integrity was wrong
	DTLSStranger      uint64 // DTLS from an address ICE has not proven
	DTLSQueueFull     uint64 // a peer's queue was full
	DTLSRefused       uint64 // malformed, or nothing that an association has use for
	MediaStranger     uint64 // RTP or RTCP from an address ICE has not proven
	Unclassified      uint64 // none of STUN, DTLS, RTP, RTCP (RFC 7983 §7)
	TooLong           uint64 // longer than 2048 octets
	ReadErrors        uint64 // a socket read failed
	AddressTaken      uint64 // an address of a live peer was claimed by another
	HandshakesFailed  uint64 // DTLS handshakes that came to nothing
	FingerprintWrong  uint64 // certificates that were not the one promised
	CandidatesRefused uint64 // remote candidates beyond the bound or unusable
	ChecksHeldBack    uint64 // our own checks not sent: paced or beyond the bound
	ConsentLost       uint64 // ways that no answer came over for 28 s (RFC 7675 §5.1)
	TCPTaken          uint64 // connections of ICE over TCP
	TCPRefused        uint64 // more of them than are borne with
	TCPUnproven       uint64 // connections ended that never showed a check of ours
	TCPFull           uint64 // packets dropped because a connection was too slow
}

type muxCounters struct {
	stunMalformed, stunUnknown, stunUnasked, stunQueueFull, stunUnproven atomic.Uint64
	dtlsStranger, dtlsQueueFull, dtlsRefused                             atomic.Uint64
	mediaStranger, unclassified, tooLong, readErrors, addressTaken       atomic.Uint64
	handshakesFailed, fingerprintWrong, candidatesRefused                atomic.Uint64
	checksHeldBack, consentLost                                          atomic.Uint64
	tcpTaken, tcpRefused, tcpUnproven, tcpFull                           atomic.Uint64
}

func (c *muxCounters) snapshot() MuxCounters {
	return MuxCounters{
		STUNMalformed:     c.stunMalformed.Load(),
		STUNUnknown:       c.stunUnknown.Load(),
		STUNUnasked:       c.stunUnasked.Load(),
		STUNQueueFull:     c.stunQueueFull.Load(),
		STUNUnproven:      c.stunUnproven.Load(),
		DTLSStranger:      c.dtlsStranger.Load(),
		DTLSQueueFull:     c.dtlsQueueFull.Load(),
		DTLSRefused:       c.dtlsRefused.Load(),
		MediaStranger:     c.mediaStranger.Load(),
		Unclassified:      c.unclassified.Load(),
		TooLong:           c.tooLong.Load(),
		ReadErrors:        c.readErrors.Load(),
		AddressTaken:      c.addressTaken.Load(),
		HandshakesFailed:  c.handshakesFailed.Load(),
		FingerprintWrong:  c.fingerprintWrong.Load(),
		CandidatesRefused: c.candidatesRefused.Load(),
		ChecksHeldBack:    c.checksHeldBack.Load(),
		ConsentLost:       c.consentLost.Load(),
		TCPTaken:          c.tcpTaken.Load(),
		TCPRefused:        c.tcpRefused.Load(),
		TCPUnproven:       c.tcpUnproven.Load(),
		TCPFull:           c.tcpFull.Load(),
	}
}

// Counters says what one leg has carried and what it dropped. A counter that
// does not apply to the kind of leg stays 0.
type Counters struct {
	PacketsIn, OctetsIn   uint64 // RTP handed to the Sink, decrypted
	PacketsOut, OctetsOut uint64 // RTP given to the socket, before encryption
	RTCPIn, RTCPOut       uint64 // compound RTCP packets, the same way
	Malformed             uint64 // in: too short, wrong version, header beyond the end
	NotReady              uint64 // in: before DTLS, or before a remote was set
	Replayed              uint64 // in: seen before or older than the window of 512
	Unauthentic           uint64 // in: authentication tag wrong
	Stranger              uint64 // in: a source the latch refuses
	Probation             uint64 // in: a source the latch is still judging
	NotReadyOut           uint64 // out: before DTLS, or nowhere to send to yet
	Unsendable            uint64 // out: multicast, broadcast, port 0, ourselves; SRTP: relayed twice
	WriteErrors           uint64 // out: the socket or the cipher refused
	RTCPStranger          uint64 // in: RTCP from a source that is not the RTP's
	RTCPUnsent            uint64 // out: RTCP with no known way to a latched source
	TooLong, ReadErrors   uint64 // in: longer than 2048 octets; socket errors
}

type legCounters struct {
	packetsIn, octetsIn, packetsOut, octetsOut atomic.Uint64 // of each packet

	rtcpIn, rtcpOut                                           atomic.Uint64
	malformed, notReady, replayed, unauthentic                atomic.Uint64
	stranger, probation, notReadyOut, unsendable, writeErrors atomic.Uint64
	rtcpStranger, rtcpUnsent, tooLong, readErrors             atomic.Uint64
}

func (c *legCounters) snapshot() Counters {
	return Counters{
		PacketsIn: c.packetsIn.Load(), OctetsIn: c.octetsIn.Load(),
		PacketsOut: c.packetsOut.Load(), OctetsOut: c.octetsOut.Load(),
		RTCPIn: c.rtcpIn.Load(), RTCPOut: c.rtcpOut.Load(),
		Malformed: c.malformed.Load(), NotReady: c.notReady.Load(),
		Replayed: c.replayed.Load(), Unauthentic: c.unauthentic.Load(),
		Stranger: c.stranger.Load(), Probation: c.probation.Load(),
		NotReadyOut: c.notReadyOut.Load(), Unsendable: c.unsendable.Load(),
		WriteErrors: c.writeErrors.Load(), RTCPStranger: c.rtcpStranger.Load(),
		RTCPUnsent: c.rtcpUnsent.Load(), TooLong: c.tooLong.Load(),
		ReadErrors: c.readErrors.Load(),
	}
}

// refused counts a packet that SRTP does not take. No number of them ends a call.
func (c *legCounters) refused(err error) {
	switch {
	case errors.Is(err, errForged):
		c.unauthentic.Add(1)
	case errors.Is(err, errTooManySSRCs):
		c.stranger.Add(1)
	default:
		c.replayed.Add(1)
	}
}
