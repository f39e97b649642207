package media

import (
	"slices"
	"strconv"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
)

// maxOpusBitrate is the most that is sent, in bit/s: speech gains nothing above
// it, and a far end that asks for more gets it.
const maxOpusBitrate = 64000

// OpusOptions are what is wished of Opus. The zero value leaves bitrates to what the
// sound needs, with FEC and without DTX.
type OpusOptions struct {
	// Bitrate is the most in bit/s, of what is sent and of what far ends are asked
	// for (maxaveragebitrate): MinOpusBitrate to MaxOpusBitrate; 0 for what the sound
	// needs. Narrow sound takes less.
	Bitrate int
	// NoFEC leaves in-band FEC out, and asks for none (useinbandfec=0).
	NoFEC bool
	// DTX asks far ends to send next to nothing in pauses (usedtx=1). It is for them
	// to ask us for the same.
	DTX bool
}

// Bounds of OpusOptions.Bitrate.
const (
	MinOpusBitrate = codecs.MinBitrate
	MaxOpusBitrate = maxOpusBitrate
)

// parameters are those of a description of ours (RFC 7587 §6.1).
func (o OpusOptions) parameters() string {
	p := "minptime=10;useinbandfec=1"
	if o.NoFEC {
		p = "minptime=10;useinbandfec=0"
	}
	if o.Bitrate > 0 {
		p += ";maxaveragebitrate=" + strconv.Itoa(o.Bitrate)
	}
	if o.DTX {
		p += ";usedtx=1"
	}
	return p
}

// describe puts the parameters of Opus into codecs that a description is to have.
func (o OpusOptions) describe(all []sdp.Codec) []sdp.Codec {
	if o == (OpusOptions{}) {
		return all
	}
	all = slices.Clone(all)
	for i := range all {
		if all[i].Name == sdp.NameOpus {
			all[i].Params = o.parameters()
		}
	}
	return all
}

// opusWish is how a far end wants Opus (RFC 7587 §6.1). Whether it plays stereo
// makes no difference: mono is what is sent.
type opusWish struct {
	bitrate  int // maxaveragebitrate, or b= where that is less; 0 = unsaid
	playback int // maxplaybackrate; 0 = unsaid
	cbr, dtx bool
	most     int  // what is configured; 0 = nothing
	noFEC    bool // the same
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

// wish returns how a far end with terms t wants what is sent to it as f: of Opus alone
// there is anything to wish. t may be nil.
func (t *terms) wish(f format) opusWish {
	if t == nil || f != formatOpus || t.send != formatOpus {
		return opusWish{}
	}
	return t.opus
}

// within returns the wish for what b= of the description leaves, in bits a second
// without headers (RFC 3264 §5.8); 0 for all.
func (w opusWish) within(most uint64) opusWish {
	if most > 0 && (w.bitrate == 0 || most < uint64(w.bitrate)) {
		w.bitrate = int(min(most, maxOpusBitrate))
	}
	return w
}

// config returns the encoder for a wish at a rate, as long as nothing is lost.
func (w opusWish) config(rate codecs.Rate) codecs.OpusConfig {
	return codecs.OpusConfig{Rate: rate, Bitrate: w.clean(rate), CBR: w.cbr, DTX: w.dtx, NoFEC: w.noFEC, Playback: w.playback}
}

// clean returns the bitrate on a way that loses nothing: what CELT needs to sound
// like its source (codecs.OpusConfig), where that is allowed; else that of speech.
func (w opusWish) clean(rate codecs.Rate) int {
	heard := int(rate)
	if w.playback > 0 {
		heard = min(heard, w.playback)
	}
	bits := 64000
	switch {
	case heard <= 8000:
		bits = 32000
	case heard <= 16000:
		bits = 40000
	}
	if w.dtx || w.most > 0 && w.most < bits || w.bitrate > 0 && w.bitrate < bits {
		return w.base(rate)
	}
	return bits
}

// lossy returns the bitrate of speech where there is loss, without FEC, which has a
// quarter of it on top (codecs.OpusConfig): both are within what the far end wants.
func (w opusWish) lossy(rate codecs.Rate) int {
	bits := w.base(rate)
	if w.bitrate > 0 && !w.noFEC {
		bits = min(bits, w.bitrate/5*4)
	}
	return max(codecs.MinBitrate, bits)
}

// base returns the bitrate of speech where there is little room: 2 bit a sample in
// narrow sound, less in wider, or what is configured as far as it is of use; and no more
// than the far end wants.
func (w opusWish) base(rate codecs.Rate) int {
	bits, most := 32000, maxOpusBitrate
	switch rate {
	case codecs.Rate8k:
		bits, most = 16000, 24000
	case codecs.Rate16k:
		bits, most = 24000, 32000
	}
	if w.most > 0 {
		bits = min(w.most, most)
	}
	if w.bitrate > 0 {
		bits = min(bits, w.bitrate)
	}
	return max(codecs.MinBitrate, min(bits, maxOpusBitrate))
}
