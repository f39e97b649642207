package cdr

import (
	"cmp"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
)

const (
	// maxAttempts and maxLegs bound a record: a call may be sent on for ever.
	maxAttempts = 64
	maxLegs     = 16
	// oneWayFrom is from how many packets the other way, and oneWayAfter from what
	// length of a talk, silence is remarkable: a second's and a few seconds.
	oneWayFrom  = 50
	oneWayAfter = 3 * time.Second
)

// gathering is a call that has not ended, as far as its events have told.
type gathering struct {
	record  Record
	called  map[tandem.LegID]bool // the legs seen, and whether we have called them; at most maxAttempts
	ringing time.Time             // since when a branch rings
	refused tandem.Cause          // the last that a far end has said
	heard   []time.Time           // when the legs with media were first heard; zero for never
}

func newGathering(e *bridge.Event) *gathering {
	return &gathering{
		record: Record{CallID: e.Call, Start: e.At.UTC(), Direction: Own},
		called: make(map[tandem.LegID]bool),
	}
}

// take adds an event.
func (g *gathering) take(e *bridge.Event) {
	r := &g.record
	if e.Leg != "" && len(g.called) < maxAttempts {
		g.called[e.Leg] = e.Called
	}
	switch e.Kind {
	case bridge.Incoming:
		g.incoming(e)
	case bridge.Originated:
		g.originated(e)
	case bridge.Routed:
		r.RouteRow = cmp.Or(r.RouteRow, e.Row)
		r.Normalized = cmp.Or(r.Normalized, e.Number)
		r.Dialed = cmp.Or(r.Dialed, e.To)
	case bridge.Calling:
		g.calling(e)
	case bridge.Ringing, bridge.Early:
		g.alerting(e)
	case bridge.Answered:
		g.answered(e)
	case bridge.Declined:
		g.declined(e)
	case bridge.Transferred:
		r.TransferOf = cmp.Or(string(e.By), r.TransferOf)
		r.ParentID = cmp.Or(r.ParentID, e.Joins)
	case bridge.Measured:
		g.measured(e)
	case bridge.Recording:
		r.Recording = cmp.Or(r.Recording, e.File)
	}
}

func (g *gathering) incoming(e *bridge.Event) {
	r := &g.record
	r.FromNumber, r.FromName, r.Dialed = e.Party.User, e.Party.Name, e.To
	for _, d := range e.Diverted {
		by := Diversion{User: d.User, Host: d.Host, Reason: cmp.Or(d.Reason, "unknown")}
		if d.Counter > 1 {
			by.Counter = d.Counter
		}
		r.Diverted = append(r.Diverted, by)
	}
	switch e.From.Kind {
	case dialplan.FromUser:
		r.Direction, r.FromUser = Internal, e.From.Name
	case dialplan.FromTrunk:
		r.Direction, r.FromTrunk = Inbound, e.From.Name
	}
}

// originated is incoming for a call that the gateway makes: whom it rings first is whom it is
// from, and the way is its own.
func (g *gathering) originated(e *bridge.Event) {
	g.incoming(e)
	g.record.Direction = Own
}

func (g *gathering) calling(e *bridge.Event) {
	g.record.To, g.record.Trunk = e.Target.String(), trunkOf(e.Target)
	g.attempt(Attempt{Target: e.Target.String(), Leg: e.Leg, Transport: e.Path, Start: e.At.UTC()})
}

func trunkOf(t dialplan.Target) string {
	if t.Kind == dialplan.TargetTrunk {
		return t.Name
	}
	return ""
}

func (g *gathering) attempt(a Attempt) {
	if len(g.record.Attempts) < maxAttempts {
		g.record.Attempts = append(g.record.Attempts, a)
	}
}

// attemptOf is the attempt of a leg; nil for none.
func (g *gathering) attemptOf(l tandem.LegID) *Attempt {
	for i := range g.record.Attempts {
		if a := &g.record.Attempts[i]; l != "" && a.Leg == l {
			return a
		}
	}
	return nil
}

func (g *gathering) alerting(e *bridge.Event) {
	if a := g.attemptOf(e.Leg); a != nil && a.RingMS == 0 {
		a.RingMS = e.At.Sub(a.Start).Milliseconds()
	}
	if g.record.PDDMS == 0 {
		g.record.PDDMS = e.At.Sub(g.record.Start).Milliseconds()
	}
	if g.ringing.IsZero() {
		g.ringing = e.At
	}
}

func (g *gathering) answered(e *bridge.Event) {
	r := &g.record
	if a := g.attemptOf(e.Leg); a != nil {
		a.Answered = true
		r.To = a.Target
		r.Trunk = ""
		if rest, is := strings.CutPrefix(a.Target, "trunk:"); is {
			r.Trunk, _, _ = strings.Cut(rest, " ")
		}
	}
	if !r.Answer.IsZero() {
		return
	}
	r.Answer = e.At.UTC()
	if r.PDDMS == 0 {
		r.PDDMS = e.At.Sub(r.Start).Milliseconds()
	}
	g.rang(e.At)
}

// rang notes how long it has rung.
func (g *gathering) rang(until time.Time) {
	if !g.ringing.IsZero() && g.record.RingMS == 0 {
		g.record.RingMS = until.Sub(g.ringing).Milliseconds()
	}
}

func (g *gathering) declined(e *bridge.Event) {
	if a := g.attemptOf(e.Leg); a != nil {
		a.SIPCode, a.Q850, a.Reason = e.Cause.Status, e.Cause.Q850, e.Cause.Words()
		g.refused = e.Cause
		return
	}
	if target := e.Target; target.Kind != 0 {
		if len(g.record.Attempts) == 0 {
			g.record.To, g.record.Trunk = target.String(), trunkOf(target)
		}
		g.attempt(Attempt{Target: target.String(), Start: e.At.UTC(), SIPCode: e.Cause.Status, Q850: e.Cause.Q850, Reason: e.Cause.Words()})
	}
}

func (g *gathering) measured(e *bridge.Event) {
	if e.Stats == nil || len(g.record.Legs) >= maxLegs {
		return
	}
	s := e.Stats
	l := Leg{
		ID: e.Leg, Side: "a", Party: e.Party.String(), User: e.User, SIPCallID: e.Ref, Transport: e.Path,
		Codec: cmp.Or(s.Received.Codec, s.Sent.Codec), MOSIn: tenth(s.Received.MOS), MOSOut: tenth(s.Sent.MOS),
		JitterMS: inMilliseconds(s.Received.Jitter), RoundTripMS: inMilliseconds(s.RoundTrip),
		PacketsIn: s.Received.Packets, PacketsOut: s.Sent.Packets,
	}
	if e.Called {
		l.Side = "b"
	}
	if lost := s.Received.Lost; lost > 0 {
		l.Loss = tenth(100 * float64(lost) / (float64(lost) + float64(s.Received.Packets)))
	}
	l.way(&s.Way)
	for _, mos := range [2]float64{l.MOSIn, l.MOSOut} {
		if mos > 0 && (g.record.MOS == 0 || mos < g.record.MOS) {
			g.record.MOS = mos
		}
	}
	g.record.Legs = append(g.record.Legs, l)
	g.heard = append(g.heard, s.Received.First)
}

func (l *Leg) way(w *media.Way) {
	switch w.Keys {
	case "DTLS":
		l.DTLS = w.Profile
		if w.Remote.IsValid() {
			l.ICE = w.Local.String() + " - " + w.Remote.String()
		}
	case "SDES":
		l.SDES = w.Profile
	}
}

// tenth rounds to two places behind the point: more would be pretended.
func tenth(f float64) float64 { return float64(int64(f*100+0.5)) / 100 }

func inMilliseconds(d time.Duration) float64 { return tenth(float64(d) / float64(time.Millisecond)) }

// end makes the record of a call that is over.
func (g *gathering) end(e *bridge.Event) Record {
	r := &g.record
	r.End = e.At.UTC()
	if r.Answer.IsZero() || e.Talked == 0 && e.Cause.Status >= 300 { // the answer did not reach the caller
		r.Answer = time.Time{}
		g.rang(e.At)
	} else {
		r.Answer = r.End.Add(-e.Talked)
		r.BillSec = int64(e.Talked / time.Second)
		r.SetupMS = r.Answer.Sub(r.Start).Milliseconds()
		g.firstMedia()
		g.oneWay(e.Talked)
	}
	r.Duration = int64(r.End.Sub(r.Start) / time.Second)
	switch {
	case r.Trunk != "" && r.Direction == Internal:
		r.Direction = Outbound
	case r.Trunk != "" && r.Direction == Inbound:
		r.Direction = Transit
	}
	r.Reason, r.Q850, r.SIPCode = e.Cause.Words(), e.Cause.Q850, e.Cause.Status
	r.Result = resultOf(e.Cause.Status, !g.ringing.IsZero())
	if !r.Answer.IsZero() {
		r.Result, r.SIPCode = ResultAnswered, 200
	}
	r.HangupBy = g.hangupBy(e)
	return g.record
}

// firstMedia says how long after the answer both parties were heard.
func (g *gathering) firstMedia() {
	if len(g.heard) < 2 {
		return
	}
	var last time.Time
	for _, at := range g.heard {
		if at.IsZero() {
			return
		}
		if at.After(last) {
			last = at
		}
	}
	g.record.FirstMediaMS = max(last.Sub(g.record.Answer).Milliseconds(), 1)
}

func (g *gathering) oneWay(talked time.Duration) {
	if talked < oneWayAfter {
		return
	}
	for i := range g.record.Legs {
		l := &g.record.Legs[i]
		l.OneWay = l.PacketsIn == 0 && l.PacketsOut >= oneWayFrom || l.PacketsOut == 0 && l.PacketsIn >= oneWayFrom
	}
}

// resultOf is what a call that was not answered came to.
func resultOf(status int, rang bool) Result {
	switch {
	case status == 486, status == 600:
		return ResultBusy
	case status == 487:
		return ResultCanceled
	case status == 408, status == 480 && rang:
		return ResultNoAnswer
	}
	return ResultFailed
}

func (g *gathering) hangupBy(e *bridge.Event) string {
	switch {
	case e.By != "" && g.called[e.By]:
		return ByCallee
	case e.By != "":
		return ByCaller
	case g.record.Answer.IsZero() && g.refused.Status != 0 && g.refused.Status == e.Cause.Status:
		return ByCallee
	}
	return ByGateway
}
