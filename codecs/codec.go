package codecs

import "errors"

// Errors of Decoder and Encoder.
var (
	// ErrMalformed says that a payload cannot be decoded. The Decoder is as it
	// was: conceal in its place.
	ErrMalformed = errors.New("malformed payload")
	// ErrBuffer says that dst is too short for the result.
	ErrBuffer = errors.New("buffer too short")
	// ErrFrame says that the samples are not one frame that can be encoded.
	ErrFrame = errors.New("not a frame of 10, 20, 40 or 60 ms")
	// ErrBusy says that two goroutines used one Opus codec at once, or that it
	// was used after it went back to its Pool.
	ErrBusy = errors.New("codec in use elsewhere")
)

// Decoder turns the payloads of one stream into PCM at Rate. It belongs to one
// goroutine. No method allocates at steady state, and none keeps what it is
// given. Whatever a payload holds, the outcomes are those listed.
type Decoder interface {
	// Rate is the rate of the samples.
	Rate() Rate
	// Decode writes the samples of payload into dst, which should hold
	// Rate().MaxFrame(), and returns how many there are. The outcomes:
	//
	//  1. n > 0: the samples;
	//  2. ErrMalformed: the payload is dropped, as if it had not come;
	//  3. ErrBuffer: dst is too short;
	//  4. ErrBusy: see there.
	Decode(dst []int16, payload []byte) (n int, err error)
	// Recover writes the n samples that were lost right before the payload next,
	// from its in-band FEC (RFC 6716 §2.1.7) where it has any, else as Conceal
	// does. Decode next afterwards. G.711 has no FEC. The outcomes are those of
	// Decode; n is cut and rounded as in Conceal.
	Recover(dst []int16, next []byte, n int) (int, error)
	// Conceal writes n samples in place of a packet that never came, and returns
	// how many it wrote: n, cut to dst and to Rate.MaxFrame; Opus rounds down to
	// 2.5 ms. The longer nothing comes, the more silent it gets.
	Conceal(dst []int16, n int) int
	// Duration returns how many samples Decode would give for payload, without
	// decoding it; 0 when it is malformed.
	Duration(payload []byte) int
	// Reset forgets the stream, for the next one.
	Reset()
}

// Encoder turns PCM at Rate into the payloads of one stream. It belongs to one
// goroutine. No method allocates at steady state, and none keeps what it is
// given.
type Encoder interface {
	// Rate is the rate of the samples.
	Rate() Rate
	// Encode writes pcm, one frame of 10, 20, 40 or 60 ms, into dst and returns
	// how many bytes that took. MaxPayload bytes are always enough. The outcomes:
	//
	//  1. n > 0: the payload;
	//  2. n = 0 and no error: discontinuous transmission (OpusConfig.DTX) has
	//     nothing to say for this frame. The first such frame of a pause is a payload
	//     of one or two octets: by that a receiver knows a pause from a loss;
	//  3. ErrFrame: pcm has another length (G.711 takes any up to Rate.MaxFrame);
	//  4. ErrBuffer: dst is too short;
	//  5. ErrBusy: see there.
	Encode(dst []byte, pcm []int16) (n int, err error)
	// SetLoss says how many percent of the packets are expected to be lost,
	// which steers FEC: 0 adds none. Values beyond 0 and 100 are cut. Only Opus
	// has a use for it.
	SetLoss(percent int)
	// SetBitrate says how many bit/s to take; it is cut to MinBitrate and
	// MaxBitrate. What FEC takes comes on top. Only Opus has a choice.
	SetBitrate(bits int)
	// SetComplexity says how much time to take for quality, 0 to 10. Only Opus
	// has a choice.
	SetComplexity(level int)
	// Reset forgets the stream and the expected loss, for the next stream.
	Reset()
}

// The bitrates of Opus, in bit/s, that SetBitrate and OpusConfig take.
const (
	MinBitrate = 6000
	MaxBitrate = 128000
)

// fixed is what codecs have in common that leave nothing to choose.
type fixed struct{}

func (fixed) SetLoss(int) {}

func (fixed) SetBitrate(int) {}

func (fixed) SetComplexity(int) {}

// MaxPayload is the size, in bytes, that holds whatever an Encoder writes: the
// largest Opus frame and its TOC (RFC 6716 §3.2.1). At the default bitrates
// 60 ms take a fifth of it.
const MaxPayload = 1276
