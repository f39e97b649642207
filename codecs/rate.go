package codecs

import "time"

// Rate is a sampling rate in samples a second.
type Rate int

// The rates that codecs run at.
const (
	Rate8k  Rate = 8000  // narrowband: G.711
	Rate16k Rate = 16000 // wideband
	Rate48k Rate = 48000 // fullband: the RTP clock of Opus
)

// FrameDuration is what one packet carries unless the peers say otherwise
// (RFC 3551 §4.2).
const FrameDuration = 20 * time.Millisecond

// maxFrameDuration is the most that one Opus packet may carry (RFC 6716 §3.2,
// R5). Payloads of G.711 are held to it too.
const maxFrameDuration = 120 * time.Millisecond

// Valid says whether r is one of the rates above.
func (r Rate) Valid() bool { return r == Rate8k || r == Rate16k || r == Rate48k }

// Samples returns how many samples last for d, rounded down.
func (r Rate) Samples(d time.Duration) int { return int(int64(r) * int64(d) / int64(time.Second)) }

// Duration returns how long n samples last.
func (r Rate) Duration(n int) time.Duration {
	return time.Duration(int64(n) * int64(time.Second) / int64(r))
}

// Frame returns the samples of FrameDuration.
func (r Rate) Frame() int { return r.Samples(FrameDuration) }

// MaxFrame returns the most samples that one payload gives, those of 120 ms: the
// size for the dst of a Decoder.
func (r Rate) MaxFrame() int { return r.Samples(maxFrameDuration) }
