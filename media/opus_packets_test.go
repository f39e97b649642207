package media

import (
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// framing is how frames of Opus are put into one packet (RFC 6716 §3.2).
type framing struct {
	frame  int  // ms of one frame
	count  int  // frames in a packet
	cbr    bool // of equal sizes
	padded bool
}

func (f framing) String() string {
	s := fmt.Sprintf("%d of %d ms", f.count, f.frame)
	if f.cbr {
		s += ", equal"
	}
	if f.padded {
		s += ", padded"
	}
	return s
}

// opusOf makes packets of a sine of 1 kHz, of a length in ms in all.
func (f framing) opusOf(t *testing.T, length int) (all [][]byte) {
	t.Helper()
	enc, err := codecs.NewOpusEncoder(codecs.OpusConfig{Rate: codecs.Rate48k, CBR: f.cbr})
	if err != nil {
		t.Fatal(err)
	}
	var frames [][]byte
	pcm := make([]int16, 48*f.frame)
	for i := range length / f.frame {
		for k := range pcm {
			pcm[k] = sineAt(1000, sineAmplitude, i*len(pcm)+k, 48000)
		}
		b := make([]byte, codecs.MaxPayload)
		n, err := enc.Encode(b, pcm)
		if err != nil || b[0]&3 != 0 {
			t.Fatalf("a frame of %d ms is % x, %v", f.frame, b[:1], err)
		}
		if frames = append(frames, b[:n]); len(frames) == f.count {
			all, frames = append(all, f.pack(frames)), nil
		}
	}
	return all
}

// pack makes one packet of frames that have the same TOC: of code 0 to 3.
func (f framing) pack(frames [][]byte) []byte {
	toc, size := frames[0][0], func(b []byte) []byte {
		if n := len(b) - 1; n >= 252 {
			return []byte{byte(252 + n%4), byte((n - 252 - n%4) / 4)}
		}
		return []byte{byte(len(b) - 1)}
	}
	var out []byte
	switch {
	case f.padded || len(frames) > 2:
		head := byte(len(frames))
		if !f.cbr {
			head |= 0x80
		}
		if f.padded {
			head |= 0x40
		}
		out = []byte{toc | 3, head}
		if f.padded {
			out = append(out, 9)
		}
		for _, b := range frames[:len(frames)-1] {
			if !f.cbr {
				out = append(out, size(b)...)
			}
		}
	case len(frames) == 2 && f.cbr:
		out = []byte{toc | 1}
	case len(frames) == 2:
		out = append([]byte{toc | 2}, size(frames[0])...)
	default:
		out = []byte{toc}
	}
	for _, b := range frames {
		out = append(out, b[1:]...)
	}
	if f.padded {
		out = append(out, make([]byte, 9)...)
	}
	return out
}

// shortOpus are the packets of testdata, made by opusenc of the same sine: a second in
// frames that our encoder does not make. Each stands behind its length.
func shortOpus(t *testing.T, name string) (all [][]byte) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for len(b) > 0 {
		n := int(b[0])
		all, b = append(all, b[1:1+n]), b[1+n:]
	}
	return all
}

// Opus comes in packets of 2.5 to 120 ms, of one frame or many, by whatever code: each is
// heard whole by telephones of every kind, nothing is made up, and nothing refused.
func TestOpusIsHeardInPacketsOfEveryKind(t *testing.T) {
	if raceEnabled {
		t.Skip("long sound on one goroutine: without the race detector, in make plain")
	}
	kinds := map[string]func(t *testing.T) [][]byte{
		"2.5 ms": func(t *testing.T) [][]byte { return shortOpus(t, "opus-2.5ms.bin") },
		"5 ms":   func(t *testing.T) [][]byte { return shortOpus(t, "opus-5ms.bin") },
	}
	for _, f := range []framing{
		{frame: 10, count: 1},
		{frame: 10, count: 3},
		{frame: 10, count: 5, cbr: true},
		{frame: 10, count: 12, padded: true},
		{frame: 20, count: 1, padded: true},
		{frame: 20, count: 2},
		{frame: 20, count: 2, cbr: true},
		{frame: 20, count: 3},
		{frame: 20, count: 4, cbr: true, padded: true},
		{frame: 20, count: 6},
		{frame: 20, count: 6, cbr: true},
	} {
		kinds[f.String()] = func(t *testing.T) [][]byte { return f.opusOf(t, 1200) }
	}
	for name, packets := range kinds {
		for _, to := range []party{phoneParty(), wideParty(), linearParty()} {
			for _, ms := range []int{20, 60} {
				if to.format == formatL16Wide && ms > 40 {
					ms = 40
				}
				t.Run(fmt.Sprintf("%s to %v of %d ms", name, to.format, ms), func(t *testing.T) {
					inBubble(t, browserParty().paced(20), to.paced(ms), func(t *testing.T, a, b *testLeg) {
						for _, p := range packets(t) {
							length := codecs.OpusDuration(p)
							a.talk(testOpus, p, uint32(length*48/time.Millisecond), transport.Now())
							time.Sleep(length)
						}
						synctest.Wait()
						s := a.Stats().Received
						if s.Refused+s.Concealed+s.Late+s.Dropped+s.Recovered+s.Flooded != 0 {
							t.Errorf("%+v", s)
						}
						checkSinging(t, to, b.wire.packets())
					})
				})
			}
		}
	}
}
