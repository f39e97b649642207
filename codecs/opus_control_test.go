package codecs

import (
	"math"
	"testing"
)

// bitrateOf returns what packets take in bit/s.
func bitrateOf(packets [][]byte, r Rate) int {
	size := 0
	for _, p := range packets {
		size += len(p)
	}
	return size * 8 * 50 / len(packets)
}

func TestSetBitrateSteersTheSizeOfPackets(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			enc, pcm := e.encoder(t, OpusConfig{Rate: r}), voice(r, int(r))
			last := 0
			for _, bits := range []int{8000, 16000, 32000} {
				enc.SetBitrate(bits)
				packets(t, enc, pcm[:len(pcm)/5], r.Frame())
				got := bitrateOf(packets(t, enc, pcm, r.Frame()), r)
				if got <= last || got > bits*3/2 {
					t.Errorf("%d: %d bit/s where %d were asked and %d before", r, got, bits, last)
				}
				last = got
			}
			enc.SetBitrate(1)
			enc.SetBitrate(math.MaxInt)
			if got := bitrateOf(packets(t, enc, pcm, r.Frame()), r); got > MaxBitrate*5/4 {
				t.Errorf("%d: %d bit/s without a bound", r, got)
			}
			enc.Reset()
			if got, want := bitrateOf(packets(t, enc, pcm, r.Frame()), r), enc.config.Bitrate; got > want*3/2 {
				t.Errorf("%d: %d bit/s after Reset, want about %d", r, got, want)
			}
		}
	})
}

func TestConstantBitrateMakesPacketsOfOneSize(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		sent := packets(t, e.encoder(t, OpusConfig{Rate: Rate16k, CBR: true}), voice(Rate16k, 16000), 320)
		for i, p := range sent {
			if len(p) != len(sent[0]) {
				t.Fatalf("packet %d has %d octets, the first %d", i, len(p), len(sent[0]))
			}
		}
	})
}

// TestPlaybackRateBoundsTheBandwidth reads the bandwidth from the TOC (RFC 6716
// §3.1).
func TestPlaybackRateBoundsTheBandwidth(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for playback, most := range map[int]bandwidth{8000: narrowband, 12000: mediumband, 16000: wideband, 24000: superwideband, 0: fullband} {
			enc := e.encoder(t, OpusConfig{Rate: Rate48k, Playback: playback, Bitrate: 64000})
			for _, p := range packets(t, enc, voice(Rate48k, 24000), 960) {
				if got := bandwidthOf(p[0]); got > most {
					t.Errorf("at %d Hz a packet has bandwidth %d, want %d at most", playback, got, most)
					break
				}
			}
		}
	})
}

func bandwidthOf(toc byte) bandwidth {
	switch config := toc >> 3; {
	case config < 12:
		return bandwidth(config / 4)
	case config < 16:
		return superwideband + bandwidth((config-12)/2)
	default:
		return [4]bandwidth{narrowband, wideband, superwideband, fullband}[(config-16)/4]
	}
}

func TestComplexityCanChangeAtAnyTime(t *testing.T) {
	eachEngine(t, func(t *testing.T, e engine) {
		for _, r := range allRates {
			enc, d, pcm := e.encoder(t, OpusConfig{Rate: r}), e.decoder(t, r), voice(r, int(r))
			var got []int16
			for i, n := 0, r.Frame(); i+n <= len(pcm); i += n {
				enc.SetComplexity([]int{5, 0, 3, -1, 6, 1}[i/n/4%6])
				got = append(got, listen(t, d, packets(t, enc, pcm[i:i+n], n))...)
			}
			if _, c := bestDelay(pcm, got, int(r)/40); c < 0.9 {
				t.Errorf("%d: correlation %.3f while it changes", r, c)
			}
		}
	})
}
