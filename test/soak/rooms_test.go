package soak

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

var errUnheard = errors.New("nothing is heard")

// clock calls tick every 20 ms of a clock that runs ppm millionths fast, until the
// time is over; a tick that is late is made up for.
func clock(ppm float64, d time.Duration, tick func(n int)) {
	step(time.Duration(20e6/(1+ppm/1e6)), d, tick)
}

func step(each, all time.Duration, tick func(n int)) {
	began := time.Now()
	for n := 0; time.Since(began) < all; n++ {
		peers.Pause(time.Until(began.Add(time.Duration(n) * each)))
		tick(n)
	}
}

// beeps notes when each of the beeps begins that are heard, two a second.
type beeps struct {
	mu    sync.Mutex
	heard []time.Time
}

func (p *beeps) hear(payload []byte, at time.Time) {
	i := slices.IndexFunc(payload, func(v byte) bool { return v&0x7f < 0x38 })
	if i < 0 {
		return
	}
	at = at.Add(-time.Duration(len(payload)-i) * time.Second / 8000)
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.heard); n == 0 || at.Sub(p.heard[n-1]) > apart {
		p.heard = append(p.heard, at)
	}
}

// apart is the least that two beeps of two speakers are apart: half a second, and what
// the clocks have run apart in the quarter of an hour at the most.
const apart = 250 * time.Millisecond

// beep speaks for a time: 100 ms of every second are loud, from tick first on. It returns
// when each of the beeps began to be said.
func (c *call) beep(ppm float64, first int, d time.Duration) (sent []time.Time) {
	clock(ppm, d, func(n int) {
		switch {
		case n%50 == first: // a packet leaves when the last of it has been said
			sent = append(sent, time.Now().Add(-20*time.Millisecond))
			fallthrough
		case n%50 > first && n%50 < first+5:
			c.send(loud())
		default:
			c.send(silence())
		}
	})
	return sent
}

// BenchmarkDrift lets a caller whose clock runs 200 millionths fast beep into a room for
// minutes, and another one whose clock is right: how much longer the beeps of the one take
// to a third than those of the other stays what it was. How long they take is not the
// measure: the room waits for what comes late on a busy machine, longer when it has
// learned to and less when it has not for a while, for both alike.
func BenchmarkDrift(b *testing.B) {
	g := startGateway(b, peers.FreePort(b))
	p := &beeps{}
	var members [3]*call
	for i := range members {
		ear := p.hear
		if i < 2 {
			ear = nil
		}
		var err error
		if members[i], err = dial(g.sip, "801", i+1, ear); err != nil {
			b.Fatal(err)
		}
	}
	var sent [2][]time.Time
	var all sync.WaitGroup
	all.Go(func() { sent[0] = members[0].beep(200, 0, *drift) })
	all.Go(func() { sent[1] = members[1].beep(0, 25, *drift) })
	all.Go(func() { clock(0, *drift, func(int) { members[2].send(silence()) }) })
	all.Wait()
	peers.Pause(time.Second)
	var begin, end [2]time.Duration
	for i, who := range [...]string{"whose clock is fast", "whose clock is right"} {
		p.mu.Lock()
		delays := delaysOf(sent[i], p.heard)
		p.mu.Unlock()
		if len(delays) < len(sent[i])*9/10 || len(delays) < 10 {
			b.Fatalf("of %d beeps of who %s %d were heard", len(sent[i]), who, len(delays))
		}
		begin[i], end[i] = edges(delays)
		b.Logf("%s: %d of %d beeps heard; from mouth to ear %v at the beginning and %v after %v", who, len(delays), len(sent[i]), begin[i], end[i], *drift)
	}
	moved := (end[0] - begin[0]) - (end[1] - begin[1])
	b.ReportMetric(float64(moved.Microseconds())/1000, "ms-drifted")
	b.ReportMetric(float64((end[1]-begin[1]).Microseconds())/1000, "ms-relaxed")
	b.ReportMetric(0, "ns/op")
	if moved.Abs() > 25*time.Millisecond {
		b.Errorf("the delay of who is fast has moved by %v against the other's", moved)
	}
	for _, m := range members {
		_ = m.hangUp()
	}
}

// edges are the delays at the beginning and at the end.
func edges(delays []time.Duration) (begin, end time.Duration) {
	const edge = 15 // beeps
	n := min(edge, len(delays)/4)
	return median(delays[min(5, len(delays)/4):][:n]), median(delays[len(delays)-n:])
}

// delaysOf are the delays of the beeps that were heard before another's could be.
func delaysOf(sent, heard []time.Time) (all []time.Duration) {
	for _, s := range sent {
		i := slices.IndexFunc(heard, func(h time.Time) bool { return h.After(s) })
		if i >= 0 && heard[i].Sub(s) < apart {
			all = append(all, heard[i].Sub(s).Round(time.Microsecond))
		}
	}
	return all
}

func median(all []time.Duration) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

// BenchmarkRooms lets rooms of three telephones talk: one speaks in each, all hear.
func BenchmarkRooms(b *testing.B) {
	g := startGateway(b, peers.FreePort(b))
	var members []*call
	for r := range *rooms {
		for m := range 3 {
			c, err := dial(g.sip, fmt.Sprintf("8%03d", r), len(members), nil)
			if err != nil {
				b.Fatalf("member %d of room %d: %v", m, r, err)
			}
			members = append(members, c)
		}
	}
	before, begun := g.holds(b, "before"), make([]tally, len(members))
	for i, c := range members {
		begun[i] = c.tally()
	}
	began, late := time.Now(), 0
	step(time.Millisecond, *talking, func(n int) { // a twentieth of them each millisecond
		if time.Since(began) > time.Duration(n+20)*time.Millisecond {
			late++
		}
		for i := n % 20; i < len(members); i += 20 {
			if c := members[i]; i%3 == 0 {
				c.send(loud())
			} else {
				c.send(silence())
			}
		}
	})
	took := time.Since(began)
	worst, sum := 1.0, 0.0
	var all tally
	for i, c := range members {
		t := c.tally().less(begun[i])
		all = all.plus(t)
		share := float64(t.heard) / (took.Seconds() * 50)
		worst, sum = min(worst, share), sum+share
	}
	after := g.holds(b, "after")
	cores := (after.cpu - before.cpu) / took.Seconds()
	share, due := sum/float64(len(members)), took.Seconds()*50*float64(len(members))
	b.Logf("%d members in %d rooms: %.2f %% of the packets came, %.2f %% to who got least; %.2f %% were lost on the way, "+
		"%.2f %% the gateway was too late to send; of %d times the telephones were 20 ms late in %d; %.2f cores, %.0f MiB",
		len(members), *rooms, 100*share, 100*worst, 100*float64(all.lost)/due, 100*float64(all.unsent)/due, took.Milliseconds(), late, cores, after.memory)
	b.ReportMetric(cores, "cores")
	b.ReportMetric(100*share, "%-heard")
	b.ReportMetric(100*float64(all.lost)/due, "%-lost")
	b.ReportMetric(after.memory, "MiB")
	b.ReportMetric(0, "ns/op")
	if share < 0.95 {
		b.Errorf("%.1f %% of the packets came", 100*share)
	}
	for _, c := range members {
		_ = c.hangUp()
	}
}

// tally is what a member has heard so far, and not.
type tally struct{ heard, lost, unsent int64 }

func (c *call) tally() tally {
	return tally{c.heard.Load(), c.gaps.lost.Load(), c.gaps.unsent.Load()}
}

func (t tally) plus(o tally) tally {
	return tally{t.heard + o.heard, t.lost + o.lost, t.unsent + o.unsent}
}

func (t tally) less(o tally) tally {
	return tally{t.heard - o.heard, t.lost - o.lost, t.unsent - o.unsent}
}
