package media

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

// sender is a far end in a simulation: its clock, its way to us, its voice.
type sender struct {
	length time.Duration
	packet time.Duration                  // sound in a packet; 0 is 20 ms
	drift  float64                        // of its clock against ours, 1e-6 is 1 ppm
	delay  func(n int) time.Duration      // on the way, of its n-th packet
	lost   func(n int) bool               // on the way
	step   func(n int) uint32             // by which its timestamps leap before a packet
	voice  func(at float64) float64       // of its own time in s, -1 to 1
	talks  func(at time.Duration) bool    // DTX: nothing is sent while it does not
	seen   func(now int64, in *roomInput) // of each tick
}

// arriving is a packet on its way.
type arriving struct {
	h  header
	b  []byte
	at int64
}

// packets are those of a whole simulation in the order in which they come.
func (s *sender) packets() []arriving {
	var all []arriving
	e := codecs.NewULawEncoder()
	packet := cmp.Or(s.packet, 20*time.Millisecond)
	pcm := make([]int16, codecs.Rate8k.Samples(packet))
	h := header{seq: 65000, ts: 1 << 31}
	for n := 0; ; n++ {
		own := time.Duration(n) * packet
		if own >= s.length {
			break
		}
		sent := int64(float64(own+packet) / (1 + s.drift))
		if s.step != nil {
			h.ts += s.step(n)
		}
		if s.talks == nil || s.talks(own) {
			for i := range pcm {
				pcm[i] = int16(32000 * s.voice(own.Seconds()+float64(i)/8000))
			}
			b := make([]byte, len(pcm))
			_, _ = e.Encode(b, pcm)
			if s.delay != nil {
				sent += int64(s.delay(n))
			}
			if s.lost == nil || !s.lost(n) {
				all = append(all, arriving{h, b, sent})
			}
			h.seq++
		}
		h.ts += uint32(len(pcm))
	}
	slices.SortStableFunc(all, func(a, b arriving) int { return int(a.at - b.at) })
	return all
}

// hear runs a simulation and returns what the room hears of it, at rate.
func (s *sender) hear(rate int) ([]int16, *counts) {
	in := &roomInput{engines: &engines{codecs.NewPool(0)}, count: &counts{}}
	in.setRate(rate)
	var out []int16
	coming := s.packets()
	for now := int64(7 * ms); now < int64(s.length); now += tickLength {
		for len(coming) > 0 && coming[0].at <= now {
			in.push(&coming[0].h, formatPCMU, coming[0].b, coming[0].at)
			coming = coming[1:]
		}
		out = append(out, in.next(now)...)
		if s.seen != nil {
			s.seen(now, in)
		}
	}
	return out, in.count
}

// tone is a sine as loud as a voice.
func tone(hz float64) func(float64) float64 {
	return func(at float64) float64 { return 0.2 * math.Sin(2*math.Pi*hz*at) }
}

// clicks counts the places where pcm, a sine of hz, is not what a sine would be
// by more than limit.
func clicks(pcm []int16, hz float64, rate int, limit float64) (n int, worst float64) {
	c := 2 * math.Cos(2*math.Pi*hz/float64(rate))
	last := -rate
	for i := 2; i < len(pcm); i++ {
		e := math.Abs(float64(pcm[i]) - c*float64(pcm[i-1]) + float64(pcm[i-2]))
		worst = max(worst, e)
		if e > limit && i > last+rate/100 {
			n, last = n+1, i
		}
	}
	return n, worst
}

// delayOf is how late the room plays what came, beside the least it could.
func delayOf(now int64, in *roomInput) time.Duration {
	j := &in.jitter
	return time.Duration(now + in.ahead() + tickLength - j.due - j.base)
}

func TestDriftIsAbsorbedWithoutClicks(t *testing.T) {
	if raceEnabled {
		t.Skip("minutes of sound, on one goroutine: without the race detector, in make plain")
	}
	for _, c := range []struct {
		name  string
		drift float64
	}{{"fast by 200 ppm", 200e-6}, {"slow by 200 ppm", -200e-6}, {"fast by 1000 ppm", 1e-3}, {"none", 0}} {
		t.Run(c.name, func(t *testing.T) {
			var least, most time.Duration = time.Hour, 0
			s := sender{
				length: 10 * time.Minute, drift: c.drift, voice: tone(440),
				seen: func(now int64, in *roomInput) {
					if now > int64(40*time.Second) && now < int64(9*time.Minute+50*time.Second) {
						d := delayOf(now, in)
						least, most = min(least, d), max(most, d)
					}
				},
			}
			out, count := s.hear(8000)
			if most-least > 25*time.Millisecond || most > 60*time.Millisecond {
				t.Errorf("the delay was %v to %v", least, most)
			}
			if n, worst := clicks(out[8000:len(out)-8000], 440, 8000, 900); n > 0 {
				t.Errorf("%d clicks, up to %.0f", n, worst)
			}
			if n := count.concealed.Load() + count.late.Load(); n > 0 {
				t.Errorf("%d packets were made up or late", n)
			}
			if c.drift == 0 && most-least > 2*time.Millisecond {
				t.Errorf("without drift the delay was %v to %v", least, most)
			}
		})
	}
}

func TestDriftIsAbsorbedInPauses(t *testing.T) {
	var most time.Duration
	s := sender{
		length: 2 * time.Minute, drift: 500e-6, voice: tone(300),
		talks: func(at time.Duration) bool { return at%(4*time.Second) < 3*time.Second },
		seen: func(now int64, in *roomInput) {
			if now > int64(5*time.Second) && in.talker.on && now%int64(4*time.Second) < int64(2*time.Second) {
				most = max(most, delayOf(now, in))
			}
		},
	}
	out, _ := s.hear(8000)
	if most > 60*time.Millisecond {
		t.Errorf("the delay came to %v", most)
	}
	if n, worst := clicks(out[8000:], 300, 8000, 2500); n > 70 { // two edges each pause, made up a little
		t.Errorf("%d clicks, up to %.0f", n, worst)
	}
}

func TestJitterIsWaitedForAndForgotten(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var quiet, rough, after time.Duration
	s := sender{
		length: 90 * time.Second, voice: tone(440),
		delay: func(n int) time.Duration {
			if n < 500 || n > 1500 {
				return 0
			}
			return time.Duration(r.IntN(100)) * time.Millisecond
		},
		seen: func(now int64, in *roomInput) {
			switch now / int64(time.Second) {
			case 9:
				quiet = time.Duration(in.jitter.target)
			case 29:
				rough = time.Duration(in.jitter.target)
			case 85:
				after = delayOf(now, in)
			}
		},
	}
	_, count := s.hear(16000)
	if quiet > 25*time.Millisecond {
		t.Errorf("the target without jitter is %v", quiet)
	}
	if rough < 100*time.Millisecond || rough > 140*time.Millisecond {
		t.Errorf("the target with jitter of 100 ms is %v", rough)
	}
	if after > 60*time.Millisecond {
		t.Errorf("55 s after it the delay is still %v", after)
	}
	if n := count.late.Load() + count.concealed.Load(); n > 30 {
		t.Errorf("%d of 4500 packets were late or made up", n)
	}
}

func TestLossIsMadeUp(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	lost := 0
	s := sender{length: time.Minute, voice: tone(400), lost: func(n int) bool {
		if r.IntN(20) != 0 || n < 10 {
			return false
		}
		lost++
		return true
	}}
	out, count := s.hear(8000)
	if n := int(count.concealed.Load()); n < lost*8/10 || n > lost+2 {
		t.Errorf("%d packets were made up, %d lost", n, lost)
	}
	gap, worst := 0, 0
	for _, v := range out[8000 : len(out)-8000] {
		if gap++; v > 300 || v < -300 {
			gap = 0
		}
		worst = max(worst, gap)
	}
	if worst > 40*8 {
		t.Errorf("a gap of %d ms", worst/8)
	}
}

func TestClockStepsLeaveNothingBehind(t *testing.T) {
	for _, step := range []time.Duration{time.Hour, -time.Hour, 1500 * time.Millisecond, -1500 * time.Millisecond, 300 * time.Millisecond, -300 * time.Millisecond} {
		var delay time.Duration
		s := sender{
			length: 30 * time.Second, voice: tone(440),
			step: func(n int) uint32 {
				if n == 500 {
					return uint32(int32(step / time.Millisecond * 8))
				}
				return 0
			},
			seen: func(now int64, in *roomInput) { delay = delayOf(now, in) },
		}
		out, _ := s.hear(8000)
		if p := power(out[20*8000:21*8000], 440, 8000); p < 5000 {
			t.Errorf("after a step of %v the tone has amplitude %.0f", step, p)
		}
		if delay > 100*time.Millisecond {
			t.Errorf("after a step of %v the delay is %v", step, delay)
		}
	}
}

func TestAStallIsCaughtUp(t *testing.T) {
	var after time.Duration
	s := sender{
		length: 20 * time.Second, voice: tone(440),
		delay: func(n int) time.Duration { // all packets of 0.6 s come at once at its end
			return max(0, time.Duration(250+30-n)*20*time.Millisecond) * time.Duration(boolInt(n >= 250))
		},
		seen: func(now int64, in *roomInput) {
			if now < int64(14*time.Second) {
				after = delayOf(now, in)
			}
		},
	}
	out, _ := s.hear(16000)
	if after > 230*time.Millisecond {
		t.Errorf("8 s after the stall the delay is %v", after)
	}
	if n, worst := clicks(out[16000*6:], 440, 16000, 500); n > 3 {
		t.Errorf("%d clicks, up to %.0f", n, worst)
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestRoomInputAllocatesNothing(t *testing.T) {
	s := sender{length: time.Minute, voice: tone(440), drift: 2e-3}
	coming := s.packets()
	in := &roomInput{engines: &engines{codecs.NewPool(0)}, count: &counts{}}
	in.setRate(16000)
	now := int64(0)
	tick := func() {
		now += tickLength
		for len(coming) > 0 && coming[0].at <= now {
			in.push(&coming[0].h, formatPCMU, coming[0].b, coming[0].at)
			coming = coming[1:]
		}
		in.next(now)
	}
	for range 200 {
		tick()
	}
	if n := testing.AllocsPerRun(1000, tick); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}
