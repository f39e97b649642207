package codecs

// OpusConfig is what an Opus encoder is made with. The zero value of a field is
// the default named there.
type OpusConfig struct {
	// Rate is that of the samples: 8000 (the default), 16000 or 48000. Run it at
	// the rate of the other leg: Opus then resamples inside, for nothing.
	Rate Rate
	// Bitrate is in bits a second; zero is 16000, 24000 or 32000 by rate.
	Bitrate int
	// Complexity is 1 to 10; zero is 5: what a telephone's sound is worth.
	Complexity int
	// NoFEC leaves out the in-band forward error correction (RFC 6716 §2.1.7).
	NoFEC bool
	// DTX sends nothing in silence (RFC 6716 §2.1.9); G.711 legs cannot, so that
	// it is off unless asked for.
	DTX bool
}

func (c OpusConfig) withDefaults() OpusConfig {
	if c.Rate == 0 {
		c.Rate = 8000
	}
	if c.Bitrate == 0 {
		switch c.Rate {
		case 8000:
			c.Bitrate = 16000
		case 16000:
			c.Bitrate = 24000
		default:
			c.Bitrate = 32000
		}
	}
	if c.Complexity == 0 {
		c.Complexity = 5
	}
	return c
}

func (c OpusConfig) valid() error {
	if !c.Rate.valid() {
		return ErrRate
	}
	return nil
}

// maxOpusPayload bounds a payload: 120 ms at the highest bit rate is below it,
// and an RTP packet cannot hold more.
const maxOpusPayload = 1500

// frameFits says whether n samples are a frame that Opus has.
func frameFits(r Rate, n int) bool {
	ms2 := n * 2000 / int(r) // in half milliseconds
	if ms2*int(r)/2000 != n {
		return false
	}
	switch ms2 {
	case 5, 10, 20, 40, 80, 120:
		return true
	}
	return false
}
