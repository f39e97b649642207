package message

import (
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/uac"
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

// place is where one copy of a letter is sent.
type place struct {
	dest   uac.Destination
	uri    sip.Uri // the Request-URI
	to     sip.Uri
	from   sipmsg.NameAddr
	routes []sip.Uri
	// others are further flows to the same device, to be tried one after the other
	// (RFC 5626 §5.3).
	others []place
	// present adds what else tells who writes; nil for nothing.
	present func(*sip.Request)
}

// writer returns what writes a copy of a letter for each attempt to send it (RFC
// 3428 §4): nothing of the sender's header is in it. There is no Contact, since
// there is no dialog.
func (l letter) writer(to place) func(*flow.Flow) *sip.Request {
	callID, tag, seq := sip.CallIDHeader(sipmsg.CallID()), sipmsg.Tag(), uint32(0)
	return func(*flow.Flow) *sip.Request {
		seq++
		req := sip.NewRequest(sip.MESSAGE, *to.uri.Clone())
		from := &sip.FromHeader{DisplayName: sipmsg.Quote(to.from.Name), Address: to.from.URI, Params: sip.NewParams()}
		from.Params.Add("tag", tag)
		hops := sip.MaxForwardsHeader(l.hops)
		for _, r := range to.routes {
			req.AppendHeader(&sip.RouteHeader{Address: r})
		}
		req.AppendHeader(from)
		req.AppendHeader(&sip.ToHeader{Address: to.to, Params: sip.NewParams()})
		req.AppendHeader(&callID)
		req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: sip.MESSAGE})
		req.AppendHeader(&hops)
		req.AppendHeader(sip.NewHeader("Date", date(l.at)))
		if to.present != nil {
			to.present(req)
		}
		req.AppendHeader(sip.NewHeader("Content-Type", l.typ))
		req.SetBody(l.body)
		return req
	}
}

// date writes a time as RFC 3261 §20.17 wants it: always in GMT.
func date(t time.Time) string { return t.UTC().Format("Mon, 02 Jan 2006 15:04:05") + " GMT" }

// places are where devices are reached.
func (s *Service) places(l letter, user string, devices [][]registrar.Binding) []place {
	from := sipmsg.NameAddr{Name: l.from.Name, URI: s.identity(l.from.User)}
	var out []place
	for _, flows := range devices {
		var one []place
		for _, b := range flows {
			one = append(one, place{dest: uac.Destination{Flow: b.Flow}, uri: b.Contact, to: s.identity(user), from: from, routes: b.Path})
		}
		one[0].others = one[1:]
		out = append(out, one[0])
	}
	return out
}

// outside is the place of a number at a trunk, where the sender is shown as the
// trunk is told who calls.
func (s *Service) outside(src dialplan.Source, l letter, t Target) (place, tandem.Cause) {
	to := s.trunk(t.Trunk)
	if to == nil {
		return place{}, refused(500, "there is no trunk "+t.Trunk)
	}
	who := trunk.Caller{Address: l.from}
	if src.Kind == dialplan.FromUser {
		who.User = src.Name
	}
	name, uri := to.Calling(who)
	number := to.URI(t.Number)
	return place{
		dest: to.Destination(who.User), uri: number, to: number, from: sipmsg.NameAddr{Name: name, URI: uri}, routes: to.Routes(who.User),
		present: func(req *sip.Request) { to.Present(req, who) },
	}, tandem.Cause{}
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
