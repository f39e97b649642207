package gateway

import (
	"context"
	"math"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/media"
)

// callViews are the calls as the board has them, with how their media goes.
func (g *Gateway) callViews() []admin.Call {
	all := g.board.list()
	if len(all) == 0 {
		return all
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	measures := g.bridge.Measures(ctx)
	for i := range all {
		for _, m := range measures[tandem.CallID(all[i].ID)] {
			all[i].Legs = append(all[i].Legs, legView(m))
		}
	}
	return all
}

// callView is one call with how its media goes; false where there is none.
func (g *Gateway) callView(id string) (admin.Call, bool) {
	one, ok := g.board.find(id)
	if !ok {
		return one, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	measures, _ := g.bridge.Measure(ctx, tandem.CallID(id))
	for _, m := range measures {
		one.Legs = append(one.Legs, legView(m))
	}
	return one, true
}

func legView(m bridge.Measure) admin.Leg {
	s := &m.Stats
	in, out := &s.Received, &s.Sent
	l := admin.Leg{
		ID: string(m.Leg), Party: m.Party.String(), Path: m.Path, Called: m.Called, Chain: s.Chain, Why: s.Why, State: s.Way.State,
		Keys: s.Way.Keys, Profile: s.Way.Profile, RoundTripMS: wording.Milliseconds(s.RoundTrip),
		Says:    soundView(in.Quality, admin.Sound{Codec: in.Codec, Packets: in.Packets, Lost: in.Lost, Late: in.Late, Concealed: in.Concealed + in.Recovered, JitterMS: wording.Milliseconds(in.Jitter)}),
		Hears:   soundView(out.Quality, admin.Sound{Codec: out.Codec, Packets: out.Packets, Lost: out.Lost, JitterMS: wording.Milliseconds(out.Jitter)}),
		Refused: in.Refused + in.Flooded + s.Way.Unauthentic + s.Way.Replayed + s.Way.Strangers + s.Way.Malformed,
	}
	if s.Way.Local.IsValid() {
		l.Local = s.Way.Local.String()
	}
	if s.Way.Remote.IsValid() {
		l.Remote = s.Way.Remote.String()
	}
	return l
}

func soundView(q media.Quality, s admin.Sound) admin.Sound {
	s.LevelDBFS, s.Loudest, s.Wideband = q.Level, q.Loudest, q.Wide
	s.R, s.MOS = math.Round(q.R*10)/10, math.Round(q.MOS*100)/100
	return s
}
