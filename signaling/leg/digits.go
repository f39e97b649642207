package leg

import (
	"fmt"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sdp"
)

const (
	// maxInforming bounds the digits that wait to be sent by INFO.
	maxInforming = 32
	// sameKey is how soon after a digit the same one by another way is the same
	// press: some phones send both RFC 4733 and INFO.
	sameKey = 600 * time.Millisecond
)

// How the configuration says that a far end takes digits.
const (
	dtmfEvents = "rfc4733"
	dtmfInfo   = "info"
	dtmfInband = "inband"
	dtmfAuto   = "auto"
)

// digits is what a leg knows of how its far end sends and takes digits. It belongs
// to the call's goroutine.
type digits struct {
	stream *sdp.Stream // agreed; nil before
	takes  bool        // the far end's Allow has INFO
	kind   string      // the type of its bodies; "" while it has sent none
	deaf   bool        // it has refused digits by INFO
	queue  []pressed   // to be sent by INFO, the first being under way
	media  pressed     // the last one that came in the media
	signal pressed     // the last one that came by INFO
	twice  bool        // it sends each digit both ways
}

// pressed is a digit and when it was.
type pressed struct {
	digit  media.Digit
	length time.Duration
	at     time.Time
}

// dtmf is how the far end takes digits, as configured: a trunk's where it has one,
// RFC 4733 unless it says otherwise; a user's, auto unless it says otherwise.
func (l *leg) dtmf() string {
	if l.wishes.dtmf != "" {
		return l.wishes.dtmf
	}
	if t := l.core.Trunks.Serving(l.peerTrunk); t != nil {
		if way := t.Config().DTMF; way != "" {
			return way
		}
		return dtmfEvents
	}
	if l.peerUser != "" && l.core.Users != nil {
		if u, ok := l.core.Users.Find(l.peerUser); ok && u.DTMF != "" {
			return u.DTMF
		}
	}
	return dtmfAuto
}

// eventful says whether our descriptions name telephone-event: a far end that takes
// it sends it.
func (l *leg) eventful() bool {
	switch l.dtmf() {
	case dtmfInfo, dtmfInband:
		return false
	}
	return true
}

// chooseDigits tells the media how digits go, after each agreement. With auto they go
// as RFC 4733 where that is agreed. Else they are tones, sent and looked for, in
// codecs that carry tones; in others they go by INFO to a far end that allows it.
func (l *leg) chooseDigits() {
	s := l.digits.stream
	if s == nil || l.media == nil {
		return
	}
	d := media.Digits{}
	switch way := l.dtmf(); {
	case way == dtmfInfo && !l.digits.deaf:
		d.Send = media.DigitsBySignaling
	case way == dtmfInband:
		d = media.Digits{Send: media.DigitsAsTones, Listen: true}
	case way == dtmfAuto && !s.SendEvent.IsZero():
	case way == dtmfAuto && carriesTones(s.Send):
		d = media.Digits{Send: media.DigitsAsTones, Listen: true}
	case way == dtmfAuto && l.digits.takes && !l.digits.deaf:
		d.Send = media.DigitsBySignaling
	}
	l.media.SetDigits(d)
}

// carriesTones says whether a codec leaves tones as they are.
func carriesTones(c sdp.Codec) bool {
	switch c.Name {
	case sdp.NamePCMU, sdp.NamePCMA, sdp.NameG722, sdp.NameL16:
		return true
	}
	return false
}

// inMedia takes a digit that came in the media, where the other leg hears it
// already.
func (l *leg) inMedia(d media.Digit, length time.Duration) {
	l.digits.media = pressed{d, length, time.Now()}
	if s := l.digits.signal; s.digit == d && time.Since(s.at) < sameKey {
		l.digits.twice = true
	}
	l.owner.Pressed(l.self, bridge.Press{Digit: d, Length: length, InMedia: true})
}

// byInfo takes a digit that came by INFO, unless the far end sends each one in the
// media as well.
func (l *leg) byInfo(p bridge.Press, kind string) {
	l.digits.kind = kind
	if m := l.digits.media; m.digit == p.Digit && time.Since(m.at) < sameKey {
		l.digits.twice = true
	}
	l.digits.signal = pressed{p.Digit, p.Length, time.Now()}
	if !l.digits.twice {
		l.owner.Pressed(l.self, p)
	}
}

// inform sends a digit by INFO, after those before it have been answered: over UDP
// one could overtake the other.
func (l *leg) inform(d media.Digit, length time.Duration) {
	if l.state != confirmed {
		return
	}
	if len(l.digits.queue) >= maxInforming {
		l.log.Warn("digit not sent: too many wait for their INFO to be answered")
		return
	}
	l.digits.queue = append(l.digits.queue, pressed{digit: d, length: length})
	if len(l.digits.queue) == 1 {
		l.informNext()
	}
}

// informNext sends the first digit of the queue.
func (l *leg) informNext() {
	p := l.digits.queue[0]
	kind, body := l.pressBody(p)
	req := l.dialog.Request(sip.INFO)
	t := sip.ContentTypeHeader(kind)
	req.AppendHeader(&t)
	req.SetBody([]byte(body))
	refused := 0
	l.send(req, func(res *sip.Response) {
		if res.StatusCode >= 300 {
			refused = res.StatusCode
		}
	}, func(err error) {
		if l.state != confirmed || len(l.digits.queue) == 0 {
			return
		}
		switch {
		case refused == 415 && l.digits.kind == "" && kind == relayType:
			l.digits.kind = dtmfType // and the same digit once more
		case refused == 405 || refused == 415 || refused == 469 || refused == 501:
			l.log.Warn("digits by INFO are refused; they are sent in the media", "status", refused)
			l.giveUpInfo()
		case refused != 0 || err != nil:
			l.log.Warn("digit not sent by INFO", "status", refused, "error", err)
			fallthrough
		default:
			l.digits.queue = l.digits.queue[1:]
		}
		if len(l.digits.queue) > 0 {
			l.informNext()
		}
	})
}

// giveUpInfo sends what waits in the media, and from now on every digit.
func (l *leg) giveUpInfo() {
	waiting := l.digits.queue
	l.digits.deaf, l.digits.queue = true, nil
	l.chooseDigits()
	for _, p := range waiting {
		if err := l.media.SendDigit(p.digit, p.length); err != nil {
			l.log.Warn("digit not sent", "error", err)
		}
	}
}

// pressBody writes a digit as the far end writes its own, else as
// application/dtmf-relay. A flash is event 16.
func (l *leg) pressBody(p pressed) (kind, body string) {
	signal := p.digit.String()
	if p.digit == media.Flash {
		signal = "16"
	}
	if l.digits.kind == dtmfType {
		return dtmfType, signal
	}
	return relayType, fmt.Sprintf("Signal=%s\r\nDuration=%s\r\n", signal, strconv.FormatInt(p.length.Milliseconds(), 10))
}
