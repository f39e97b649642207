package leg

import (
	"errors"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

const sdpType = "application/sdp"

// openMedia makes the leg's media endpoint. offering says that the first offer
// is ours.
func (l *leg) openMedia(offering bool) error {
	o := media.Options{
		Call: string(l.call), Leg: string(l.id), Offering: offering, Toward: l.flow.Remote().Addr(), Log: l.log, Opus: l.core.policy().Opus,
		Events: media.Events{
			Connected: func() { l.owner.Post(func() { l.connected = true }) },
			Lost:      func() { l.owner.Post(func() { l.mediaLost(true) }) },
			FirstMedia: func(pt uint8) {
				if out, ok := l.self.(*Outgoing); ok {
					out.owner.Post(func() { out.undescribed(pt) })
				}
			},
			KeyFrame: func() { l.owner.Post(l.askKeyFrame) },
			Silent:   func() { l.owner.Post(func() { l.mediaLost(false) }) },
			Digit: func(d media.Digit, length time.Duration) {
				l.arrived(func() { l.inMedia(d, length) })
			},
			Signal: func(d media.Digit, length time.Duration) {
				l.owner.Post(func() { l.inform(d, length) })
			},
		},
	}
	var err error
	l.media, err = l.core.newEndpoint(l.profile, o)
	return err
}

// role is our DTLS role towards a description (RFC 8842 §5.3): the client where
// we may choose, since then nobody waits for anybody. Once agreed it stays.
func (l *leg) role(r *sdp.Remote) sdp.Setup {
	if s := l.session.Agreed(); s != nil && s.Setup != sdp.SetupNone && !r.NewFingerprint && !r.NewAssociation {
		return s.Setup
	}
	if r.Setup == sdp.Active || l.profile == sdp.Plain && l.behindNAT(r) {
		return sdp.Passive
	}
	return sdp.Active
}

// behindNAT says whether a telephone describes another host than it is reached at:
// a ClientHello of ours would go nowhere then.
func (l *leg) behindNAT(r *sdp.Remote) bool {
	return r.RTP.IsValid() && r.RTP.Addr().Unmap() != l.flow.Remote().Addr().Unmap() && inside(r.RTP.Addr())
}

// local is what our next description says; offer is what it answers, nil for one
// that offers.
func (l *leg) local(codecs []sdp.Codec, offer *sdp.Remote) sdp.Local {
	d := sdp.SendRecv
	if l.holding {
		d = sdp.SendOnly
	}
	local := l.media.Local(codecs, d)
	l.packets(&local)
	local.Lines = l.media.LocalLines(l.linesNow(offer))
	local.NoAudio = offer == nil && faxes(local.Lines)
	local.Events = local.Events && l.eventful()
	local.SafeKeys = l.flow.Kind().Secure()
	if secure := l.core.policy().Secure; secure != nil {
		local.Secure = secure(l.peerUser, l.peerTrunk)
	}
	return local
}

// acceptable says whether a telephone's offer can be answered with what is wished
// of encryption, before anybody is rung.
func (in *Incoming) acceptable() error {
	if in.profile != sdp.Plain {
		return nil
	}
	return in.session.Acceptable(in.local(in.wish(nil).codecs(), in.offer))
}

// prepare starts ICE and DTLS with what the far end's description says.
func (l *leg) prepare(r *sdp.Remote) error { return l.media.Prepare(r, l.role(r)) }

// answerOffer answers the pending offer and puts the agreement to work.
func (l *leg) answerOffer(r *sdp.Remote, codecs []sdp.Codec) ([]byte, error) {
	local := l.local(codecs, r)
	local.Setup = l.role(r)
	body, stream, err := l.session.Answer(local)
	if err != nil {
		return nil, err
	}
	return body, l.apply(stream)
}

// apply puts an agreed stream to work and tells the call when the far end has
// begun or ended a hold.
func (l *leg) apply(s *sdp.Stream) error {
	before := l.session.Agreed()
	if err := l.media.Apply(s); err != nil {
		return err
	}
	l.digits.stream = s
	l.chooseDigits()
	if !s.Send.IsZero() {
		l.spoken = s.Send
	}
	if l.state == confirmed && before != nil && !before.Send.Matches(s.Send) {
		l.resuit()
	}
	if held := s.Remote.Held && s.Line(sdp.KindImage, 0) == nil; held != l.held { // a fax goes on
		l.held = held
		l.owner.Changed(l.self, held)
	}
	return nil
}

// causeOfOffer turns an error of the negotiation into what the far end is told.
func causeOfOffer(err error) tandem.Cause {
	c := tandem.FromStatus(488, "")
	var n *sdp.NegotiationError
	if errors.As(err, &n) {
		c = tandem.FromStatus(n.Status, "")
		c.Detail = n.Text
		return c
	}
	c.Detail = err.Error()
	return c
}

// warningOf is the code of the Warning that an error of the negotiation is told
// with (RFC 3261 §20.43).
func warningOf(err error) int {
	var n *sdp.NegotiationError
	if errors.As(err, &n) {
		return n.Warning
	}
	return sdp.WarnOther
}

// warn appends a Warning; a zero code means 399.
func warn(res *sip.Response, code int, text string) {
	if code == 0 || code == sdp.WarnOther {
		sipmsg.Warning(res, text)
		return
	}
	text, _ = sipmsg.Clean(text)
	res.AppendHeader(sip.NewHeader("Warning", strconv.Itoa(code)+` tandem "`+sipmsg.Quote(text)+`"`))
}

// causeOfAnswer turns an error about the answer of a called far end into what the
// caller is told. That it cannot be read is not the caller's fault: a 400 would
// say that it is.
func causeOfAnswer(err error) tandem.Cause {
	c := causeOfOffer(err)
	var n *sdp.NegotiationError
	if !errors.As(err, &n) || n.Status != 488 {
		detail := c.Detail
		c = tandem.FromStatus(502, "")
		c.Detail = detail
	}
	return c
}

// description returns the session description in a message: nil where there is
// no body, an error where the body is something else and has none among its parts.
func description(m sip.Message) ([]byte, error) {
	if len(m.Body()) == 0 {
		return nil, nil
	}
	if body := sipmsg.Body(m, sdpType); body != nil {
		return body, nil
	}
	return nil, errNotSDP
}

var errNotSDP = errors.New("the body is not application/sdp")

// setDescription puts a session description into a message.
func setDescription(m interface {
	AppendHeader(sip.Header)
	SetBody([]byte)
}, body []byte,
) {
	t := sip.ContentTypeHeader(sdpType)
	m.AppendHeader(&t)
	m.SetBody(body)
}
