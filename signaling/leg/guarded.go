package leg

import (
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/guard"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// guarded asks the guard about a request, before anything is done for it, and says
// whether that is the end of it: the source is banned, a stranger that is left
// unanswered, or sends too much. Who is in a call with us is only asked whether he is
// banned.
func (s *Server) guarded(tx *txn.Server, req *sip.Request) bool {
	g := s.core.Guard
	if g == nil {
		return false
	}
	f := tx.Flow()
	if g.Banned(f.Remote().Addr()) {
		tx.Drop()
		return true
	}
	if tag, ok := sipmsg.Param(req.To().Params, "tag"); ok && tag != "" {
		if !g.Stranger(f) {
			return false
		}
		l, bound := s.core.find(req.CallID().Value(), tag)
		if l != nil && s.core.standingOf(l, bound, f) != stranger {
			return false
		}
		tx.Drop()
		return true
	}
	if g.Silent(f, req, guard.Ours{ByName: s.core.byName, Proved: s.core.proved}) {
		tx.Drop()
		return true
	}
	if g.Admit(time.Now(), f, req.Method) {
		return false
	}
	s.core.Counters.Flooded.Add(1)
	if !f.Kind().Stream() { // the answer might go to somebody whose address was forged
		tx.Drop()
		return true
	}
	res := respond(tx, 503, "Service Unavailable")
	sipmsg.Warning(res, "too many requests from this address: limits, per_source")
	sipmsg.RetryAfter(res, 5)
	_ = tx.RespondOnce(res)
	return true
}

// byName says whether a host is the domain itself, not one of our addresses.
func (c *Core) byName(host string) bool { return strings.EqualFold(host, c.Domain) }

// proved says whether requests of a method are judged by their credentials.
func (c *Core) proved(m sip.RequestMethod) bool { return m == sip.INVITE || c.other(m) != nil }

// mayCall says whether a user may begin one more call, and refuses the call
// otherwise.
func (s *Server) mayCall(tx *txn.Server, user string) bool {
	c, why := s.core, ""
	switch u, _ := c.Users.Find(user); {
	case u.MaxCalls > 0 && c.callsOf(user) >= u.MaxCalls:
		why = "max_calls of user " + user + " is reached"
	case c.Guard != nil && len(u.HA1) > 0 && !c.Guard.Call(time.Now(), user): // without a password anybody is this user
		why = "too many calls of this user a second: limits, per_user"
	default:
		return true
	}
	res := respond(tx, 503, "Service Unavailable")
	sipmsg.Warning(res, why)
	sipmsg.RetryAfter(res, 5)
	_ = tx.Respond(res)
	return false
}

// callsOf is how many calls a user has under way that he has made.
func (c *Core) callsOf(user string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.callers[user]
}

// Mute says whether a far end is told nothing outside of transactions.
func (c *Core) Mute(f *flow.Flow) bool { return c.Guard != nil && c.Guard.Stranger(f) }

// unproved answers a request whose credentials do not do, but not a stranger that is
// left unanswered.
func (s *Server) unproved(tx *txn.Server, status int, reason, why string) {
	if s.core.Mute(tx.Flow()) {
		tx.Drop()
		return
	}
	refuseOnce(tx, status, reason, why)
}
