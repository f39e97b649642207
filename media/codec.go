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

// decoder returns a decoder of f at a rate.
func (e *engines) decoder(f format, rate codecs.Rate) (codecs.Decoder, error) {
	switch f {
	case formatOpus:
		return e.opus.Decoder(rate)
	case formatPCMU:
		return codecs.NewULawDecoder(), nil
	case formatPCMA:
		return codecs.NewALawDecoder(), nil
	}
	return nil, fmt.Errorf("no decoder for format %d", f)
}

// encoder returns an encoder of f at a rate.
func (e *engines) encoder(f format, rate codecs.Rate) (codecs.Encoder, error) {
	switch f {
	case formatOpus:
		return e.opus.Encoder(codecs.OpusConfig{Rate: rate})
	case formatPCMU:
		return codecs.NewULawEncoder(), nil
	case formatPCMA:
		return codecs.NewALawEncoder(), nil
	}
	return nil, fmt.Errorf("no encoder for format %d", f)
}

// freeDecoder takes a decoder back; nil is fine.
func (e *engines) freeDecoder(d codecs.Decoder) { e.opus.PutDecoder(d) }

// freeEncoder takes an encoder back; nil is fine.
func (e *engines) freeEncoder(enc codecs.Encoder) { e.opus.PutEncoder(enc) }
