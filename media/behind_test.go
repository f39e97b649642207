package media

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/transport"
)

func TestSoundIsHeldBackOnlyWhereTonesAreConverted(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{Call: "c"}, testStream(formatPCMU)), newTestLeg(t, e, Options{Call: "c"}, testStream(formatPCMU))
	Join(a.Endpoint, b.Endpoint)
	for _, tt := range []struct {
		name string
		a, b Digits
		held bool
	}{
		{"nobody listens", Digits{}, Digits{}, false},
		{"tones are told as events", Digits{Listen: true}, Digits{}, true},
		{"tones stay tones", Digits{Listen: true}, Digits{Send: DigitsAsTones}, false},
		{"tones are told by signaling", Digits{Listen: true}, Digits{Send: DigitsBySignaling}, true},
		{"nobody listens any more", Digits{}, Digits{Send: DigitsBySignaling}, false},
	} {
		a.SetDigits(tt.a)
		b.SetDigits(tt.b)
		if chain := a.Stats().Chain; strings.Contains(chain, "keep tones out") != tt.held {
			t.Errorf("%s: %s", tt.name, chain)
		}
		if chain := b.Stats().Chain; strings.Contains(chain, "keep tones out") {
			t.Errorf("%s, the other way: %s", tt.name, chain)
		}
	}
}

func TestWhatIsHeldBackComesOutWhole(t *testing.T) {
	h := behind{ring: make([]int16, 320)}
	next, want := int16(0), int16(-320)
	frame := make([]int16, 160)
	for range 5 {
		for i := range frame {
			next++
			frame[i] = next
		}
		h.pass(frame)
		for _, v := range frame {
			if want++; v != max(want, 0) {
				t.Fatalf("came out %d, want %d", v, max(want, 0))
			}
		}
	}
	if n := h.frames(160, 319); n != 0 {
		t.Errorf("a pause of 319 samples has room for %d frames", n)
	}
	if n := h.frames(120, 480); n != 3 {
		t.Errorf("all is out after %d frames of 120, want 3", n)
	}
	for i := range frame { // somebody speaks on while the tone ends
		frame[i] = 8000
	}
	h.wipe.Store(true)
	h.pass(frame)
	for _, v := range frame {
		if v != 0 {
			t.Fatalf("the end of a tone is heard: %d", v)
		}
	}
	before := int16(0)
	for range 3 { // what comes behind the tone comes in without a click
		for i := range frame {
			frame[i] = 8000
		}
		h.pass(frame)
		for _, v := range frame {
			if step := v - before; step < 0 || step > 500 {
				t.Fatalf("a step from %d to %d", before, v)
			}
			before = v
		}
	}
	if before != 8000 {
		t.Errorf("%d is heard at the end, want 8000", before)
	}
}

// A frame of which sound fills only some before a pause ends without a click.
func TestAPauseBeginsWithoutAClick(t *testing.T) {
	inBubble(t, linearParty().paced(30), phoneParty().paced(20), func(t *testing.T, a, b *testLeg) {
		raw := make([]byte, 2*480)
		for i := 0; i < len(raw); i += 2 {
			raw[i] = 0x20 // 8192
		}
		for range 10 {
			for range 3 {
				a.talk(98, raw, 480, transport.Now())
				time.Sleep(30 * time.Millisecond)
			}
			a.press(testEvent8, a.ts, 5, 800, true, true, transport.Now())
			a.ts += 1600
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		for _, p := range audio(b.wire.packets(), 0) {
			pcm := decodeAll(t, codecs.NewULawDecoder(), [][]byte{p.payload})
			for i := 1; i < len(pcm); i++ {
				if step := pcm[i] - pcm[i-1]; step < -1000 {
					t.Fatalf("a step from %d to %d within a packet", pcm[i-1], pcm[i])
				}
			}
		}
	})
}
