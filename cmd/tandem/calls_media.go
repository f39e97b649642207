package main

import (
	"fmt"
	"strings"

	"github.com/tandemgw/tandem/admin"
)

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
