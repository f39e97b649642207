package leg

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/txn"
)

// Texter is one of Others that judges messages within calls too. It is called on
// calls' goroutines.
type Texter interface {
	// Text reads the type of a message, written anew. A Cause with a Status says why
	// it is not passed on.
	Text(from dialplan.Source, req *sip.Request) (typ string, cause tandem.Cause)
	// Texts says whether messages go to a trunk, and come from it.
	Texts(trunk string) bool
}

// messaged is a MESSAGE within the call (RFC 3428 §4): it goes to the other party,
// whose answer is the sender's.
func (l *leg) messaged(tx *txn.Server, req *sip.Request) {
	texter, from := l.texter(), dialplan.Source{Kind: dialplan.FromUser, Name: l.peerUser}
	if l.peerUser == "" {
		from = dialplan.Source{Kind: dialplan.FromTrunk, Name: l.peerTrunk}
	}
	switch {
	case texter == nil:
		l.unable(tx)
		return
	case from.Name == "", from.Kind == dialplan.FromTrunk && !texter.Texts(from.Name):
		refuse(tx, 403, "Forbidden", "no messages are taken from there")
		return
	}
	typ, cause := texter.Text(from, req)
	if cause.Status != 0 {
		refuse(tx, cause.Status, tandem.Phrase(cause.Status), cause.Detail)
		return
	}
	other, ok := l.owner.Other(l.self).(interface {
		say(typ string, body []byte, done func(status int, why string))
	})
	if !ok || l.state != confirmed {
		refuse(tx, 480, "Temporarily Unavailable", "nobody is there to read it")
		return
	}
	other.say(typ, req.Body(), func(status int, why string) {
		if status >= 300 {
			refuse(tx, status, tandem.Phrase(status), why)
			return
		}
		_ = tx.Respond(respond(tx, status, tandem.Phrase(status)))
	})
}

// unable answers a method that is not known here.
func (l *leg) unable(tx *txn.Server) {
	res := respond(tx, 405, "Method Not Allowed")
	res.AppendHeader(sip.NewHeader("Allow", l.core.ability.Allow()))
	warn(res, 0, "the method is not taken within a call")
	_ = tx.Respond(res)
}

// texter returns who judges messages; nil where none are taken.
func (l *leg) texter() Texter {
	if o := l.core.other(sip.MESSAGE); o != nil {
		t, _ := o.Other.(Texter)
		return t
	}
	return nil
}

// say sends a message to the far end and tells what it answered.
func (l *leg) say(typ string, body []byte, done func(status int, why string)) {
	texter := l.texter()
	if l.state != confirmed || texter == nil || l.peerUser == "" && !texter.Texts(l.peerTrunk) {
		done(480, "the other party takes no messages")
		return
	}
	req := l.dialog.Request(sip.MESSAGE)
	for req.RemoveHeader("Contact") { // RFC 3428 §4: a message refreshes no target
	}
	req.AppendHeader(sip.NewHeader("Date", time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05")+" GMT"))
	req.AppendHeader(sip.NewHeader("Content-Type", typ))
	req.SetBody(body)
	answered := false
	l.send(req, func(res *sip.Response) {
		if res.StatusCode < 200 || answered {
			return
		}
		answered = true
		done(verdict(res.StatusCode))
	}, func(error) {
		if !answered {
			answered = true
			done(480, "the other party did not answer")
		}
	})
}

// verdict is a far end's answer to a message as the other party may have it: its
// challenge and its redirection are for us alone.
func verdict(status int) (int, string) {
	switch {
	case status < 300:
		return status, ""
	case status < 400, status == 401, status == 407, status == 481, status == 408:
		return 480, "the other party answered otherwise than yes or no"
	}
	return status, "the other party answered so"
}
