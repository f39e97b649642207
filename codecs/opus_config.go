package codecs

import "fmt"

// OpusConfig says how an Opus encoder works. It is mono, and for speech: the
// application is VoIP.
type OpusConfig struct {
	// Rate of the samples; needed.
	Rate Rate
	// Bitrate in bit/s, 6000 to 128000. Zero is 32000 at 8000 samples a second,
	// 40000 at 16000 and 64000 at 48000, with which CELT encodes.
	Bitrate int
	// Complexity, 1 to 10, is time that SILK spends on quality. Zero is 5; negative is
	// the least there is. From 7 on gopus allocates with every frame.
	Complexity int
	// NoFEC leaves in-band FEC out. Zero has it on; it takes effect with the first
	// SetLoss above 0, and a quarter of Bitrate on top.
	NoFEC bool
	// CBR makes all packets of one length equally long, for a far end that asks
	// for it (RFC 7587 §6.1, cbr=1).
	CBR bool
	// Playback is what the far end plays at most, in Hz (RFC 7587 §6.1,
	// maxplaybackrate): nothing above half of it is encoded. Zero is no limit.
	Playback int
	// DTX stops sending in silence. Zero is off: telephones do not expect it.
	DTX bool
}

// Validate says what of c cannot be.
func (c OpusConfig) Validate() error {
	if !c.Rate.Valid() {
		return fmt.Errorf("opus rate %d: not 8000, 16000 or 48000", c.Rate)
	}
	if c.Bitrate != 0 && (c.Bitrate < MinBitrate || c.Bitrate > MaxBitrate) {
		return fmt.Errorf("opus bitrate %d: not 6000 to 128000", c.Bitrate)
	}
	if c.Complexity > 10 {
		return fmt.Errorf("opus complexity %d: more than 10", c.Complexity)
	}
	if c.Playback < 0 {
		return fmt.Errorf("opus playback rate %d", c.Playback)
	}
	return nil
}

// withDefaults returns c with what its zero values stand for.
func (c OpusConfig) withDefaults() OpusConfig {
	if c.Bitrate == 0 {
		switch c.Rate {
		case Rate8k:
			c.Bitrate = 32000
		case Rate16k:
			c.Bitrate = 40000
		default:
			c.Bitrate = 64000
		}
	}
	switch {
	case c.Complexity == 0:
		c.Complexity = 5
	case c.Complexity < 0:
		c.Complexity = 0
	}
	return c
}

// bandwidth is how much of the spectrum Opus encodes (RFC 6716 §2.1.3).
type bandwidth uint8

const (
	narrowband    bandwidth = iota // 4 kHz
	mediumband                     // 6 kHz
	wideband                       // 8 kHz
	superwideband                  // 12 kHz
	fullband                       // 20 kHz
)

// bandwidth returns the most that Playback can use.
func (c OpusConfig) bandwidth() bandwidth {
	switch p := c.Playback; {
	case p == 0 || p > 24000:
		return fullband
	case p > 16000:
		return superwideband
	case p > 12000:
		return wideband
	case p > 8000:
		return mediumband
	default:
		return narrowband
	}
}
