package oracle

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/test/sound"
)

// wideband are sounds at 16000 samples a second.
func wideband(t *testing.T) map[string][]int16 {
	t.Helper()
	up, err := codecs.NewResampler(codecs.Rate8k, codecs.Rate16k)
	if err != nil {
		t.Fatal(err)
	}
	narrow := speech(t)
	voice := make([]int16, up.Size(len(narrow)))
	voice = voice[:up.Resample(voice, narrow)]
	hiss := noise(len(voice), 300)
	for i := range voice {
		voice[i] = max(-32000, min(32000, voice[i])) + hiss[i] // there is something in the upper band
	}
	all := map[string][]int16{
		"speech":         voice,
		"low sines":      sound.Low().PCM(16000, 1e9),
		"high sines":     sound.Melody{3100, 4900, 5600, 6700}.PCM(16000, 1e9),
		"loudest noise":  noise(16000, 32767),
		"softest noise":  noise(16000, 3),
		"digital square": square(16000),
	}
	for name, pcm := range all {
		all[name] = pcm[:len(pcm)/320*320] // whole packets
	}
	return all
}

// square swings between the ends of what a sample holds.
func square(n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = 32767
		if i/40%2 == 1 {
			out[i] = -32768
		}
	}
	return out
}

// g722 encodes in packets of 20 ms.
func g722(t *testing.T, pcm []int16) []byte {
	t.Helper()
	e, out := codecs.NewG722Encoder(), make([]byte, len(pcm)/2)
	for i := 0; i < len(pcm); i += 320 {
		if _, err := e.Encode(out[i/2:], pcm[i:i+320]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// fromG722 decodes in packets of 20 ms.
func fromG722(t *testing.T, coded []byte) []int16 {
	t.Helper()
	d, out := codecs.NewG722Decoder(), make([]int16, 2*len(coded))
	for i := 0; i < len(coded); i += 160 {
		if _, err := d.Decode(out[2*i:], coded[i:i+160]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestG722IsBitByBitThatOfSpandsp, which passes the test sequences of the ITU.
func TestG722IsBitByBitThatOfSpandsp(t *testing.T) {
	lib := compile(t)
	for name, pcm := range wideband(t) {
		want := lib.codes(t, raw(pcm), "g722-out")
		if got := g722(t, pcm); !bytes.Equal(got, want) {
			t.Errorf("%s: encoded otherwise, first at octet %d of %d", name, firstUnlike(got, want), len(want))
		}
		heard := lib.samples(t, want, "g722-in")
		if got := fromG722(t, want); firstUnlike(got, heard) >= 0 {
			t.Errorf("%s: decoded otherwise, first at sample %d of %d", name, firstUnlike(got, heard), len(heard))
		}
	}
	garbage := make([]byte, 16000)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range garbage {
		garbage[i] = byte(r.Uint32())
	}
	heard := lib.samples(t, garbage, "g722-in")
	if got := fromG722(t, garbage); firstUnlike(got, heard) >= 0 {
		t.Errorf("any octets: decoded otherwise, first at sample %d of %d", firstUnlike(got, heard), len(heard))
	}
}

// firstUnlike returns the first place where a and b differ; -1: none.
func firstUnlike[T comparable](a, b []T) int {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return i
		}
	}
	return -1
}

func TestG722IsHeardBySpandspAndHearsIt(t *testing.T) {
	lib, all := compile(t), wideband(t)
	for name, least := range map[string]float64{"speech": 26, "low sines": 35, "high sines": 12} {
		pcm := all[name]
		for way, heard := range map[string][]int16{
			"to spandsp":   lib.samples(t, g722(t, pcm), "g722-in"),
			"from spandsp": fromG722(t, lib.codes(t, raw(pcm), "g722-out")),
		} {
			db, delay := ratio(pcm, heard, 40)
			t.Logf("%s %s: %.1f dB after %d samples", name, way, db, delay)
			if db < least {
				t.Errorf("%s %s: %.1f dB over its noise after %d samples, want %v", name, way, db, delay, least)
			}
		}
	}
}
