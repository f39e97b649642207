package oracle

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

// dtmfEvents has the digit of each event of RFC 4733 §3.2 at its code.
const dtmfEvents = "0123456789*#ABCD"

// heardDigit is what spandsp says of a digit.
type heardDigit struct {
	digit    byte
	level    int // dBm0, of both sines
	from, to int // samples, within the 102 that spandsp looks at
}

// digitsHeard has spandsp listen.
func (s spandsp) digitsHeard(t *testing.T, pcm []int16) []heardDigit {
	t.Helper()
	var all []heardDigit
	lines := bufio.NewScanner(bytes.NewReader(s.codes(t, raw(pcm), "digits-in")))
	for lines.Scan() {
		var mark string
		var level, at int
		if _, err := fmt.Sscan(lines.Text(), &mark, &level, &at); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		if n := len(all); n > 0 && all[n-1].to == 0 {
			all[n-1].to = at
		}
		if mark != "-" {
			all = append(all, heardDigit{digit: mark[0], level: level, from: at})
		}
	}
	return all
}

// ourDigits are all sixteen, each as long as the gap after it.
func ourDigits(t *testing.T, length time.Duration, levels codecs.DTMFLevels) []int16 {
	t.Helper()
	gap := make([]int16, codecs.Rate8k.Samples(length))
	out := make([]int16, 800)
	for event := range dtmfEvents {
		spec, err := codecs.DTMF(uint8(event), length, levels)
		if err != nil {
			t.Fatal(err)
		}
		tone, err := codecs.NewTone(codecs.Rate8k, spec)
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int16, len(gap))
		tone.Frame(pcm)
		out = append(append(out, pcm...), gap...)
	}
	return append(out, make([]int16, 800)...)
}

func TestSpandspHearsOurDigits(t *testing.T) {
	lib := compile(t)
	for _, c := range []struct {
		name   string
		length time.Duration
		levels codecs.DTMFLevels
		sum    int // of both sines, in dBm0
		coded  bool
	}{
		{"as they are sent", 100 * time.Millisecond, codecs.DTMFLevels{}, -4, false},
		{"through μ-law", 100 * time.Millisecond, codecs.DTMFLevels{}, -4, true},
		{"short", 50 * time.Millisecond, codecs.DTMFLevels{}, -4, true},
		{"soft", 80 * time.Millisecond, codecs.DTMFLevels{Low: -24, High: -22}, -20, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			pcm := ourDigits(t, c.length, c.levels)
			if c.coded {
				coded := make([]byte, len(pcm))
				codecs.EncodeULaw(coded, pcm)
				codecs.DecodeULaw(pcm, coded)
			}
			var digits []byte
			for _, d := range lib.digitsHeard(t, pcm) {
				digits = append(digits, d.digit)
				if d.level < c.sum-1 || d.level > c.sum+1 {
					t.Errorf("%c is at %d dBm0, want %d", d.digit, d.level, c.sum)
				}
				length := codecs.Rate8k.Duration(d.to - d.from)
				if off := (length - c.length).Abs(); off > 2*codecs.Rate8k.Duration(102) {
					t.Errorf("%c lasts %v, want %v", d.digit, length, c.length)
				}
			}
			if string(digits) != dtmfEvents {
				t.Errorf("spandsp hears %q, want %q", digits, dtmfEvents)
			}
		})
	}
}

func TestWeHearSpandspsDigits(t *testing.T) {
	lib := compile(t)
	for _, c := range []struct {
		name                         string
		level, twist, on, off, noise int // dBm0, dB, ms, ms, dBm0 (0: none)
	}{
		{"usual", -10, 0, 70, 70, 0},
		{"loud", -7, 2, 100, 50, 0},
		{"soft", -30, 0, 70, 70, 0},
		{"the shortest", -10, 0, 40, 40, 0},
		{"the high sine weaker", -10, -7, 70, 70, 0},
		{"the high sine stronger", -14, 3, 70, 70, 0},
		{"among noise", -10, 0, 70, 70, -27},
		{"soft, with twist, among noise", -22, -4, 80, 60, -45},
		{"with twist among noise", -10, 3, 60, 60, -28},
	} {
		t.Run(c.name, func(t *testing.T) {
			pcm := lib.samples(t, nil, "digits-out", dtmfEvents, strconv.Itoa(c.level), strconv.Itoa(c.twist),
				strconv.Itoa(c.on), strconv.Itoa(c.off), strconv.Itoa(c.noise))
			theirs := lib.digitsHeard(t, pcm)
			digits, lengths := weHear(t, pcm)
			if digits != dtmfEvents {
				t.Errorf("we hear %q, spandsp %d of 16, want %q", digits, len(theirs), dtmfEvents)
			}
			for i, length := range lengths {
				if want := time.Duration(c.on) * time.Millisecond; (length - want).Abs() > 10*time.Millisecond {
					t.Errorf("digit %d lasts %v, want %v", i, length, want)
				}
			}
		})
	}
}

// weHear feeds a detector as a call does: μ-law, by packets.
func weHear(t *testing.T, pcm []int16) (digits string, lengths []time.Duration) {
	t.Helper()
	d, err := codecs.NewDTMFDetector(codecs.Rate8k)
	if err != nil {
		t.Fatal(err)
	}
	coded := make([]byte, len(pcm))
	codecs.EncodeULaw(coded, pcm)
	codecs.DecodeULaw(pcm, coded)
	for len(pcm) > 0 {
		n := min(len(pcm), codecs.Rate8k.Frame())
		for _, c := range d.Feed(pcm[:n]) {
			if c.End {
				lengths = append(lengths, codecs.Rate8k.Duration(c.Length))
			} else {
				digits += string(dtmfEvents[c.Event])
			}
		}
		pcm = pcm[n:]
	}
	return digits, lengths
}
