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

// speaker says words: 400 ms of a loud tone.
type speaker struct {
	enc codecs.Encoder
	at  int
}

// frame is the next 20 ms, loud or silent.
func (s *speaker) frame(t testing.TB, loud float64) []byte {
	t.Helper()
	pcm, b := make([]int16, 160), make([]byte, codecs.MaxPayload)
	for i := range pcm {
		pcm[i] = int16(loud * math.Sin(2*math.Pi*500*float64(s.at)/8000))
		s.at++
	}
	n, err := s.enc.Encode(b, pcm)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}

// loudAfter is how many milliseconds from a time on are loud, within the next 700, and after
// how many they begin.
func loudAfter(t testing.TB, all []packet, f format, from int64) (loud, first int64) {
	t.Helper()
	known := engines{opus: codecs.NewPool(1)}
	d, err := known.decoder(f, codecs.Rate8k)
	if err != nil {
		t.Fatal(err)
	}
	first = -1
	buf := make([]int16, maxDecoded)
	for _, p := range audio(all, testCodec(f).PayloadType) {
		n, err := d.Decode(buf, p.payload)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+8 <= n && p.at >= from && p.at < from+700*ms; i += 8 {
			if loudest(buf[i:i+8]) < 4000 {
				continue
			}
			if loud++; first < 0 {
				first = (p.at-from)/ms + int64(i/8)
			}
		}
	}
	return loud, first
}

func loudest(pcm []int16) (most int16) {
	for _, v := range pcm {
		most = max(most, v, -v)
	}
	return most
}

// What is said after a pause is heard from its beginning, whatever the source did meanwhile.
func TestNoWordIsCutAfterAPause(t *testing.T) {
	type source struct {
		name    string
		format  format
		runs    bool // its timestamps run on in the pause
		marks   bool // its first packet has the marker
		comfort bool // it says so, once
		keeps   bool // as a browser does, it sends an empty packet each 400 ms
	}
	for _, s := range []source{
		{name: "DTX", format: formatOpus, runs: true},
		{name: "DTX of a browser", format: formatOpus, runs: true, keeps: true},
		{name: "VAD", format: formatPCMU, runs: true, marks: true},
		{name: "VAD with comfort noise", format: formatPCMU, runs: true, comfort: true},
		{name: "VAD whose clock stands still", format: formatPCMU, marks: true},
		{name: "the same with comfort noise", format: formatPCMU, comfort: true},
	} {
		for _, mixed := range []bool{false, true} {
			for _, pause := range []time.Duration{300 * time.Millisecond, 1500 * time.Millisecond, 30 * time.Second} {
				if raceEnabled && pause > time.Second || pause > 2*time.Second && s.name != "DTX of a browser" {
					continue
				}
				t.Run(fmt.Sprintf("%s for %v, in a room: %v", s.name, pause, mixed), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						e := newTestEngine(t, Config{Workers: 1})
						out := formatOpus
						if s.format == formatOpus {
							out = formatPCMU
						}
						a, b := newTestLeg(t, e, Options{}, sourceStream(s.format)), newTestLeg(t, e, Options{}, testStream(out))
						if !mixed {
							Join(a.Endpoint, b.Endpoint)
						} else {
							r, err := NewRoom(e, RoomConfig{})
							if err != nil {
								t.Fatal(err)
							}
							for _, l := range []*testLeg{a, b} {
								if _, err := r.Join(l.Endpoint); err != nil {
									t.Fatal(err)
								}
							}
						}
						enc, err := e.codecs.encoder(s.format, codecs.Rate8k)
						if err != nil {
							t.Fatal(err)
						}
						who := speaker{enc: enc}
						say := func(loud float64, frames int, marked bool) {
							for range frames {
								h := header{pt: testCodec(s.format).PayloadType, seq: a.seq, ts: a.ts, ssrc: a.ssrc, marker: marked}
								a.in(h, who.frame(t, loud), transport.Now())
								marked = false
								a.seq, a.ts = a.seq+1, a.ts+s.format.clock()/50
								time.Sleep(20 * time.Millisecond)
							}
						}
						say(0, 20, false)
						var began []int64
						for range 3 {
							began = append(began, transport.Now())
							say(8000, 20, s.marks)
							say(0, 5, false)
							if s.comfort {
								a.talk(13, []byte{70}, 0, transport.Now())
							}
							for left := pause; left > 0; left -= min(left, 400*time.Millisecond) {
								if s.keeps && left < pause {
									a.talk(testOpus, []byte{8}, 0, transport.Now())
								}
								time.Sleep(min(left, 400*time.Millisecond))
								if s.runs {
									a.ts += uint32(units(int64(min(left, 400*time.Millisecond)), s.format.clock()))
								}
							}
						}
						time.Sleep(time.Second)
						synctest.Wait()
						all := b.wire.packets()
						checkLine(t, b.line.ssrc, all)
						for i, at := range began {
							if loud, first := loudAfter(t, all, out, at); loud < 385 || first > 60 && !mixed {
								t.Errorf("of word %d %d of 400 ms are heard, %d ms late", i, loud, first)
							}
						}
						_ = e.Close()
					})
				})
			}
		}
	}
}

// sourceStream is an agreed stream, with comfort noise where there is such.
func sourceStream(f format) *sdp.Stream {
	if f == formatOpus {
		return testStream(f)
	}
	return withComfort(f)
}
