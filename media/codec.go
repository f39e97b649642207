package media

import (
	"fmt"

	"github.com/tandemgw/tandem/codecs"
)

// engines hands out decoders and encoders. Those of Opus come from a pool and go
// back to it, since one is up to 400 KiB.
type engines struct {
	opus *codecs.Pool
}

// decoder returns a decoder of f at a rate. Opus runs at it by itself; what other
// codecs give is resampled where theirs differs.
func (e *engines) decoder(f format, rate codecs.Rate) (codecs.Decoder, error) {
	var d codecs.Decoder
	switch f {
	case formatOpus:
		return e.opus.Decoder(rate)
	case formatPCMU:
		d = codecs.NewULawDecoder()
	case formatPCMA:
		d = codecs.NewALawDecoder()
	case formatG722:
		d = codecs.NewG722Decoder()
	case formatL16, formatL16Wide, formatL16Full:
		var err error
		if d, err = codecs.NewL16Decoder(f.rate()); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("no decoder for format %d", f)
	}
	return codecs.NewResampledDecoder(d, rate)
}

// encoder returns an encoder of f at a rate, as decoder does.
func (e *engines) encoder(f format, rate codecs.Rate) (codecs.Encoder, error) {
	return e.encoderFor(f, rate, opusWish{})
}

// encoderFor is encoder for a far end that wants Opus in its own way.
func (e *engines) encoderFor(f format, rate codecs.Rate, w opusWish) (codecs.Encoder, error) {
	var enc codecs.Encoder
	switch f {
	case formatOpus:
		return e.opus.Encoder(w.config(rate))
	case formatPCMU:
		enc = codecs.NewULawEncoder()
	case formatPCMA:
		enc = codecs.NewALawEncoder()
	case formatG722:
		enc = codecs.NewG722Encoder()
	case formatL16, formatL16Wide, formatL16Full:
		var err error
		if enc, err = codecs.NewL16Encoder(f.rate()); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("no encoder for format %d", f)
	}
	return codecs.NewResampledEncoder(enc, rate)
}

// freeDecoder takes a decoder back; nil is fine.
func (e *engines) freeDecoder(d codecs.Decoder) { e.opus.PutDecoder(d) }

// freeEncoder takes an encoder back; nil is fine.
func (e *engines) freeEncoder(enc codecs.Encoder) { e.opus.PutEncoder(enc) }
