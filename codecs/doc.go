// Package codecs turns samples into payloads and back: G.711 (RFC 3551 §4.5.14),
// Opus (RFC 6716, RFC 7587), concealment of what was lost, and the tones of a
// telephone network.
//
// The nouns: a Decoder or an Encoder is one direction of one stream; a Tone makes
// samples out of nothing; a Pool keeps Opus engines, which are 50 to 400 KiB
// each, for the next call.
//
// Nothing here owns a goroutine and nothing may be used from two at once: an
// Opus encoder of the C library ends the process when it is (its assertion is
// SIGABRT). media gives each to the one worker of its call.
//
// All samples are 16 bit, mono. After its constructor nothing allocates.
package codecs

import "time"

// Rate is a number of samples a second: 8000, 16000 or 48000.
type Rate int

// FrameDuration is the time that one packet usually holds.
const FrameDuration = 20 * time.Millisecond

// Frame returns the samples of FrameDuration.
func (r Rate) Frame() int { return int(r) / 50 }

// valid says whether r is one of the three.
func (r Rate) valid() bool { return r == 8000 || r == 16000 || r == 48000 }

// MaxFrame returns the samples of the longest packet, 120 ms (RFC 6716 §2.1.4).
func (r Rate) MaxFrame() int { return int(r) * 120 / 1000 }

// Decoder turns the payloads of one stream into samples at its Rate. It belongs
// to one goroutine and allocates nothing.
type Decoder interface {
	Rate() Rate
	// Decode decodes one payload into dst, which holds at least MaxFrame samples,
	// and returns how many it gave. A malformed payload is an error and changes
	// nothing; the caller conceals.
	Decode(dst []int16, payload []byte) (int, error)
	// Recover gives the n samples that were lost just before the payload next,
	// from what next repeats of them (in-band FEC, RFC 6716 §2.1.7), else as
	// Conceal. Decode(next) comes after it.
	Recover(dst []int16, next []byte, n int) (int, error)
	// Conceal gives n samples in place of a packet that never came.
	Conceal(dst []int16, n int) int
	// Duration returns how many samples a payload will give, without decoding
	// it; 0 when it is malformed.
	Duration(payload []byte) int
	// Reset makes the decoder as new.
	Reset()
}

// Encoder turns samples at its Rate into payloads. It belongs to one goroutine
// and allocates nothing.
type Encoder interface {
	Rate() Rate
	// Encode encodes one frame of 10, 20, 40 or 60 ms into dst and returns the
	// length of the payload.
	Encode(dst []byte, pcm []int16) (int, error)
	// SetLoss tells the loss that the far end reports, in percent; it steers how
	// much is spent on FEC. G.711 has none.
	SetLoss(percent int)
	// Reset makes the encoder as new.
	Reset()
}
