package sdp

// Stream is what an offer and its answer agreed on.
type Stream struct {
	// Remote is the far side's description.
	Remote Remote
	// Send is the codec we send, with the payload type and the parameters
	// the far side wants.
	Send Codec
	// Receive are the codecs that may arrive, with our payload types. After
	// an answer that renumbers a codec, that is also here with its number.
	Receive []Codec
	// SendEvent is the telephone-event we send, zero when not agreed.
	SendEvent Codec
	// ReceiveEvents are the telephone-events that may arrive, one a clock.
	ReceiveEvents []Codec
	// Direction is ours, after both wishes.
	Direction Direction
	// RTCPMux says that RTP and RTCP share a port, both ways.
	RTCPMux bool
	// Comfort is the comfort noise at 8000 that both sides have agreed to (RFC
	// 3389), with the payload type that the far side wants; zero for none.
	Comfort Codec
	// PTime is the packet time to send, 10 to 60 ms in tens: the longest that
	// is not above what the far side wants; 20 when it says nothing.
	PTime int
	// Lines are the lines beside the audio that are agreed, by their m-lines.
	Lines []StreamLine
	// Setup is our DTLS role, Active or Passive; SetupNone on Plain legs without
	// DTLS.
	Setup Setup
	// Association is how many associations of DTLS a Plain leg had before this one, as far
	// as the far side's a=tls-id says so.
	Association int
	// Security is how a Plain leg's media is encrypted.
	Security Security
}

// ReceiveCodec returns the codec or telephone-event that payload type pt
// stands for in packets that arrive. It allocates nothing.
func (s *Stream) ReceiveCodec(pt uint8) (Codec, bool) {
	for _, c := range s.Receive {
		if c.PayloadType == pt {
			return c, true
		}
	}
	for _, c := range s.ReceiveEvents {
		if c.PayloadType == pt {
			return c, true
		}
	}
	return Codec{}, false
}
