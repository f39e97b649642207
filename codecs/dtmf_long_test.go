package codecs

import (
	"testing"
	"time"
)

// A key that is held down is one digit, as long as it was, whatever noise a codec for
// speech makes of the tone.
func TestDTMFThatLastsIsOneDigit(t *testing.T) {
	const long = 5 * time.Second
	for name, c := range map[string]struct {
		rate  Rate
		codec func() (Encoder, Decoder)
		exact time.Duration
		lost  int // one packet in so many never comes; 0: all do
	}{
		"G.711":        {Rate8k, func() (Encoder, Decoder) { return NewULawEncoder(), NewULawDecoder() }, 20 * time.Millisecond, 0},
		"G.711, lossy": {Rate8k, func() (Encoder, Decoder) { return NewULawEncoder(), NewULawDecoder() }, 20 * time.Millisecond, 9},
		"Opus of a browser": {Rate48k, func() (Encoder, Decoder) {
			e, err := NewOpusEncoder(OpusConfig{Rate: Rate48k})
			if err != nil {
				t.Fatal(err)
			}
			e.SetBitrate(24000)
			d, err := NewOpusDecoder(Rate8k)
			if err != nil {
				t.Fatal(err)
			}
			return e, d
		}, long / 10, 0}, // it takes a while to begin with
	} {
		for _, event := range []uint8{0, 3, 5, 10} {
			enc, dec := c.codec()
			d, err := NewDTMFDetector(Rate8k)
			if err != nil {
				t.Fatal(err)
			}
			pcm := make([]int16, c.rate.Samples(long+400*time.Millisecond))
			dtmfTones(t, c.rate, event, long).Frame(pcm[c.rate.Samples(200*time.Millisecond):])
			var lengths []time.Duration
			payload, out := make([]byte, MaxPayload), make([]int16, Rate8k.MaxFrame())
			n := c.rate.Frame()
			for i := 1; len(pcm) >= n; i, pcm = i+1, pcm[n:] {
				if c.lost > 0 && i%c.lost == 0 {
					d.Skip(Rate8k.Frame())
					continue
				}
				size, err := enc.Encode(payload, pcm[:n])
				if err != nil {
					t.Fatal(err)
				}
				got, err := dec.Decode(out, payload[:size])
				if err != nil {
					t.Fatal(err)
				}
				for _, change := range d.Feed(out[:got]) {
					if change.End && change.Event == event {
						lengths = append(lengths, Rate8k.Duration(change.Length))
					}
				}
			}
			if len(lengths) != 1 || (lengths[0]-long).Abs() > c.exact {
				t.Errorf("%s, event %d: heard for %v, want %v", name, event, lengths, long)
			}
		}
	}
}

func dtmfTones(t *testing.T, r Rate, event uint8, length time.Duration) *Tone {
	t.Helper()
	spec, err := DTMF(event, length, DTMFLevels{})
	if err != nil {
		t.Fatal(err)
	}
	tone, err := NewTone(r, spec)
	if err != nil {
		t.Fatal(err)
	}
	return tone
}
