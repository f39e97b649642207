package media

import (
	"fmt"

	"github.com/tandemgw/tandem/codecs"
)

// engines hands out decoders and encoders.
type engines struct{}

// decoder returns a decoder of f at a rate.
func (*engines) decoder(f format, rate codecs.Rate) (codecs.Decoder, error) {
	switch f {
	case formatOpus:
		return codecs.NewOpusDecoder(rate)
	case formatPCMU:
		return codecs.NewULawDecoder(), nil
	case formatPCMA:
		return codecs.NewALawDecoder(), nil
	}
	return nil, fmt.Errorf("no decoder for format %d", f)
}

// encoder returns an encoder of f at a rate.
func (*engines) encoder(f format, rate codecs.Rate) (codecs.Encoder, error) {
	switch f {
	case formatOpus:
		return codecs.NewOpusEncoder(codecs.OpusConfig{Rate: rate})
	case formatPCMU:
		return codecs.NewULawEncoder(), nil
	case formatPCMA:
		return codecs.NewALawEncoder(), nil
	}
	return nil, fmt.Errorf("no encoder for format %d", f)
}

// freeDecoder takes a decoder back; d may be nil.
func (*engines) freeDecoder(f format, d codecs.Decoder) {}

// freeEncoder takes an encoder back; e may be nil.
func (*engines) freeEncoder(f format, e codecs.Encoder) {}
