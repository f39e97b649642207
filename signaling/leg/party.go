package leg

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/txn"
)

// standing says what a flow may do in a dialog. Who has sniffed the identifiers of a
// dialog may do nothing in it.
type standing uint8

const (
	stranger standing = iota // to it there is no such dialog
	unproven                 // it may be the leg's user elsewhere: it has to prove that
	party                    // it is the leg's far end
)

// standingOf says what a flow may do in the dialog of a leg that is bound to another
// one: trunks may use all their addresses, whoever has no name but an address that
// address, and users every connection on which the same device has registered. A
// user's phone that has moved is asked for its password.
func (c *Core) standingOf(l *leg, bound, f *flow.Flow) standing {
	if bound.Key() == f.Key() {
		return party
	}
	if t := c.Trunks.Serving(l.peerTrunk); t != nil {
		return trusted(samePlace(bound, f) || t.Owns(f) && notLessSecure(bound, f))
	}
	if l.peerUser == "" {
		return trusted(samePlace(bound, f))
	}
	if user, ok := c.Registrar.Identity(f, l.peerUser); ok { // the connection of somebody that is known
		return trusted(user == l.peerUser && (l.instance == "" || c.Registrar.Instance(f, user) == l.instance))
	}
	for _, b := range c.Registrar.Lookup(time.Now(), l.peerUser) {
		if b.Flow.Key() == f.Key() {
			return party
		}
	}
	if u, ok := c.Users.Find(l.peerUser); !ok || len(u.HA1) == 0 { // there is no password to ask for
		return trusted(samePlace(bound, f))
	}
	return unproven
}

func trusted(yes bool) standing {
	if yes {
		return party
	}
	return stranger
}

// samePlace says that two flows lead to the same address, on whatever port, and
// neither to a browser, and that the second is not less secure.
func samePlace(bound, f *flow.Flow) bool {
	return !browser(bound) && !browser(f) && bound.Remote().Addr().Unmap() == f.Remote().Addr().Unmap() && notLessSecure(bound, f)
}

func notLessSecure(bound, f *flow.Flow) bool { return f.Kind().Secure() || !bound.Kind().Secure() }

func browser(f *flow.Flow) bool { return f.Kind() == flow.WS || f.Kind() == flow.WSS }

// admits says whether a request within a dialog may go to its leg, and refuses it
// otherwise: 401 asks a user who has moved for the password (RFC 3261 §22.1), and
// where it is right the dialog follows.
func (s *Server) admits(tx *txn.Server, req *sip.Request, l *leg, as standing) bool {
	if as != unproven {
		return as == party
	}
	user, ok := s.prove(tx, req)
	if !ok {
		return false
	}
	if user != l.peerUser {
		s.core.Counters.Forbidden.Add(1)
		refuse(tx, 403, "Forbidden", "the call is another user's")
		return false
	}
	return true
}

// mayAcknowledge says whether an ACK counts, which nobody can be asked about: from
// the far end, or from where it was before a NAT gave it another port, and then it
// must say nothing.
func mayAcknowledge(as standing, bound, f *flow.Flow, req *sip.Request) bool {
	return as == party || as == unproven && samePlace(bound, f) && len(req.Body()) == 0
}
