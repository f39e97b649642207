package codecs

// opusMode is how Opus is to encode (RFC 6716 §3.1): modelLPC is what it chooses for
// speech, SILK or hybrid; modelMDCT is CELT alone.
//
// SILK models a voice, which takes three times the processor's time, and sounds well
// at bitrates that CELT does not; it alone has in-band FEC, and DTX that knows speech
// from noise. On a way that loses nothing and has room for transformFrom, CELT comes
// nearer to what was said, whatever it is: tones, music and a second voice too. So it is
// taken as long as nothing is lost, at the least complexity: what more would buy, short
// blocks where something begins, takes the pulses of a voice for beginnings, and speech
// suffers (TestTransformSoundsNoWorse).
type opusMode uint8

const (
	modelLPC opusMode = iota
	modelMDCT
)

// transformFrom is the bitrate from which CELT is taken, by how much of the spectrum
// there is to encode. CELT knows no mediumband.
func transformFrom(c OpusConfig) (bits int, ok bool) {
	heard := int(c.Rate)
	if c.Playback > 0 {
		heard = min(heard, c.Playback)
	}
	switch {
	case heard <= 8000:
		return 28000, true
	case c.bandwidth() == mediumband:
		return 0, false
	case heard <= 16000:
		return 36000, true
	default:
		return 48000, true
	}
}

// chooseMode returns the mode for what is expected now.
func (e *opusEncoder) chooseMode() opusMode {
	from, ok := transformFrom(e.config)
	if ok && e.loss == 0 && !e.config.DTX && e.bitrate >= from {
		return modelMDCT
	}
	return modelLPC
}

// complexity returns what there is to be in the mode.
func (e *opusEncoder) complexity() int {
	if e.mode == modelMDCT {
		return 0
	}
	return e.level
}
