package codecs

import (
	"testing"

	"github.com/thesyncim/gopus"
)

func gopusEngine() engine {
	return engine{newDecoder: newGopusDecoder, newEncoder: newGopusEncoder, allocsFEC: 8, allocsLoss: 16}
}

// Packets that our Encoder does not make, from gopus, for all engines.

// stereoPackets are half a second in 20 ms, with 440 Hz left and 1000 Hz right.
func stereoPackets(t testing.TB) [][]byte {
	t.Helper()
	e, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: 48000, Channels: 2, Application: gopus.ApplicationAudio})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SetBitrate(96000); err != nil {
		t.Fatal(err)
	}
	left, right := sines(Rate48k, 24000, 12000, 440), sines(Rate48k, 24000, 12000, 1000)
	pcm := make([]int16, 0, 48000)
	for i := range left {
		pcm = append(pcm, left[i], right[i])
	}
	return gopusPackets(t, e, pcm, 1920)
}

// celtPackets are a fifth of a second in 2.5 ms at r.
func celtPackets(t testing.TB, r Rate) [][]byte {
	t.Helper()
	e, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: int(r), Channels: 1, Application: gopus.ApplicationLowDelay})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SetFrameSize(int(r) / 400); err != nil {
		t.Fatal(err)
	}
	return gopusPackets(t, e, voice(r, int(r)/5), int(r)/400)
}

func gopusPackets(t testing.TB, e *gopus.Encoder, pcm []int16, n int) [][]byte {
	t.Helper()
	var out [][]byte
	for ; len(pcm) >= n; pcm = pcm[n:] {
		b := make([]byte, 4000)
		size, err := e.EncodeInt16(pcm[:n], b)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b[:size])
	}
	return out
}

// TestPanicInEngineIsAnError stands for a packet that gopus does not survive,
// none of which is known.
func TestPanicInEngineIsAnError(t *testing.T) {
	g := &gopusDecoder{} // without a decoder every use panics
	real, err := gopus.NewDecoder(gopus.DefaultDecoderConfig(8000, 1))
	if err != nil {
		t.Fatal(err)
	}
	run := func() (err error) {
		g.d = real
		defer g.survive(&err)
		var none []int16
		none[len(none)] = 1
		return nil
	}
	if err := run(); err != errEngine {
		t.Errorf("got %v, want errEngine", err)
	}
}
