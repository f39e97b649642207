package leg

import (
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// Identify finds out who sent a request that makes no dialog of ours, and answers
// the request itself where it cannot: then false. It is for Others.
func (s *Server) Identify(tx *txn.Server, req *sip.Request) (dialplan.Source, bool) {
	return s.identify(tx, req)
}

// identify finds out who calls, and answers the request itself where it cannot.
// A trunk is known by its address or by the Contact that we registered with it, a
// user by the connection that it registered
// on, or by digest (RFC 3261 §22.3).
func (s *Server) identify(tx *txn.Server, req *sip.Request) (dialplan.Source, bool) {
	c := s.core
	f := tx.Flow()
	if t := c.Trunks.At(f, req); t != nil {
		tx.Vouch()
		return dialplan.Source{Kind: dialplan.FromTrunk, Name: t.Name()}, true
	}
	user, ok := c.Registrar.Identity(f, req.From().Address.User)
	if !ok {
		if user, ok = s.prove(tx, req); !ok {
			return dialplan.Source{}, false
		}
	}
	if from := req.From().Address.User; !strings.EqualFold(from, user) {
		c.Counters.Forbidden.Add(1)
		refuse(tx, 403, "Forbidden", "the From user is not the one whose password was given")
		return dialplan.Source{}, false
	}
	return dialplan.Source{Kind: dialplan.FromUser, Name: user}, true
}

// prove checks the credentials of a request, and challenges or refuses it where
// they do not do.
func (s *Server) prove(tx *txn.Server, req *sip.Request) (string, bool) {
	c := s.core
	if from := req.From().Address.User; c.policy().Open {
		if u, ok := c.Users.Find(from); ok && len(u.HA1) == 0 {
			return u.Name, true
		}
	}
	now, header := time.Now(), credentials(req)
	if header != "" && c.Registrar.Guessing(now, tx.Flow()) {
		s.unproved(tx, 403, "Forbidden", "too many wrong passwords from this address: wait a minute")
		return "", false
	}
	source := tx.Flow().Remote().Addr().String()
	result := c.Verifier.Verify(now, digest.Request{
		Method: string(req.Method), URI: req.Recipient.String(), Source: source, Header: header,
	}, func(user string) ([]digest.HA1, bool) {
		u, ok := c.Users.Find(user)
		return u.HA1, ok
	})
	if result.Outcome == digest.OK {
		tx.Vouch()
		c.Challenges.Answered(tx.Flow())
		return result.User, true
	}
	c.Counters.Unauthorized.Add(1)
	switch result.Outcome {
	case digest.Wrong, digest.UnknownUser:
		c.Registrar.Guessed(now, tx.Flow())
		s.unproved(tx, 403, "Forbidden", "wrong user or password")
		return "", false
	case digest.Malformed:
		s.unproved(tx, 400, "Bad Request", result.Reason)
		return "", false
	}
	if result.Outcome != digest.Stale && c.Mute(tx.Flow()) {
		tx.Drop()
		return "", false
	}
	// A call goes on to somebody else, and is challenged as a proxy would; what is
	// for ourselves as its server does (RFC 3261 §22).
	status, field := 407, "Proxy-Authenticate"
	if _, within := sipmsg.Param(req.To().Params, "tag"); within || c.other(req.Method) != nil {
		status, field = 401, "WWW-Authenticate"
	}
	res := respond(tx, status, "")
	for _, v := range c.Verifier.Challenge(now, source, c.Challenges.Choose(tx.Flow(), sipmsg.Value(req, "User-Agent")), result.Outcome == digest.Stale) {
		res.AppendHeader(sip.NewHeader(field, v))
	}
	_ = tx.RespondOnce(res)
	return "", false
}

func credentials(req *sip.Request) string {
	for _, name := range []string{"Proxy-Authorization", "Authorization"} {
		if h := req.GetHeader(name); h != nil {
			return h.Value()
		}
	}
	return ""
}
