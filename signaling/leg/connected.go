package leg

import (
	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/trunk"
)

// tagFromChange is the option tag of who takes another From in mid-call (RFC 4916 §5).
const tagFromChange = "from-change"

// connected is who is at the other end, as each end is told (RFC 4916). A user's device is
// told by P-Asserted-Identity of an UPDATE, and by From where it takes that; so
// is a trunk that is believed, in the fields that it has its callers in; nobody else is.
// What a far end says of itself counts where it is such a trunk.
//
//	A                 here                  B, then C
//	|<======= talk ====|========= talk =====>| B
//	|                  |<------ REFER C -----| B
//	|<======= talk ====|========= talk =====>| C
//	|<- UPDATE, PAI C -|
type connected struct {
	told    tandem.Address // whom the far end sees; of a caller's leg only the number that it dialed
	news    bool           // it was told in mid-call: each later change says so again
	changes bool           // it takes another From
	allows  bool           // it has said which methods it takes; JsSIP that is called does not
	tries   bool           // UPDATE is tried, though it has not said that it takes it
}

// sees reports whether the far end sees somebody already.
func (c *connected) sees(who tandem.Address) bool {
	t := c.told
	return t.User == who.User && t.Private == who.Private && (t.Name == who.Name || !c.news && t.Name == "")
}

// Connected implements bridge.Leg.
func (l *leg) Connected(who tandem.Address) {
	t := l.core.Trunks.Serving(l.peerTrunk)
	switch {
	case l.state != confirmed || who == tandem.Address{} || l.shows.sees(who):
		return
	case t == nil && (l.peerTrunk != "" || l.peerUser == ""):
		return
	case t != nil && (!t.Config().Trust || !l.shows.changes && !t.Asserts()):
		return
	}
	l.shows.told, l.shows.news = who, true
	if l.shows.changes {
		from := l.core.calling(who)
		if t != nil {
			from.Name, from.URI = t.Calling(trunk.Caller{Address: who})
		}
		l.dialog.SetLocal(from.URI, sipmsg.Quote(from.Name))
	}
	if l.shows.tries = !l.shows.allows && !l.shows.changes; l.updates || l.shows.changes || l.shows.tries {
		l.change.refresh = true // the session stays as it is
		l.reoffer()
	} // else it learns it with whatever comes next
}

// identify writes into a request of ours who is at the other end now.
func (l *leg) identify(req *sip.Request) {
	if !l.shows.news {
		return
	}
	if l.peerTrunk != "" {
		if t := l.core.Trunks.Serving(l.peerTrunk); t != nil && t.Config().Trust {
			t.Present(req, trunk.Caller{Address: l.shows.told, Called: !l.self.Called()})
		}
		return
	}
	req.AppendHeader(sip.NewHeader("P-Asserted-Identity", l.core.calling(l.shows.told).String()))
	if l.shows.told.Private {
		req.AppendHeader(sip.NewHeader("Privacy", "id"))
	}
}

// renamed takes what the far end says of who it is in a request that it has been answered:
// our requests to it name it so, and the other party hears of it from who is believed alone.
func (l *leg) renamed(req *sip.Request) {
	if l.shows.changes {
		l.dialog.SetRemote(req.From())
	}
	if l.asserts(req) {
		l.owner.Renamed(l.self)
	}
}

// asserts takes what the far end says of who it is in a request or in an answer, and reports
// whether that is another one than was known, from who is believed.
func (l *leg) asserts(m sip.Message) bool {
	t := l.core.Trunks.Serving(l.peerTrunk)
	if t == nil {
		return false
	}
	who, ok := t.Connected(m)
	if !ok || who == l.party {
		return false
	}
	l.party = who
	return true
}

// answeredBy takes what a 200 says of who has answered: a PBX's group has the number of the
// member there (RFC 3325 §9.1). Where it says nothing, an UPDATE before it may have. The number
// that was called is no news.
func (out *Outgoing) answeredBy(res *sip.Response) {
	number, none := out.party.User, tandem.Address{}
	said := out.rings != none
	if said {
		out.party = out.rings
	}
	if said = out.asserts(res) || said; said && out.party.User != number {
		out.owner.Renamed(out)
	}
}

// renamedEarly implements the leg's side of requests: who is rung is known of each fork by itself,
// and counts if that one answers.
func (out *Outgoing) renamedEarly(d *dialog.Dialog, req *sip.Request) {
	t := out.core.Trunks.Serving(out.peerTrunk)
	if t == nil {
		return
	}
	for _, e := range out.forks {
		if who, ok := t.Connected(req); ok && e.dialog == d {
			e.party = who
		}
	}
}

// renamedEarly implements the leg's side of requests: a PBX has sent its caller on.
func (in *Incoming) renamedEarly(_ *dialog.Dialog, req *sip.Request) { in.renamed(req) }
