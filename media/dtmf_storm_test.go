package media

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// keypad is a far end that presses keys as RFC 4733, over a way that loses, doubles and
// reorders packets at random.
type keypad struct {
	step, length, pause time.Duration // between packets of a digit, of a digit, of sound between digits
	unmarked            bool          // the first packet has no marker
	fromNought          bool          // the first packet says that the digit has lasted for 0
	spaced              bool          // the three ends are a step apart and not at once
	mute                bool          // no sound is sent between digits
	still               bool          // and the timestamps stand still meanwhile
	seq                 uint16        // of the first packet
	ts                  uint32
	newSource           bool // another SSRC, sequence and timestamp before each tenth digit
	loss                float64
}

// pressed is a keypad at work.
type pressed struct {
	keypad
	leg     *testLeg
	f       format
	sound   []byte
	rnd     *rand.Rand
	ssrc    uint32
	began   time.Time
	stood   time.Duration // that timestamps did not count
	late    func()
	arrived bool
}

func (p *pressed) now() uint32 {
	return p.ts + uint32(units(int64(time.Since(p.began)-p.stood), p.f.clock()))
}

// send gives a packet to the network.
func (p *pressed) send(h header, b []byte) {
	h.seq, h.ssrc = p.seq, p.ssrc
	p.seq++
	deliver := func() {
		p.leg.in(h, append([]byte(nil), b...), transport.Now())
		p.arrived = p.arrived || h.pt == eventPT(p.f)
	}
	late := p.late
	p.late = nil
	switch x := p.rnd.Float64(); {
	case x < p.loss:
	case x < p.loss*1.2:
		deliver()
		deliver()
	case x < p.loss*1.4:
		p.late = deliver
	default:
		deliver()
	}
	if late != nil {
		late()
	}
}

func (p *pressed) chat(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		if !p.mute {
			p.send(header{pt: testCodec(p.f).PayloadType, ts: p.now()}, p.sound)
		}
		rest := min(20*time.Millisecond, time.Until(end))
		time.Sleep(rest)
		if p.still {
			p.stood += rest
		}
	}
}

func (p *pressed) press(code uint8) {
	start, at := p.now(), time.Now()
	tell := func(lasted time.Duration, end byte, marker bool) {
		d := units(int64(lasted), p.f.clock())
		p.send(header{pt: eventPT(p.f), ts: start, marker: marker}, []byte{code, 10 | end, byte(d >> 8), byte(d)})
	}
	for first := true; time.Since(at) < p.length; first = false {
		lasted := time.Since(at)
		if !p.fromNought {
			lasted = min(lasted+p.step, p.length)
		}
		tell(lasted, 0, first && !p.unmarked)
		time.Sleep(min(p.step, p.length-time.Since(at)))
	}
	pause := p.pause
	for i := range 3 {
		if i > 0 && p.spaced {
			time.Sleep(p.step)
			pause -= p.step
		}
		tell(p.length, 0x80, false)
	}
	p.chat(pause)
}

// dial presses digits at a leg and returns those of which a packet has come.
func (k keypad) dial(t *testing.T, l *testLeg, f format, digits string, rnd *rand.Rand) (came string) {
	p := &pressed{keypad: k, leg: l, f: f, sound: testSound(t, f), rnd: rnd, ssrc: l.ssrc, began: time.Now()}
	p.chat(100 * time.Millisecond)
	for i, c := range digits {
		if k.newSource && i%10 == 9 {
			p.ssrc, p.seq, p.ts = p.ssrc+77, uint16(rnd.Uint32()), rnd.Uint32()
		}
		p.arrived = false
		p.press(Digit(c).event())
		if p.arrived {
			came += string(c)
		}
	}
	return came
}

// digitEnd is one end of a call with digits: what it has been sent is read as it takes them.
type digitEnd struct {
	*testLeg
	format         format
	as             Digits
	told, signaled strings.Builder
	lengths, gone  []time.Duration // of those told and signaled
}

func newDigitEnd(t *testing.T, e *Engine, f format, as Digits) *digitEnd {
	d := &digitEnd{format: f, as: as}
	d.testLeg = newTestLeg(t, e, Options{Call: "c", Events: Events{
		Digit: func(k Digit, l time.Duration) {
			d.told.WriteByte(byte(k))
			d.lengths = append(d.lengths, l)
		},
		Signal: func(k Digit, l time.Duration) {
			d.signaled.WriteByte(byte(k))
			d.gone = append(d.gone, l)
		},
	}}, testStream(f))
	d.SetDigits(as)
	return d
}

// sent are the digits that went to this end, and their lengths.
func (d *digitEnd) sent(t *testing.T) (digits string, lengths []time.Duration) {
	t.Helper()
	out := d.wire.packets()
	switch d.as.Send {
	case DigitsBySignaling:
		return d.signaled.String(), d.gone
	case DigitsAsTones:
		return digitsIn(t, soundOf(t, partyOf(d.format), out))
	}
	for i, s := range readDigits(t, out, eventPT(d.format)) {
		digits += s.Digit
		lengths = append(lengths, time.Duration(s.Units)*time.Second/time.Duration(d.format.clock()))
		if s.Ends != 3 || !s.Marked || s.Segments != 1 {
			t.Errorf("digit %d: %+v", i, s)
		}
	}
	return digits, lengths
}

func partyOf(f format) party { return party{format: f, pt: testCodec(f).PayloadType} }

func checkLengths(t *testing.T, what string, all []time.Duration, want time.Duration, odd int) {
	t.Helper()
	for _, l := range all {
		if (l - want).Abs() > 20*time.Millisecond {
			if odd--; odd < 0 {
				t.Errorf("%s: one lasted %v, want %v", what, l, want)
			}
		}
	}
}

// keypads are senders that do things in their own way.
var keypads = map[string]keypad{
	"as it should be":     {step: 20, length: 100, pause: 60},
	"short":               {step: 20, length: 60, pause: 60},
	"fast":                {step: 20, length: 60, pause: 40},
	"sparse":              {step: 50, length: 100, pause: 60},
	"ends spaced":         {step: 20, length: 60, pause: 60, spaced: true},
	"no marker":           {step: 20, length: 60, pause: 60, unmarked: true, fromNought: true},
	"nothing between":     {step: 20, length: 60, pause: 60, mute: true},
	"clock stands still":  {step: 20, length: 80, pause: 600, mute: true, still: true},
	"still and no marker": {step: 20, length: 80, pause: 60, mute: true, still: true, unmarked: true},
	"long pauses":         {step: 20, length: 100, pause: 3000},
	"other sources":       {step: 20, length: 100, pause: 60, newSource: true},
	"other, no marker":    {step: 20, length: 100, pause: 40, newSource: true, unmarked: true},
}

// A digit of which any packet has come is a digit, once, in each way that the other end
// may be sent it: whatever its sender leaves out, whatever of it is lost.
func TestADigitOfWhichAnythingComesIsOne(t *testing.T) {
	ways := map[string]Digits{"events": {}, "tones": {Send: DigitsAsTones}, "signaling": {Send: DigitsBySignaling}}
	for name, k := range keypads {
		for way, as := range ways {
			for _, loss := range []float64{0.05, 0.20} {
				t.Run(fmt.Sprintf("%s, as %s, %v lost", name, way, loss), func(t *testing.T) {
					k := k
					k.loss, k.step, k.length, k.pause = loss, k.step*time.Millisecond, k.length*time.Millisecond, k.pause*time.Millisecond
					digits := thousand()
					switch {
					case raceEnabled:
						digits = digits[:60]
					case k.pause > time.Second:
						digits = digits[:200]
					}
					synctest.Test(t, func(t *testing.T) { stormOne(t, k, as, digits) })
				})
			}
		}
	}
}

func stormOne(t *testing.T, k keypad, as Digits, digits string) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newDigitEnd(t, e, formatPCMU, Digits{}), newDigitEnd(t, e, formatPCMU, as)
	Join(a.Endpoint, b.Endpoint)
	came := k.dial(t, a.testLeg, formatPCMU, digits, rand.New(rand.NewPCG(4, 20)))
	time.Sleep(10 * time.Second)
	synctest.Wait()
	if k.loss < 0.1 && came != digits {
		t.Fatalf("of %d digits %d came", len(digits), len(came))
	}
	if got := a.told.String(); got != came {
		t.Errorf("%d digits were told, want the %d that came", len(got), len(came))
	}
	got, lengths := b.sent(t)
	if got != came {
		t.Errorf("%d digits were sent on, want the %d that came", len(got), len(came))
	}
	odd := 0
	if k.loss > 0.1 { // all but the first packet may be lost
		odd = 5
	}
	checkLengths(t, "told", a.lengths, k.length, odd)
	if as.Send != DigitsAsTones { // which last for 60 ms at least
		checkLengths(t, "sent on", lengths, k.length, odd)
	}
	_ = e.Close()
}

// The sequence and the timestamps wrap at any place of a digit.
func TestADigitInWhichNumbersWrapIsOne(t *testing.T) {
	const digits = "55512"
	for i := range 120 {
		k := keypad{
			step: 20 * time.Millisecond, length: 100 * time.Millisecond, pause: 40 * time.Millisecond,
			seq: uint16(65536 - i), ts: -uint32(i) * 80, unmarked: i%2 == 0,
		}
		synctest.Test(t, func(t *testing.T) { stormOne(t, k, Digits{}, digits) })
	}
}

// The figure to hold, for all pairs of ways: a thousand digits each way at the same time,
// one packet in twenty lost, some doubled and late: none lost, none doubled, lengths within
// 20 ms.
func TestAThousandDigitsEachWayForAllPairs(t *testing.T) {
	if raceEnabled {
		t.Skip("hours of sound, on one goroutine: without the race detector, in make plain")
	}
	ways := []digitWay{
		{"events", formatPCMU, Digits{}},
		{"events of Opus", formatOpus, Digits{}},
		{"tones", formatPCMA, Digits{Send: DigitsAsTones, Listen: true}},
		{"signaling", formatPCMU, Digits{Send: DigitsBySignaling}},
	}
	for i, x := range ways {
		for _, y := range ways[i:] {
			t.Run(x.name+" and "+y.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					e := newTestEngine(t, Config{Workers: 1})
					a, b := newDigitEnd(t, e, x.format, x.as), newDigitEnd(t, e, y.format, y.as)
					Join(a.Endpoint, b.Endpoint)
					done := make(chan struct{})
					for n, of := range [][2]*digitEnd{{a, b}, {b, a}} {
						go func() {
							of[0].dialAll(t, of[1], uint64(n))
							done <- struct{}{}
						}()
					}
					<-done
					<-done
					time.Sleep(10 * time.Second)
					synctest.Wait()
					for _, of := range [][2]*digitEnd{{a, b}, {b, a}} {
						checkThousand(t, of[0], of[1])
					}
					_ = e.Close()
				})
			})
		}
	}
}

// dialAll has this end press a thousand digits of 100 ms in its way.
func (d *digitEnd) dialAll(t *testing.T, other *digitEnd, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 7))
	switch {
	case d.as.Send == DigitsBySignaling:
		for _, c := range thousand() {
			d.told.WriteByte(byte(c))
			if err := other.SendDigit(Digit(c), 100*time.Millisecond); err != nil {
				t.Error(err)
			}
			time.Sleep(180 * time.Millisecond)
		}
	case d.as.Listen:
		for i, c := range thousand() {
			pause := time.Duration(80+i*7%20) * time.Millisecond
			d.dialTones(t, d.format, string(c), 100*time.Millisecond, pause, func() bool { return rnd.Float64() < 0.05 })
		}
	default:
		k := keypad{step: 20 * time.Millisecond, length: 100 * time.Millisecond, pause: 80 * time.Millisecond, loss: 0.05}
		k.dial(t, d.testLeg, d.format, thousand(), rnd)
	}
}

func checkThousand(t *testing.T, from, to *digitEnd) {
	t.Helper()
	digits := thousand()
	if got := from.told.String(); got != digits {
		t.Errorf("%d digits were told, want the 1000", len(got))
	}
	odd := 0
	if from.as.Listen { // of a tone that ends in a hole of 40 ms nobody knows its length
		odd = 10
	}
	checkLengths(t, "told", from.lengths, 100*time.Millisecond, odd)
	if from.as.Listen && to.as.Send == DigitsAsTones {
		return // the sound goes on as it is, holes and all
	}
	got, lengths := to.sent(t)
	if got != digits {
		t.Errorf("%d digits were sent on, want the 1000", len(got))
	}
	checkLengths(t, "sent on", lengths, 100*time.Millisecond, odd)
}
