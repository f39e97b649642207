package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

// TestDiscontinuousTransmission gives what a browser sends with usedtx=1: next
// to nothing while nobody talks.
func TestDiscontinuousTransmission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a, b := newTestLeg(t, e, Options{}, testStream(formatOpus)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
		Join(a.Endpoint, b.Endpoint)
		enc, err := codecs.NewOpusEncoder(codecs.OpusConfig{Rate: voiceRate, DTX: true})
		if err != nil {
			t.Fatal(err)
		}
		pcm := append(append(append([]int16(nil), speech(t, 50)...), make([]int16, 200*160)...), speech(t, 50)...)
		sent, short := 0, 0
		for began := transport.Now(); len(pcm) > 0; pcm = pcm[160:] {
			payload := make([]byte, codecs.MaxPayload)
			n, err := enc.Encode(payload, pcm[:160])
			if err != nil {
				t.Fatal(err)
			}
			if n > 2 {
				a.in(header{pt: testOpus, seq: a.seq, ts: uint32((transport.Now() - began) / ms * 48), ssrc: 9}, payload[:n], transport.Now())
				a.seq++
				sent++
			} else {
				short++
			}
			time.Sleep(20 * time.Millisecond)
		}
		synctest.Wait()
		if short < 100 {
			t.Fatalf("the encoder left out %d frames, want most of 200", short)
		}
		out := b.wire.packets()
		checkLine(t, b.line.ssrc, out)
		// What the first pause is, nobody has said: it is concealed, then silent
		// until the next packet. From then on the background is heard.
		if len(out) < 275 || len(out) > 300 {
			t.Errorf("%d packets for 300 frames of which %d came", len(out), sent)
		}
		gaps := 0
		for i := range out[1:] {
			if out[i+1].ts-out[i].ts != 160 {
				gaps++
			}
		}
		if gaps > 1 {
			t.Errorf("the listener hears %d gaps, want one", gaps)
		}
		if d := out[len(out)-1].ts - out[0].ts; d != 299*160 {
			t.Errorf("timestamps went on by %d, want %d", d, 299*160)
		}
		if s := a.Stats().Received; s.Concealed != 0 || s.Recovered != 0 || s.Refused != 0 || s.Lost != 0 {
			t.Errorf("a pause was taken for a loss: %+v", s)
		}
		_ = e.Close()
	})
}
