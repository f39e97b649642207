package media

import (
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// dialSparsely presses digits as a sender does that tells of them every 50 ms only
// (RFC 4733 §2.5.1.2). beside says that it sends sound meanwhile, too.
func (n *lossy) dialSparsely(f format, digits string, length time.Duration, beside bool, sound []byte) {
	l := n.leg
	send := func(h header, b []byte) {
		h.seq, h.ssrc = l.seq, l.ssrc
		l.seq++
		n.give(h, b)
	}
	clock, spent := int64(f.clock()), time.Duration(0)
	talk := func(d time.Duration, silent bool) {
		for end := spent + d; spent < end; spent += 10 * time.Millisecond {
			if !silent && spent%(20*time.Millisecond) == 0 {
				send(header{pt: testCodec(f).PayloadType, ts: 5000 + uint32(units(int64(spent), uint32(clock)))}, sound)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	for _, c := range digits {
		ts, began := 5000+uint32(units(int64(spent), uint32(clock))), spent
		segment := time.Duration(0)
		tell := func(gone time.Duration, end byte, marker bool) {
			for units(int64(gone-segment), uint32(clock)) > maxEvent {
				send(header{pt: eventPT(f), ts: ts + uint32(units(int64(segment), uint32(clock)))}, []byte{Digit(c).event(), 10, 0xff, 0xff})
				segment += time.Duration(maxEvent * int64(time.Second) / clock)
			}
			d := units(int64(gone-segment), uint32(clock))
			send(header{pt: eventPT(f), ts: ts + uint32(units(int64(segment), uint32(clock))), marker: marker},
				[]byte{Digit(c).event(), 10 | end, byte(d >> 8), byte(d)})
		}
		for spent < began+length {
			tell(spent-began+50*time.Millisecond, 0, spent == began)
			talk(50*time.Millisecond, !beside)
		}
		for range 3 {
			tell(length, 0x80, false)
		}
		talk(80*time.Millisecond, false)
	}
}

// A digit is not cut short, and not heard twice, because a few of its packets are
// lost: those of many senders come 50 ms apart.
func TestDigitsOfSparsePacketsAreWhole(t *testing.T) {
	for name, c := range map[string]struct {
		from, to format
		digits   string
		length   time.Duration
		beside   bool
	}{
		"short":                    {formatPCMU, formatPCMU, thousand()[:300], 100 * time.Millisecond, false},
		"short, beside sound":      {formatOpus, formatPCMU, thousand()[:300], 100 * time.Millisecond, true},
		"long":                     {formatPCMU, formatOpus, "11223#", 5 * time.Second, false},
		"long, in segments":        {formatOpus, formatPCMU, "11223#", 5 * time.Second, false},
		"in segments beside sound": {formatOpus, formatOpus, "11223#", 5 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newTestEngine(t, Config{Workers: 1})
				var told strings.Builder
				a := newTestLeg(t, e, Options{Events: Events{Digit: func(d Digit, l time.Duration) {
					told.WriteByte(byte(d))
					if (l - c.length).Abs() > 20*time.Millisecond {
						t.Errorf("%v of %v was told", l, c.length)
					}
				}}}, testStream(c.from))
				b := newTestLeg(t, e, Options{}, testStream(c.to))
				Join(a.Endpoint, b.Endpoint)
				n := &lossy{leg: a, rnd: rand.New(rand.NewPCG(3, 5))}
				n.dialSparsely(c.from, c.digits, c.length, c.beside, testSound(t, c.from))
				time.Sleep(time.Second)
				synctest.Wait()
				var sent strings.Builder
				for _, d := range readDigits(t, b.wire.packets(), eventPT(c.to)) {
					sent.WriteString(d.Digit)
					if l := time.Duration(d.Units) * time.Second / time.Duration(c.to.clock()); (l-c.length).Abs() > 20*time.Millisecond || d.Ends != 3 {
						t.Errorf("%v of %v was sent on, with %d ends", l, c.length, d.Ends)
					}
				}
				if told.String() != c.digits || sent.String() != c.digits {
					t.Errorf("pressed %q, told %q, sent on %q", c.digits, told.String(), sent.String())
				}
				_ = e.Close()
			})
		})
	}
}

// Where all that says that a digit has ended is lost, sound that goes on says so, and
// where there is none, time.
func TestADigitWithoutAnEndEnds(t *testing.T) {
	for _, sounds := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			e := newTestEngine(t, Config{Workers: 1})
			began, ended := time.Now(), time.Duration(0)
			a := newTestLeg(t, e, Options{Events: Events{Digit: func(Digit, time.Duration) { ended = time.Since(began) }}}, testStream(formatPCMU))
			b := newTestLeg(t, e, Options{}, testStream(formatPCMU))
			Join(a.Endpoint, b.Endpoint)
			a.press(testEvent8, 5000, 1, 160, false, true, transport.Now())
			a.ts += 160
			for range 20 {
				if sounds {
					a.chat(t, formatPCMU, 1)
				} else {
					time.Sleep(20 * time.Millisecond)
				}
			}
			synctest.Wait()
			want := lostDigit
			if sounds {
				want = lostEnd
			}
			if ended < want || ended > want+20*time.Millisecond {
				t.Errorf("it ended after %v, want %v", ended, want)
			}
			_ = e.Close()
		})
	}
}
