package codecs

import (
	"testing"
	"time"
)

func TestOpusFECIsTheFlagOfTheFirstFrame(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		packet []byte
		want   time.Duration
	}{
		"10 ms":                      {[]byte{0 << 3, 0x40, 1}, 10 * ms},
		"20 ms":                      {[]byte{1 << 3, 0xc0, 1}, 20 * ms},
		"20 ms, voice alone":         {[]byte{1 << 3, 0x80, 1}, 0},
		"40 ms":                      {[]byte{2 << 3, 0x20, 1}, 40 * ms},
		"40 ms, voice alone":         {[]byte{2 << 3, 0xc0, 1}, 0},
		"60 ms":                      {[]byte{3 << 3, 0x10, 1}, 60 * ms},
		"60 ms, voice alone":         {[]byte{3 << 3, 0xe0, 1}, 0},
		"stereo, of the middle":      {[]byte{1<<3 | 4, 0x40, 1}, 20 * ms},
		"stereo, of the side":        {[]byte{1<<3 | 4, 0x10, 1}, 20 * ms},
		"stereo, voice of the side":  {[]byte{1<<3 | 4, 0xa0, 1}, 0},
		"stereo, 60 ms, of the side": {[]byte{3<<3 | 4, 0x01, 1}, 60 * ms},
		"hybrid":                     {[]byte{13 << 3, 0x40, 1}, 20 * ms},
		"CELT":                       {[]byte{19 << 3, 0x40, 1}, 0},
		"two of one size":            {[]byte{1<<3 | 1, 0x40, 1, 0, 0}, 20 * ms},
		"two":                        {[]byte{1<<3 | 2, 1, 0x40, 1, 0}, 20 * ms},
		"three of 20 ms":             {[]byte{1<<3 | 3, 3, 0x40, 0, 0}, 20 * ms},
		"three of their own sizes":   {[]byte{1<<3 | 3, 0x83, 1, 1, 0x40, 0, 0}, 20 * ms},
		"padded":                     {[]byte{1<<3 | 3, 0x41, 2, 0x40, 0, 0}, 20 * ms},
		"nothing in it":              {[]byte{1 << 3}, 0},
		"empty":                      {nil, 0},
		"malformed":                  {[]byte{1<<3 | 3, 0x80}, 0},
	} {
		if got := OpusFEC(c.packet); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// What an encoder is told of losses is what its packets say.
func TestOpusFECIsThatOfTheEncoder(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, ms := range []int{20, 40, 60} {
			for _, loss := range []int{0, 20} {
				enc := e.encoder(t, OpusConfig{Rate: Rate8k, Bitrate: 16000})
				enc.SetLoss(loss)
				n := 0
				all := packets(t, enc, voice(Rate8k, 2*8000), 8*ms)
				for _, p := range all {
					if OpusFEC(p) == time.Duration(ms)*time.Millisecond {
						n++
					}
				}
				if loss == 0 && n > 0 || loss > 0 && n < len(all)/2 {
					t.Errorf("%d of %d packets of %d ms have FEC where %d %% are lost", n, len(all), ms, loss)
				}
			}
		}
	})
}
