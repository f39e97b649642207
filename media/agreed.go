package media

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/tandemgw/tandem/media/sdp"
)

// Agreed is what a leg's descriptions say of its sound, as whoever looks for a fault
// needs it beside what has come and gone.
type Agreed struct {
	// Known says that an offer and its answer were put to work; what follows is
	// without meaning before, but for Announced.
	Known bool
	// Sends says that we may send, Receives that the far end may, Expected that it
	// should: it is neither on hold nor does it only listen.
	Sends, Receives, Expected bool
	// Held says that the far end does not want to hear anything (RFC 3264 §8.4).
	Held bool
	// Announced is the address that the far end was told to send to; zero at
	// browsers, which are told of several.
	Announced netip.Addr
	// Described is where the far end says that it wants its sound; zero at browsers,
	// and where it named none.
	Described netip.AddrPort
	// Toward is where the far end's signaling comes from.
	Toward netip.Addr
	// Candidates are the addresses that a browser offered for ICE, as
	// "host 192.0.2.7 udp", at most maxShownCandidates.
	Candidates []string
}

// maxShownCandidates bounds what is kept of the candidates of a browser.
const maxShownCandidates = 8

// learn changes what is known of the agreement. It is called where offers and answers
// are handled, one at a time; readers see the one before or the one after.
func (ep *Endpoint) learn(f func(*Agreed)) {
	var a Agreed
	if old := ep.agreed.Load(); old != nil {
		a = *old
	}
	f(&a)
	a.Toward = ep.o.Toward
	ep.agreed.Store(&a)
}

// learnStream notes an agreement.
func (ep *Endpoint) learnStream(t *terms, s *sdp.Stream) {
	ep.learn(func(a *Agreed) {
		a.Known, a.Sends, a.Receives, a.Expected, a.Held = true, t.sends, t.receives, t.expected, s.Remote.Held
		if ep.plain != nil && s.Remote.RTP.IsValid() && !s.Remote.RTP.Addr().IsUnspecified() {
			a.Described = s.Remote.RTP
		}
	})
}

// learnCandidates notes what a browser offers for ICE.
func (ep *Endpoint) learnCandidates(all []string) {
	var shown []string
	for _, c := range all[:min(len(all), maxShownCandidates)] {
		if text := candidateWords(c); text != "" {
			shown = append(shown, text)
		}
	}
	ep.learn(func(a *Agreed) { a.Candidates = shown })
}

// candidateWords gives "host 192.0.2.7 udp" of a candidate (RFC 8839 §5.1):
//
//	1 1 udp 2113937151 192.0.2.7 54400 typ host
func candidateWords(c string) string {
	f := strings.Fields(strings.TrimPrefix(c, "candidate:"))
	i := slices.Index(f, "typ")
	if i < 6 || i+1 >= len(f) || len(f[4]) > 64 || len(f[i+1]) > 8 || len(f[2]) > 4 {
		return ""
	}
	return f[i+1] + " " + f[4] + " " + strings.ToLower(f[2])
}
