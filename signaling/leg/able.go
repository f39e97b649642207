package leg

import (
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/txn"
)

// headed is a message that takes header fields.
type headed interface{ AppendHeader(sip.Header) }

// introduce writes into a message what we can do (RFC 3261 §20.5, §20.37), less the
// extensions that are not for this far end.
func (c *Core) introduce(m headed, without ...string) {
	m.AppendHeader(sip.NewHeader("Allow", c.ability.Allow()))
	var tags []string
	for _, t := range c.ability.Extensions {
		if !slices.Contains(without, t) {
			tags = append(tags, t)
		}
	}
	if len(tags) > 0 {
		m.AppendHeader(sip.NewHeader("Supported", strings.Join(tags, ", ")))
	}
}

// reliable says what is configured of reliable provisional responses.
func (l *leg) reliable() trunk.Reliable {
	if t := l.core.Trunks.Serving(l.peerTrunk); t != nil {
		return t.Config().Reliable
	}
	return trunk.ReliableSupported
}

// heardOf remembers what the far end says that it can do.
func (l *leg) heardOf(m sip.Message) {
	if m.GetHeaders("Allow") != nil {
		l.shows.allows = true
		l.updates = sipmsg.Has(m, "Allow", string(sip.UPDATE))
		if takes := sipmsg.Has(m, "Allow", string(sip.INFO)); takes != l.digits.takes {
			l.digits.takes = takes
			l.chooseDigits()
		}
	}
	if m.GetHeaders("Supported") != nil {
		l.shows.changes = sipmsg.Has(m, "Supported", tagFromChange)
	}
}

// asksReliable says what an INVITE wants of provisional responses (RFC 3262 §3).
func asksReliable(req *sip.Request) (supported, required bool) {
	required = sipmsg.Has(req, "Require", dialog.TagReliable)
	return required || sipmsg.Has(req, "Supported", dialog.TagReliable), required
}

// beyond refuses an INVITE that asks for what would silently be left out: to join a
// call, which takes a conference (RFC 3911 §4), or a proxy that knows an extension
// that we, who stand in a proxy's place, do not know (RFC 3261 §20.29).
func (c *Core) beyond(tx *txn.Server, req *sip.Request) bool {
	if req.GetHeader("Join") != nil {
		refuse(tx, 488, "Not Acceptable Here", "Join is not supported: two parties talk, and there are no conferences")
		return true
	}
	var unknown []string
	for _, tag := range sipmsg.List(req, "Proxy-Require") {
		if !strings.EqualFold(tag, "privacy") && !slices.Contains(c.ability.Extensions, strings.ToLower(tag)) {
			clean, _ := sipmsg.Clean(tag)
			unknown = append(unknown, clean)
		}
	}
	if len(unknown) == 0 {
		return false
	}
	res := respond(tx, 420, "Bad Extension")
	res.AppendHeader(sip.NewHeader("Unsupported", strings.Join(unknown, ", ")))
	warn(res, 0, "Proxy-Require names extensions that are not known here")
	_ = tx.Respond(res)
	return true
}
