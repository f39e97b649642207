package media

import "time"

// Stats says how an Endpoint's media has gone so far.
type Stats struct {
	// Chain says what happens to what the leg sends us, for people:
	// "opus/48000 -> pcmu/8000 transcoded", "pcmu/8000 passed through".
	Chain string
	// Received is about what the leg sends to us, Sent about what we send to
	// it.
	Received Received
	Sent     Sent
	// RoundTrip is the time to the far end and back, from its last report;
	// 0 while unknown.
	RoundTrip time.Duration
}

// Received is one leg's media as it came in.
type Received struct {
	Codec           string // of the last packet, e.g. "opus/48000"; empty before
	Packets, Octets uint64 // RTP of agreed payload types; octets of payload
	Lost            int64  // RFC 3550 A.3; below 0 when duplicates came
	Jitter          time.Duration
	Late            uint64 // came after its place was filled, or twice
	Concealed       uint64 // packets replaced by concealment
	Recovered       uint64 // packets recovered from in-band FEC
	Dropped         uint64 // worker queue full
	Refused         uint64 // malformed, payload type not agreed, or no right to send
	RTCPMalformed   uint64 // reports that could not be read
	Digits          uint64 // whole digits heard
	First, Last     time.Time
}

// Sent is one leg's media as it went out.
type Sent struct {
	Codec           string
	Packets, Octets uint64 // octets of payload
	Suppressed      uint64 // audio not sent: held, or a digit was being sent
	Digits          uint64 // digits sent as RFC 4733 or as tones
	First, Last     time.Time
	// As the far end reports it (RFC 3550 §6.4.1), 0 while it reports nothing.
	Lost    int64
	Percent int // loss in the last report, 0 to 100
	Jitter  time.Duration
}
