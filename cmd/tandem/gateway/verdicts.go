package gateway

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/bridge/casebook"
	"github.com/tandemgw/tandem/bridge/verdict"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
)

// known is what is known of a call that goes on or is over, with how its media goes.
func (g *Gateway) known(ctx context.Context, id string) (casebook.Case, []bridge.Measure, bool) {
	c, ok := g.book.Find(id)
	if !ok {
		return c, nil, false
	}
	if !c.Ended.IsZero() {
		return c, c.Measures, true
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	live, ok := g.bridge.Measure(ctx, c.ID)
	if !ok { // it has ended meanwhile
		if c, ok = g.book.Find(string(c.ID)); ok {
			live = c.Measures
		}
	}
	return c, live, ok
}

// judge implements api.Judge.
type judge struct {
	g  *Gateway
	mu sync.Mutex // guards what follows; held while chips are made, so that they are made once
	at time.Time
	// chips are those of the calls that there were at that time.
	chips map[string][]string
}

// freshChips is how long chips are good for: the lists of many consoles ask for them.
const freshChips = time.Second

// Verdict implements api.Judge.
func (j *judge) Verdict(ctx context.Context, id string) (verdict.Verdict, bool) {
	c, live, ok := j.g.known(ctx, id)
	if !ok {
		return verdict.Verdict{}, false
	}
	return verdict.Judge(c.Evidence(time.Now(), live, machine.Addrs())), true
}

// Chips implements api.Judge.
func (j *judge) Chips() map[string][]string {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := time.Now()
	if now.Sub(j.at) < freshChips {
		return j.chips
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	own, chips := machine.Addrs(), make(map[string][]string)
	for id, live := range j.g.bridge.Measures(ctx) {
		if c, ok := j.g.book.Find(string(id)); ok {
			v := verdict.Judge(c.Evidence(now, live, own))
			chips[string(id)] = v.Names()
		}
	}
	j.at, j.chips = now, chips
	return chips
}

// Detail implements api.Judge: one call in detail, also after its end.
func (j *judge) Detail(ctx context.Context, id string) (admin.CallDetail, bool) {
	g := j.g
	c, measures, ok := g.known(ctx, id)
	if !ok {
		return admin.CallDetail{}, false
	}
	v := verdict.Judge(c.Evidence(time.Now(), measures, machine.Addrs()))
	d := admin.CallDetail{Call: caseView(&c), Quality: []admin.Quality{}, Marks: v.Chips}
	if live, ok := g.board.find(string(c.ID)); ok {
		d.Call = live
	}
	d.Chips = v.Names()
	for _, m := range measures {
		d.Legs = append(d.Legs, legView(m))
		d.Quality = append(d.Quality, qualityOf(m, c.Phone(m.Leg))...)
	}
	return d, true
}

// caseView is a call that is over as the list would show it.
func caseView(c *casebook.Case) admin.Call {
	return admin.Call{
		ID: string(c.ID), From: c.From, To: c.To, With: c.With, State: "ended", Since: c.Began, Talked: c.Answered, Ended: c.Ended, Result: c.Cause.String(),
	}
}

// qualityOf are the two directions of a leg, with what its phone says of them.
func qualityOf(m bridge.Measure, phone *verdict.Phone) []admin.Quality {
	l, s := legView(m), &m.Stats
	both := admin.Quality{
		Leg: l.ID, Party: l.Party, RoundTripMS: l.RoundTripMS, Pair: strings.TrimSpace(l.Local + " " + l.Remote + " " + s.Way.Kind),
		State: l.State, Keys: l.Keys, Profile: l.Profile, ICEMS: wording.Milliseconds(s.Way.ICETime), DTLSMS: wording.Milliseconds(s.Way.DTLSTime),
	}
	in, out := both, both
	in.Direction, in.Sound, in.LossPercent = "in", l.Says, lossPercent(l.Says)
	out.Direction, out.Sound, out.LossPercent = "out", l.Hears, lossPercent(l.Hears)
	in.Estimate, out.Estimate = in.MOS > 0, out.MOS > 0
	if phone != nil {
		in.Browser, out.Browser = &phone.Says, &phone.Hears
		for _, q := range []*admin.Quality{&in, &out} {
			q.BrowserRoundTripMS, q.Warnings = phone.RoundTripMS, phone.Warnings
		}
	}
	return []admin.Quality{in, out}
}

// lossPercent is the share that was lost or came too late, to a hundredth.
func lossPercent(s admin.Sound) float64 {
	missed, all := float64(max(s.Lost, 0)), float64(s.Packets)
	if all+missed == 0 {
		return 0
	}
	return math.Round(min(100*(missed+float64(s.Late))/(all+missed), 100)*100) / 100
}

// phoneStats keeps what the phone of a signed-in user says of its call. The error is
// admin.ErrNotFound where there is no such call of his.
func (g *Gateway) phoneStats(user string, p verdict.Phone) error {
	owns := func(call tandem.CallID, leg tandem.LegID, user string) bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		all, ok := g.bridge.Measure(ctx, call)
		if c, known := g.book.Find(string(call)); !ok && known {
			all = c.Measures
		}
		return casebook.Owner(all, leg, user)
	}
	switch err := g.book.Report(user, p, time.Now(), owns); err {
	case casebook.ErrNoLeg, casebook.ErrOtherUser: // which of them is nobody's business
		return fmt.Errorf("%w: there is no call of yours with that callId", admin.ErrNotFound)
	default:
		return err
	}
}
