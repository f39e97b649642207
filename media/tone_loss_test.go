package media

import (
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// tonesHeard dials by tones through dial, and returns what was told.
func tonesHeard(t *testing.T, dial func(a *testLeg)) (told string, lengths []time.Duration) {
	t.Helper()
	return tonesHeardFrom(t, testStream(formatPCMU), dial)
}

// tonesHeardFrom is tonesHeard of a leg with a stream.
func tonesHeardFrom(t *testing.T, s *sdp.Stream, dial func(a *testLeg)) (told string, lengths []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		var b strings.Builder
		a := newTestLeg(t, e, Options{Events: Events{Digit: func(d Digit, l time.Duration) {
			b.WriteByte(byte(d))
			lengths = append(lengths, l)
		}}}, s)
		to := newTestLeg(t, e, Options{}, testStream(formatPCMU))
		a.SetDigits(Digits{Listen: true})
		Join(a.Endpoint, to.Endpoint)
		dial(a)
		time.Sleep(time.Second)
		synctest.Wait()
		told = b.String()
		_ = e.Close()
	})
	return told, lengths
}

// isWithin reports whether some is all with characters left out, in order.
func isWithin(some, all string) bool {
	for _, c := range all {
		if some != "" && rune(some[0]) == c {
			some = some[1:]
		}
	}
	return some == ""
}

// One packet in five is lost, at any place of a digit and of the pauses: most digits are
// found all the same, and none is doubled or taken for another. What is missed came with
// no more than one packet of it, or with none.
func TestTonesOfWhichAFifthIsLostAreMostlyFound(t *testing.T) {
	if raceEnabled {
		t.Skip("minutes of sound, on one goroutine: without the race detector, in make plain")
	}
	digits := thousand()[:300]
	for length, least := range map[time.Duration]int{60: 255, 80: 285, 100: 294, 120: 296} {
		rnd := rand.New(rand.NewPCG(1, 5))
		told, _ := tonesHeard(t, func(a *testLeg) {
			for i, d := range digits {
				pause := time.Duration(80 + i*7%20)
				a.dialTones(t, formatPCMU, string(d), length*time.Millisecond, pause*time.Millisecond, func() bool { return rnd.Float64() < 0.2 })
			}
		})
		if len(told) < least || !isWithin(told, digits) {
			t.Errorf("of %d ms: %d of %d digits were found, want %d:\n%s\n%s", length, len(told), len(digits), least, told, digits)
		}
	}
}

// A telephone that sends nothing where it is silent, and whose timestamps run on
// meanwhile, has pressed the same key twice.
func TestTonesWithNothingSentBetweenThemAreTwo(t *testing.T) {
	for _, pause := range []time.Duration{60, 100, 400} {
		told, lengths := tonesHeard(t, func(a *testLeg) {
			for range 3 {
				a.dialTones(t, formatPCMU, "5", 100*time.Millisecond, 0, nil)
				a.ts += uint32(pause) * 8
				time.Sleep(pause * time.Millisecond)
			}
		})
		if told != "555" {
			t.Errorf("with %d ms between them: %q, %v, want three", pause, told, lengths)
		}
		for _, l := range lengths {
			if (l - 100*time.Millisecond).Abs() > 20*time.Millisecond {
				t.Errorf("with %d ms between them: one lasted %v", pause, l)
			}
		}
	}
}

// Packets that a network holds up for a moment, and then brings at once, are of one digit.
func TestAToneThatIsHeldUpIsNotTwo(t *testing.T) {
	told, lengths := tonesHeard(t, func(a *testLeg) {
		n := 0
		a.dialTones(t, formatPCMU, "5", 400*time.Millisecond, 100*time.Millisecond, func() bool {
			if n++; n == 10 {
				time.Sleep(200 * time.Millisecond)
			}
			return false
		})
	})
	if told != "5" {
		t.Errorf("%q, %v, want one", told, lengths)
	}
}

// Keys that come faster than their tones can be sent wait; those that are too many are
// counted, not forgotten.
func TestDigitsThatAreTooManyAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		told := 0
		a := newTestLeg(t, e, Options{Events: Events{Digit: func(Digit, time.Duration) { told++ }}}, testStream(formatPCMU))
		b := newTestLeg(t, e, Options{}, testStream(formatPCMU))
		b.SetDigits(Digits{Send: DigitsAsTones})
		Join(a.Endpoint, b.Endpoint)
		for i := range 200 { // 20 a second
			a.press(testEvent8, a.ts+uint32(i)*400, Digit("0123456789"[i%10]).event(), 320, false, true, transport.Now())
			a.press(testEvent8, a.ts+uint32(i)*400, Digit("0123456789"[i%10]).event(), 320, true, false, transport.Now())
			time.Sleep(50 * time.Millisecond)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		got, _ := readTones(t, b.wire.packets(), formatPCMU)
		unsent := int(b.Stats().Sent.DigitsUnsent)
		if told != 200 || unsent == 0 || len(got)+unsent != 200 {
			t.Errorf("%d told, %d tones, %d not sent, want 200 in all", told, len(got), unsent)
		}
		_ = e.Close()
	})
}
