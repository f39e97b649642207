package message

import (
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// letter is one message on its way.
type letter struct {
	from tandem.Address
	at   time.Time
	typ  string
	body []byte
	hops int
	// lasts is how long it is worth something: the sender's Expires (RFC 3428 §5).
	lasts time.Duration
}

// build writes one copy of a letter (RFC 3428 §4): nothing of the sender's header
// is in it. There is no Contact, since there is no dialog.
func (s *Service) build(l letter, to Place) *sip.Request {
	req := sip.NewRequest(sip.MESSAGE, *to.URI.Clone())
	from := &sip.FromHeader{DisplayName: sipmsg.Quote(l.from.Name), Address: s.identity(l.from.User), Params: sip.NewParams()}
	from.Params.Add("tag", sipmsg.Tag())
	callID := sip.CallIDHeader(sipmsg.CallID())
	hops := sip.MaxForwardsHeader(l.hops)
	for _, r := range to.Routes {
		req.AppendHeader(&sip.RouteHeader{Address: r})
	}
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: to.To, Params: sip.NewParams()})
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: sip.MESSAGE})
	req.AppendHeader(&hops)
	req.AppendHeader(sip.NewHeader("Date", date(l.at)))
	req.AppendHeader(sip.NewHeader("Content-Type", l.typ))
	req.SetBody(l.body)
	return req
}

// date writes a time as RFC 3261 §20.17 wants it: always in GMT.
func date(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05") + " GMT" }

// device is the place of a binding.
func (s *Service) device(user string, b registrar.Binding) Place {
	return Place{Flow: b.Flow, URI: b.Contact, To: s.identity(user)}
}

// identity is the address of record that we vouch for.
func (s *Service) identity(user string) sip.Uri {
	if user == "" {
		user = "anonymous"
	}
	return sip.Uri{Scheme: "sip", User: sipmsg.EscapeUser(user), Host: sipmsg.BracketHost(s.cfg.Domain), UriParams: sip.NewParams()}
}

func itoa(n int) string { return strconv.Itoa(n) }

// refused is a Cause with what decided in words.
func refused(status int, why string) tandem.Cause {
	c := tandem.FromStatus(status, "")
	c.Detail = why
	return c
}
