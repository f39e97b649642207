package media

import (
	"strings"
	"testing"
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
	h.wipe.Store(true)
	h.pass(frame)
	for _, v := range frame {
		if v != 0 {
			t.Fatalf("the end of a tone is heard: %d", v)
		}
	}
}
