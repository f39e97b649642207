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

// beeps notes when each of the beeps begins that are heard, one a second.
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
	if n := len(p.heard); n == 0 || at.Sub(p.heard[n-1]) > 500*time.Millisecond {
		p.heard = append(p.heard, at)
	}
}

// BenchmarkDrift lets a caller whose clock runs 200 millionths fast beep into a room
// for minutes: how long a beep takes to the other one stays what it was.
func BenchmarkDrift(b *testing.B) {
	g := startGateway(b, peers.FreePort(b))
	p := &beeps{}
	from, err := dial(g.sip, "801", 1, nil)
	if err != nil {
		b.Fatal(err)
	}
	to, err := dial(g.sip, "801", 2, p.hear)
	if err != nil {
		b.Fatal(err)
	}
	var sent []time.Time
	var all sync.WaitGroup
	all.Go(func() {
		clock(200, *drift, func(n int) {
			if n%50 == 0 { // a packet leaves when the last of it has been said
				sent = append(sent, time.Now().Add(-20*time.Millisecond))
			}
			if n%50 < 5 {
				from.send(loud())
				return
			}
			from.send(silence())
		})
	})
	all.Go(func() { clock(0, *drift, func(int) { to.send(silence()) }) })
	all.Wait()
	peers.Pause(time.Second)
	p.mu.Lock()
	delays := delaysOf(sent, p.heard)
	p.mu.Unlock()
	if len(delays) < len(sent)*9/10 || len(delays) < 10 {
		b.Fatalf("of %d beeps %d were heard", len(sent), len(delays))
	}
	const edge = 15 // beeps
	begin, end := median(delays[min(5, len(delays)/4):][:min(edge, len(delays)/4)]), median(delays[len(delays)-min(edge, len(delays)/4):])
	b.Logf("%d of %d beeps heard; from mouth to ear %v at the beginning and %v after %v", len(delays), len(sent), begin, end, *drift)
	b.ReportMetric(float64((end-begin).Microseconds())/1000, "ms-drifted")
	b.ReportMetric(0, "ns/op")
	if d := (end - begin).Abs(); d > 25*time.Millisecond {
		b.Errorf("the delay has moved by %v", d)
	}
	_, _ = from.hangUp(), to.hangUp()
}

// delaysOf are the delays of the beeps that were heard within half a second.
func delaysOf(sent, heard []time.Time) (all []time.Duration) {
	for _, s := range sent {
		i := slices.IndexFunc(heard, func(h time.Time) bool { return h.After(s) })
		if i >= 0 && heard[i].Sub(s) < 500*time.Millisecond {
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
