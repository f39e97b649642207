package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
)

// callViews are the calls as the board has them, with how their media goes.
func (g *gateway) callViews() []admin.Call {
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
func (g *gateway) callView(id string) (admin.Call, bool) {
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
		Keys: s.Way.Keys, Profile: s.Way.Profile, RoundTripMS: inMS(s.RoundTrip),
		Says:    soundView(in.Quality, admin.Sound{Codec: in.Codec, Packets: in.Packets, Lost: in.Lost, Late: in.Late, Concealed: in.Concealed + in.Recovered, JitterMS: inMS(in.Jitter)}),
		Hears:   soundView(out.Quality, admin.Sound{Codec: out.Codec, Packets: out.Packets, Lost: out.Lost, JitterMS: inMS(out.Jitter)}),
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

// inMS is a length of time in milliseconds, to a hundredth.
func inMS(d time.Duration) float64 { return math.Round(float64(d)/float64(time.Millisecond)*100) / 100 }

// mediaNotes are the lines below a call that say how its media goes.
func mediaNotes(c *admin.Call) []string {
	var notes []string
	for _, l := range c.Legs {
		secured := "not encrypted"
		if l.Profile != "" {
			secured = l.Profile + " by " + l.Keys
		}
		line := "  media  " + secured
		if l.Remote != "" {
			line += ", " + strings.TrimSpace(l.State+" "+l.Remote)
		}
		if l.RoundTripMS > 0 {
			line += fmt.Sprintf(", round trip %.0f ms", l.RoundTripMS)
		}
		notes = append(notes, l.Party+"  "+l.Path, line, "  says   "+soundWords(l.Says), "  hears  "+soundWords(l.Hears))
		if l.Chain != "" {
			way := l.Chain
			if l.Why != "" {
				way += ": " + l.Why
			}
			notes = append(notes, "  way    "+way)
		}
	}
	return notes
}

func soundWords(s admin.Sound) string {
	if s.Packets == 0 {
		return "nothing yet"
	}
	text := fmt.Sprintf("%s, %d packets, %d lost, jitter %.0f ms", s.Codec, s.Packets, s.Lost, s.JitterMS)
	if s.LevelDBFS != 0 {
		text += fmt.Sprintf(", level %d dBFS", s.LevelDBFS)
	}
	if s.MOS > 0 {
		text += fmt.Sprintf(", MOS about %.1f", s.MOS)
	}
	return text
}
