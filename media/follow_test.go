package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/sound"
	"github.com/tandemgw/tandem/media/transport"
)

// opusStream is an agreed stream of Opus whose far end wants it in its own way.
func opusStream(params string) *sdp.Stream {
	s := testStream(formatOpus)
	s.Send.Params = params
	return s
}

// bitrate is that of payloads of 20 ms, in bit/s.
func bitrate(all []packet) int {
	n := 0
	for _, p := range all {
		n += len(p.payload)
	}
	return n * 8 * 50 / max(1, len(all))
}

// What a far end wants of Opus it may want otherwise later in the call (RFC 3264 §8).
func TestOpusFollowsWhatIsAgreedInMidCall(t *testing.T) {
	for name, begin := range map[string]func(t *testing.T, e *Engine, b *testLeg){
		"of a telephone": func(t *testing.T, e *Engine, b *testLeg) {
			a := newTestLeg(t, e, Options{}, testStream(formatPCMU))
			Join(a.Endpoint, b.Endpoint)
			pcm := speech(t, 100)
			go func() {
				raw := make([]byte, 160)
				for i := range 145 {
					codecs.EncodeULaw(raw, pcm[i%100*160:][:160])
					a.talk(0, raw, 160, transport.Now())
					time.Sleep(20 * time.Millisecond)
				}
			}()
		},
		"of a prompt": func(t *testing.T, _ *Engine, b *testLeg) {
			b.Play(sound.Sequence(mustTone(t, "test", 10*time.Second)), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newTestEngine(t, Config{Workers: 1})
				b := newTestLeg(t, e, Options{}, opusStream(""))
				begin(t, e, b)
				time.Sleep(1500 * time.Millisecond)
				synctest.Wait()
				n := len(b.wire.packets())
				if got := bitrate(b.wire.packets()); got < 20000 {
					t.Errorf("%d bit/s at first", got)
				}
				if err := b.Apply(opusStream("maxaveragebitrate=10000")); err != nil {
					t.Fatal(err)
				}
				time.Sleep(1500 * time.Millisecond)
				synctest.Wait()
				after := b.wire.packets()[n+5:]
				if got := bitrate(after); len(after) < 60 || got > 13000 {
					t.Errorf("%d packets, %d bit/s, want 10000", len(after), got)
				}
				checkLine(t, b.line.ssrc, b.wire.packets())
				_ = e.Close()
			})
		})
	}
}

// A prompt is encoded for a way that loses packets as speech is.
func TestAPromptHasFECWherePacketsAreLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{}, testStream(formatOpus))
		greeting, ok := sound.Find("welcome")
		if !ok {
			t.Fatal("no greeting")
		}
		a.Play(greeting.Source(), nil)
		time.Sleep(time.Second)
		n := len(a.wire.packets())
		for range 5 {
			a.loss.note(26) // a tenth
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		fec := 0
		all := a.wire.packets()[n+2:]
		for _, p := range all { // SILK of one mono frame of 20 ms that says that it has FEC (RFC 6716 §4.2.3)
			if b := p.payload; b[0]>>3 < 16 && b[0]&7 == 0 && len(b) > 1 && b[1]&0x40 != 0 {
				fec++
			}
		}
		if fec < len(all)/2 {
			t.Errorf("%d of %d packets have FEC where a tenth is lost", fec, len(all))
		}
		_ = e.Close()
	})
}

// Where the far end wants nothing to be sent in pauses (usedtx=1), the timestamps of what
// comes after one say how long it was, and the marker that a talkspurt begins.
func TestAPromptWithPausesKeepsTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{}, opusStream("usedtx=1"))
		beep := func() sound.Source { return mustTone(t, "test", 600*time.Millisecond) }
		a.Play(sound.Sequence(beep(), sound.Silence(2*time.Second), beep(), sound.Silence(2*time.Second), beep()), nil)
		time.Sleep(7 * time.Second)
		synctest.Wait()
		all := a.wire.packets()
		if len(all) > 200 {
			t.Fatalf("%d packets of 290: nothing is left out in pauses", len(all))
		}
		first := all[0]
		for i, p := range all {
			if off := int64(p.ts-first.ts)*int64(time.Second)/48000 - (p.at - first.at); off > 2*ms || off < -2*ms {
				t.Fatalf("the timestamp of packet %d is off by %v", i, time.Duration(off))
			}
			if i > 0 && p.ts-all[i-1].ts > 960 && !p.marker {
				t.Errorf("packet %d comes after a pause without a marker", i)
			}
		}
		if n := a.count.encodeErrors.Load(); n != 0 {
			t.Errorf("%d pauses were taken for errors", n)
		}
		_ = e.Close()
	})
}
