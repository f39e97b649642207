package codecs

import (
	"math"
	"testing"
	"time"
)

// byTransform counts the packets of CELT alone (RFC 6716 §3.1).
func byTransform(packets [][]byte) (n int) {
	for _, p := range packets {
		if p[0]>>3 >= 16 {
			n++
		}
	}
	return n
}

func TestTheModeFollowsLossAndBitrate(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			enc, pcm := e.encoder(t, OpusConfig{Rate: r}), voice(r, int(r))
			want := func(what string, celt bool) {
				t.Helper()
				// The first frames change over.
				sent := packets(t, enc, pcm, r.Frame())[3:]
				if n := byTransform(sent); celt && n != len(sent) || !celt && n != 0 {
					t.Errorf("%d, %s: %d of %d packets are CELT's, want %v", r, what, n, len(sent), celt)
				}
			}
			want("nothing lost", true)
			enc.SetLoss(5)
			enc.SetBitrate(24000)
			want("5 % lost", false)
			enc.SetLoss(0)
			enc.SetBitrate(enc.config.Bitrate)
			want("nothing lost any more", true)
			enc.SetComplexity(10)
			want("complexity 10", true)
			enc.SetBitrate(20000)
			want("20 kbit/s", false)
			enc.SetBitrate(64000)
			want("64 kbit/s", true)
		}
		for what, c := range map[string]OpusConfig{
			"DTX":           {Rate: Rate8k, Bitrate: 32000, DTX: true},
			"16 kbit/s":     {Rate: Rate16k, Bitrate: 16000},
			"6 kHz at most": {Rate: Rate48k, Bitrate: 64000, Playback: 12000},
		} {
			if n := byTransform(packets(t, e.encoder(t, c), voice(c.Rate, int(c.Rate)), c.Rate.Frame())); n != 0 {
				t.Errorf("%s: %d packets are CELT's", what, n)
			}
		}
	})
}

// A change of mode is neither a click nor a gap: the sine is no steeper than a sine
// where a browser plays it.
func TestChangesOfModeAreNotHeard(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			enc, d := e.encoder(t, OpusConfig{Rate: r}), e.decoder(t, Rate48k)
			pcm := sines(r, 2*int(r), 9000, 330)
			var got []int16
			for i, n := 0, r.Frame(); i+n <= len(pcm); i += n {
				loss := 0
				if i/n/10%2 == 1 {
					loss = 5
				}
				enc.SetLoss(loss)
				got = append(got, listen(t, d, packets(t, enc, pcm[i:i+n], n))...)
			}
			steepest := 9000 * 2 * math.Pi * 330 / 48000
			got = got[Rate48k.Samples(100*time.Millisecond):]
			for i := 1; i < len(got); i++ {
				if step := float64(got[i]) - float64(got[i-1]); math.Abs(step) > 3*steepest {
					t.Fatalf("%d: a step of %.0f after %v, the sine has %.0f", r, step, Rate48k.Duration(i), steepest)
				}
			}
			if part := power(got) / power(pcm); part < 0.9 || part > 1.1 {
				t.Errorf("%d: %.2f of the power is heard", r, part)
			}
		}
	})
}

// The frame in which CELT comes back is as loud as what is said, and so are those after it.
func TestTheReturnOfCELTIsNotQuiet(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			n, pcm := r.Frame(), voice(r, 8*int(r))
			enc, d := e.encoder(t, OpusConfig{Rate: r}), e.decoder(t, Rate48k)
			var got []int16
			for i := 0; i+n <= len(pcm); i += n {
				enc.SetLoss(i / n / 10 % 2 * 2)
				enc.SetBitrate(enc.config.Bitrate / 2 * (2 - i/n/10%2))
				got = append(got, listen(t, d, packets(t, enc, pcm[i:i+n], n))...)
			}
			const frame, delay = 960, 312 // 6.5 ms
			for k := 20; k+4 < len(pcm)/n; k += 20 {
				for j := range 3 {
					said, heard := pcm[(k+j)*n:][:n], got[(k+j)*frame+delay:][:frame]
					if db := 10 * math.Log10(power(heard)/power(said)); math.Abs(db) > 1 {
						t.Errorf("%d: frame %d after SILK is %.1f dB", r, j, db)
					}
				}
			}
		}
	})
}
