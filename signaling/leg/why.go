package leg

import (
	"strings"

	"github.com/tandemgw/tandem/media/sdp"
)

// explain keeps the reason why two legs talk what they talk, and logs it when it is
// new.
func (l *leg) explain(o *leg) {
	a, b := l.session.Agreed(), o.session.Agreed()
	if a == nil || b == nil || a.Send.IsZero() || b.Send.IsZero() {
		return
	}
	why := l.reason(o, a.Send, b.Send)
	l.media.Explain(why)
	o.media.Explain(why)
	if why == l.why && why == o.why {
		return
	}
	l.why, o.why = why, why
	l.log.Info("codecs chosen", l.who(), a.Send.String(), o.who(), b.Send.String(), "because", why)
}

// reason says in words why two legs talk a and b.
func (l *leg) reason(o *leg, a, b sdp.Codec) string {
	_, takes := between(a, b)
	switch {
	case takes == passed && isOpaque(a):
		return "both telephones have " + name(a) + ", which passes as it is"
	case takes == passed && l.core.prefers() == Passthrough && a.Name != sdp.NameOpus && (l.profile == sdp.WebRTC || o.profile == sdp.WebRTC):
		if l.core.policy().Prefer == Quality {
			return "the gateway has much to decode, and both sides have " + name(a)
		}
		return "media.prefer is passthrough, and both sides have " + name(a)
	case takes == passed:
		return "both sides have " + name(a)
	case takes == impossible:
		return l.lack(b) + ", " + o.lack(a) + ", and neither can be turned into the other"
	}
	switch {
	case !l.has(b) && !o.has(a):
		return l.lack(b) + " and " + o.lack(a)
	case !l.has(b):
		return l.lack(b)
	case !o.has(a):
		return o.lack(a)
	case l.core.policy().Prefer == Quality && (keeps(l, a) || keeps(o, b)):
		return "media.prefer is quality, which keeps Opus at the browser"
	}
	return "it was agreed before the other side was there"
}

// keeps says that a leg is a browser that talks Opus.
func keeps(l *leg, c sdp.Codec) bool { return l.profile == sdp.WebRTC && c.Name == sdp.NameOpus }

// has says whether the far end is known to have a codec, and may talk it.
func (l *leg) has(c sdp.Codec) bool { return meets(l.voice().can, []sdp.Codec{c}) }

// lack says that the far end does not have a codec.
func (l *leg) lack(c sdp.Codec) string {
	if named := l.namedCodecs(); len(named) > 0 {
		return l.who() + " is configured for " + strings.ToUpper(strings.Join(named, ", "))
	}
	can := l.voice().can
	if len(can) == 1 {
		return l.who() + " talks " + name(can[0]) + " only"
	}
	return l.who() + " has " + list(can) + ", not " + name(c)
}

// name is a codec for people.
func name(c sdp.Codec) string {
	text, _, _ := strings.Cut(c.String(), "/")
	if text == sdp.NameOpus {
		return "Opus"
	}
	return text
}
