package verdict

import (
	"fmt"
	"strings"
	"time"

	"github.com/tandemgw/tandem/media"
)

// Limits of the chips.
const (
	lowMOS    = 3.5
	slowSetup = 3 * time.Second
	shortCall = 5 * time.Second
)

// chips are the marks of a call, the worst first.
func (e *Evidence) chips(directions []Direction) []Chip {
	var all []Chip
	add := func(name, howto, format string, args ...any) {
		all = append(all, Chip{name, fmt.Sprintf(format, args...), howto})
	}
	if !e.Answered.IsZero() && e.talked() >= settled {
		e.silent(directions, add)
	}
	if text := e.codec(); text != "" {
		add(ChipCodec, howtoCodec, "%s", text)
	}
	for i := range e.Legs {
		l := &e.Legs[i]
		if a := &l.Stats.Agreed; a.Described.IsValid() && astray(a.Described.Addr(), a.Toward) {
			add(ChipNAT, howtoNAT, "%s names the private address %s, its signaling comes from %s", l.Party, a.Described.Addr(), a.Toward)
			break
		}
	}
	e.quality(add)
	return all
}

// adder adds a chip.
type adder func(name, howto, format string, args ...any)

// silent finds no-rtp and one-way: whose sound should be there and is not.
func (e *Evidence) silent(directions []Direction, add adder) {
	var heard, missed []string
	for i := range e.Legs {
		l := &e.Legs[i]
		switch {
		case l.Stats.Received.Packets > 0:
			heard = append(heard, l.Party)
		case l.Held || l.Parked || !l.Stats.Agreed.Known:
		case l.Stats.Agreed.Expected:
			missed = append(missed, l.Party)
		}
	}
	for i := range directions {
		d := &directions[i]
		if d.Broken < 0 || d.Fault == FaultHold {
			continue
		}
		switch hop := d.Hops[d.Broken].Name; {
		case hop == HopAgreed, hop == HopHold, hop == HopDecrypted, hop == HopPayload, d.Fault == FaultNotHeard, hop == HopSent:
			if len(heard) > 0 && len(missed) == 0 {
				add(ChipOneWay, howtoOneWay, "%s is not heard by %s: %s", d.From, d.To, d.Hops[d.Broken].Evidence)
				return
			}
		}
	}
	switch {
	case len(missed) == 0:
	case len(heard) == 0:
		add(ChipNoRTP, howtoNoAudio, "no sound came from %s", strings.Join(missed, " nor from "))
	default:
		add(ChipOneWay, howtoOneWay, "no sound came from %s", strings.Join(missed, ", "))
	}
}

// codec says what is amiss with codecs; empty for nothing.
func (e *Evidence) codec() string {
	for _, a := range e.Attempts {
		switch a.Cause.Status {
		case 488, 606, 415:
			return fmt.Sprintf("%s has no codec in common with us", a.Party)
		}
	}
	if e.Answered.IsZero() {
		switch e.Cause.Status {
		case 488, 606, 415:
			return "the caller has no codec in common with us"
		}
	}
	for i := range e.Legs {
		s := &e.Legs[i].Stats
		if n := s.Received.Unknown; n > 10 && n > s.Received.Packets/5 {
			return fmt.Sprintf("%s sends payload type %d, which was not agreed", e.Legs[i].Party, s.Received.UnknownType)
		}
		if in, out := voice(s.Received.Codec), voice(s.Sent.Codec); in != "" && out != "" && in != out && s.Received.Packets > enoughPackets {
			return fmt.Sprintf("%s sends %s and gets %s", e.Legs[i].Party, in, out)
		}
	}
	return ""
}

// voice is the name of a codec of voice; empty for what is none, such as comfort noise.
func voice(codec string) string {
	name, _, _ := strings.Cut(strings.ToLower(codec), "/")
	switch name {
	case "opus", "pcmu", "pcma", "g722", "l16", "g729":
		return name
	}
	return ""
}

// quality finds low-mos, slow-setup and short.
func (e *Evidence) quality(add adder) {
	worst, text := lowMOS, ""
	for i := range e.Legs {
		l := &e.Legs[i]
		for _, d := range []struct {
			what string
			n    uint64
			q    media.Quality
		}{
			{"the sound of " + l.Party, l.Stats.Received.Packets, l.Stats.Received.Quality},
			{"what " + l.Party + " hears", l.Stats.Sent.Packets, l.Stats.Sent.Quality},
		} {
			if d.n > enoughPackets && d.q.MOS > 0 && d.q.MOS < worst {
				worst, text = d.q.MOS, fmt.Sprintf("%s: MOS about %.1f (an estimate by the E-model)", d.what, d.q.MOS)
			}
		}
	}
	if text != "" {
		add(ChipLowMOS, howtoChoppy, "%s", text)
	}
	if !e.Alerted.IsZero() && e.Alerted.Sub(e.Began) > slowSetup {
		add(ChipSlowSetup, howtoSetup, "%.1f s until it rang or was answered", e.Alerted.Sub(e.Began).Seconds())
	}
	if !e.Answered.IsZero() && !e.Ended.IsZero() && e.talked() < shortCall {
		add(ChipShort, howtoDrops, "talked %.1f s only", e.talked().Seconds())
	}
}
