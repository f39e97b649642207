package media

import (
	"strconv"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
)

// maxOpusBitrate is the most that is sent, in bit/s: speech gains nothing above
// it, and a far end that asks for more gets it.
const maxOpusBitrate = 64000

// opusWish is how a far end wants Opus (RFC 7587 §6.1). Whether it plays stereo
// makes no difference: mono is what is sent.
type opusWish struct {
	bitrate  int // maxaveragebitrate; 0 = unsaid
	playback int // maxplaybackrate; 0 = unsaid
	cbr, dtx bool
}

// wishOf reads the parameters of a codec; what makes no sense is as if unsaid.
func wishOf(c sdp.Codec) opusWish {
	if c.Name != sdp.NameOpus {
		return opusWish{}
	}
	number := func(name string) int {
		n, err := strconv.Atoi(c.Param(name))
		if err != nil || n <= 0 {
			return 0
		}
		return n
	}
	return opusWish{
		bitrate: number("maxaveragebitrate"), playback: number("maxplaybackrate"),
		cbr: c.Param("cbr") == "1", dtx: c.Param("usedtx") == "1",
	}
}

// config returns the encoder for a wish at a rate.
func (w opusWish) config(rate codecs.Rate) codecs.OpusConfig {
	return codecs.OpusConfig{Rate: rate, Bitrate: w.base(rate), CBR: w.cbr, DTX: w.dtx, Playback: w.playback}
}

// base returns the bitrate on a way without loss: 2 bit a sample in narrow sound,
// less in wider, and no more than the far end wants.
func (w opusWish) base(rate codecs.Rate) int {
	bits := 32000
	switch rate {
	case codecs.Rate8k:
		bits = 16000
	case codecs.Rate16k:
		bits = 24000
	}
	if w.bitrate > 0 {
		bits = min(bits, w.bitrate)
	}
	return max(codecs.MinBitrate, min(bits, maxOpusBitrate))
}
