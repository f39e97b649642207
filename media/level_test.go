package media

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// linearParty is an end that sends and takes L16 at 16000.
func linearParty() party { return party{formatL16Wide, 98, codecs.Rate16k} }

// paced is the stream of an end that wants packets of a length.
func (p party) paced(ms int) *sdp.Stream {
	s := p.stream()
	if p.format == formatL16Wide {
		c := sdp.Codec{Name: sdp.NameL16, Clock: 16000, PayloadType: p.pt}
		s.Send, s.Receive = c, []sdp.Codec{c}
	}
	s.PTime, s.Remote.PTime = ms, ms
	return s
}

// sineAmplitude is that of a tone of 1 kHz at -20 dBm0 (ITU-T G.711: full scale is +3.17 dBm0).
const sineAmplitude = 2270

// purity compares sound with a sine of 1 kHz: how loud that is in it in dB to what it
// should be, what else there is in dB below it, and the mean of all.
func purity(pcm []int16, rate int) (level, rest, mean float64) {
	pcm = pcm[:len(pcm)/(rate/1000)*(rate/1000)]
	var c, s, sum, squares float64
	for i, v := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * 1000 * float64(i) / float64(rate))
		c, s = c+float64(v)*cos, s+float64(v)*sin
		sum, squares = sum+float64(v), squares+float64(v)*float64(v)
	}
	n := float64(len(pcm))
	power := 2 * (c*c + s*s) / n / n
	mean = sum / n
	return 10 * math.Log10(power*2/sineAmplitude/sineAmplitude), 10 * math.Log10(power/max(squares/n-power-mean*mean, 1e-3)), mean
}

// A tone of -20 dBm0 comes out as loud as it went in, with nothing beside it that the
// codecs do not make, without a step and without a hole, from every codec to every other
// and whatever packets each end likes.
func TestLevelIsKeptFromEveryCodecToEveryOther(t *testing.T) {
	if raceEnabled {
		t.Skip("a minute of sound, on one goroutine: without the race detector, in make plain")
	}
	ends := []party{phoneParty(), otherParty(), wideParty(), browserParty(), linearParty()}
	for _, from := range ends {
		for _, to := range ends {
			for _, ms := range [][2]int{{20, 20}, {10, 40}, {20, 30}, {60, 10}, {40, 60}, {60, 60}} {
				if ms[0] == 60 && from.format == formatL16Wide {
					ms[0] = 30
				}
				t.Run(fmt.Sprintf("%v of %d ms to %v of %d ms", from.format, ms[0], to.format, ms[1]), func(t *testing.T) {
					inBubble(t, from.paced(ms[0]), to.paced(ms[1]), func(t *testing.T, a, b *testLeg) {
						a.sing(t, from, ms[0], 1200)
						checkSinging(t, to, b.wire.packets())
					})
				})
			}
		}
	}
}

// sing sends the tone for a time, in packets of a length; both in ms.
func (l *testLeg) sing(t *testing.T, p party, frame, length int) {
	t.Helper()
	enc, err := l.engine.codecs.encoder(p.format, p.rate)
	if err != nil {
		t.Fatal(err)
	}
	pcm, payload := make([]int16, int(p.rate)/1000*frame), make([]byte, slotSize)
	for i := range length / frame {
		for k := range pcm {
			pcm[k] = sineAt(1000, sineAmplitude, i*len(pcm)+k, int(p.rate))
		}
		n, err := enc.Encode(payload, pcm)
		if err != nil {
			t.Fatal(err)
		}
		l.talk(p.pt, payload[:n], p.format.clock()/1000*uint32(frame), transport.Now())
		time.Sleep(time.Duration(frame) * time.Millisecond)
	}
	synctest.Wait()
}

func checkSinging(t *testing.T, p party, out []packet) {
	t.Helper()
	var known engines
	known.opus = codecs.NewPool(1)
	d, err := known.decoder(p.format, p.rate)
	if err != nil {
		t.Fatal(err)
	}
	pcm := decodeWide(t, d, payloads(out))
	if said := int(scale(out[len(out)-1].ts-out[0].ts, p.format.clock(), uint32(p.rate))); said >= len(pcm) || said < len(pcm)-d.Rate().Samples(60*time.Millisecond) {
		t.Errorf("%d samples, and their timestamps tell of %d before the last packet", len(pcm), said)
	}
	level, rest, mean := purity(pcm[int(p.rate)/2:len(pcm)-int(p.rate)/10], int(p.rate))
	if math.Abs(level) > 0.5 || rest < 24 || math.Abs(mean) > 10 {
		t.Errorf("%+.2f dB, the rest is %.1f dB below it, the mean is %.0f", level, rest, mean)
	}
}

func decodeWide(t *testing.T, d codecs.Decoder, all [][]byte) (pcm []int16) {
	t.Helper()
	buf := make([]int16, d.Rate().MaxFrame())
	for _, b := range all {
		n, err := d.Decode(buf, b)
		if err != nil {
			t.Fatal(err)
		}
		pcm = append(pcm, buf[:n]...)
	}
	return pcm
}

// As loud as he speaks to one a member of a room is heard by all, at each rate, and no
// louder than noise by himself.
func TestLevelIsKeptInRooms(t *testing.T) {
	if raceEnabled {
		t.Skip("long sound on one goroutine: without the race detector, in make plain")
	}
	for _, rate := range []codecs.Rate{codecs.Rate8k, codecs.Rate16k, codecs.Rate48k} {
		for _, from := range []party{phoneParty(), wideParty(), browserParty()} {
			synctest.Test(t, func(t *testing.T) {
				r := newTestRoom(t, RoomConfig{Rate: rate})
				listeners := []party{phoneParty(), wideParty(), browserParty(), otherParty()}
				speaker := newTestLeg(t, r.engine, Options{}, from.paced(20))
				var legs []*testLeg
				for i, p := range listeners {
					legs = append(legs, newTestLeg(t, r.engine, Options{}, p.paced([]int{20, 10, 60, 40}[i])))
				}
				for _, l := range append(legs, speaker) {
					if _, err := r.Join(l.Endpoint); err != nil {
						t.Fatal(err)
					}
				}
				speaker.sing(t, from, 20, 1500)
				for i, p := range listeners {
					checkSinging(t, p, legs[i].wire.packets())
				}
				own, err := r.engine.codecs.decoder(from.format, from.rate)
				if err != nil {
					t.Fatal(err)
				}
				pcm := decodeWide(t, own, payloads(speaker.wire.packets()))
				if level, _, _ := purity(pcm[int(from.rate)/2:], int(from.rate)); level > -50 {
					t.Errorf("%v at %d: it hears itself at %.0f dB", from.format, rate, level)
				}
				_ = r.engine.Close()
			})
		}
	}
}
