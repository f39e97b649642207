package verdict

import (
	"fmt"
	"net/netip"
	"time"
)

// settled is how long after the answer sound is given to come before its absence is a
// fault: ICE, DTLS and a slow telephone take their time.
const settled = 2 * time.Second

// Judge says what is to be said of a call.
func Judge(e Evidence) Verdict {
	v := Verdict{Call: string(e.Call), State: e.state(), Directions: []Direction{}, Chips: []Chip{}}
	if !e.Answered.IsZero() {
		v.Directions = e.directions()
	}
	e.conclude(&v)
	v.Chips = append(v.Chips, e.chips(v.Directions)...)
	return v
}

func (e *Evidence) state() string {
	switch {
	case e.Ended.IsZero() && e.Answered.IsZero():
		return "ringing"
	case e.Ended.IsZero():
		return "talking"
	case e.Answered.IsZero():
		return "failed"
	}
	return "ended"
}

// talked is how long the parties could hear each other.
func (e *Evidence) talked() time.Duration {
	end := e.Ended
	if end.IsZero() {
		end = e.Now
	}
	if e.Answered.IsZero() || end.Before(e.Answered) {
		return 0
	}
	return end.Sub(e.Answered)
}

// directions walks from the caller to whom it talks with, and back.
func (e *Evidence) directions() []Direction {
	var a, b *Leg
	if len(e.Legs) > 0 {
		a = &e.Legs[0]
	}
	if len(e.Legs) > 1 {
		b = &e.Legs[1]
	}
	if a == nil {
		return []Direction{}
	}
	return []Direction{e.walk(a, b), e.walk(b, a)}
}

// conclude gives the call as a whole the first broken direction's words, or says why
// it came to nothing.
func (e *Evidence) conclude(v *Verdict) {
	var worst *Direction
	for i := range v.Directions {
		d := &v.Directions[i]
		if d.Broken >= 0 && (worst == nil || worst.Fault == FaultHold || d.Broken < worst.Broken && d.Fault != FaultHold) {
			worst = d
		}
	}
	alg, lost := byDetail(name(e.last()), e.Cause)
	switch {
	case v.State == "ended" && lost && e.Cause.Status == 408:
		alg.to(v)
	case worst != nil:
		v.Fault, v.Sentence, v.Cure, v.Howto = worst.Fault, worst.Sentence, worst.Cure, worst.Howto
	case v.State == "failed":
		e.refused().to(v)
	case v.State == "ringing":
		v.Sentence = "Nobody has answered yet."
		if n := len(e.Attempts); n > 0 {
			e.refusedBy(&e.Attempts[n-1]).to(v)
		}
	case e.talked() < settled:
		v.Sentence = "The call was too short for a word about its sound."
		if v.State == "talking" {
			v.Sentence = "The call has just been answered; ask again in a moment."
		}
	case len(v.Directions) == 0:
		v.Sentence = "Nothing is known of its sound."
	default:
		v.Sentence = "Sound goes both ways as far as is seen from here."
		if len(e.Legs) == 1 {
			v.Sentence = "Sound comes in as far as is seen from here; the gateway is the other party."
		}
	}
}

// last is the party that the call ended with, as far as it is known.
func (e *Evidence) last() *Leg {
	if len(e.Legs) == 0 {
		return nil
	}
	return &e.Legs[len(e.Legs)-1]
}

// inside says that an address is of no use to who is elsewhere: also 100.64.0.0/10,
// which carriers have behind their own NAT (RFC 6598).
func inside(a netip.Addr) bool {
	a = a.Unmap()
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10)
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || shared.Contains(a)
}

// astray says that an address is of a private net, and who is to use it is not.
func astray(a, from netip.Addr) bool {
	return a.IsValid() && from.IsValid() && inside(a) && !inside(from)
}

// words are a fault in words.
type words struct {
	fault                 Fault
	sentence, cure, howto string
}

func (w words) to(v *Verdict) {
	v.Fault, v.Sentence, v.Cure, v.Howto = w.fault, w.sentence, w.cure, w.howto
}

// inMS is a length of time for people.
func inMS(d time.Duration) string {
	return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
}

// plural counts for people: "1 packet", "2 packets".
func plural(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
