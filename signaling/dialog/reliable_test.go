package dialog

import (
	"testing"
	"time"
)

func TestRAckIsReadAndWritten(t *testing.T) {
	for text, want := range map[string]RAck{
		"776656 1 INVITE":      {776656, 1, "INVITE"},
		" 1  4294967295  PING": {1, 4294967295, "PING"},
	} {
		got, err := ParseRAck(text)
		if err != nil || got != want {
			t.Errorf("ParseRAck(%q) = %v, %v, want %v", text, got, err, want)
		}
		if again, _ := ParseRAck(got.String()); again != want {
			t.Errorf("%q is written %q", text, got)
		}
	}
	for _, text := range []string{"", "1", "1 2", "1 2 INVITE x", "-1 2 INVITE", "1 4294967296 INVITE", "a b c"} {
		if got, err := ParseRAck(text); err == nil {
			t.Errorf("ParseRAck(%q) = %v", text, got)
		}
	}
}

func TestRSeqIsRead(t *testing.T) {
	for text, want := range map[string]uint32{"1": 1, " 4294967295 ": 4294967295, "0": 0, "": 0, "x": 0, "4294967296": 0} {
		if got, err := ParseRSeq(text); got != want || (err == nil) != (want != 0) {
			t.Errorf("ParseRSeq(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
}

func TestReliableResponsesAreTakenInOrder(t *testing.T) {
	var o Order
	for _, c := range []struct {
		rseq uint32
		next bool
	}{{988, true}, {988, false}, {990, false}, {989, true}, {988, false}, {990, true}, {1, false}} {
		if got := o.Next(c.rseq); got != c.next {
			t.Errorf("Next(%d) = %v, want %v", c.rseq, got, c.next)
		}
	}
	o = Order{last: 4294967295}
	if o.Next(1) {
		t.Error("a number that has run over is taken for the next")
	}
}

func TestReliableResponsesAreRepeatedUntil64T1(t *testing.T) {
	var r Repeat
	var total time.Duration
	for _, want := range []time.Duration{T1, 2 * T1, 4 * T1, 8 * T1, 16 * T1, 32 * T1, T1} {
		got, ok := r.Next()
		if !ok || got != want {
			t.Fatalf("after %v: Next() = %v, %v, want %v", total, got, ok, want)
		}
		total += got
	}
	if _, ok := r.Next(); ok || total != 64*T1 {
		t.Errorf("it goes on after %v", total)
	}
}

func FuzzRAck(f *testing.F) {
	f.Add("776656 1 INVITE")
	f.Add("1 x")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRAck(s)
		if err != nil {
			return
		}
		if again, err := ParseRAck(r.String()); err != nil || again != r {
			t.Errorf("ParseRAck(%q) = %v, again %v, %v", s, r, again, err)
		}
	})
}
