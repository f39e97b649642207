package e2e

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/signaling/event"
	"github.com/tandemgw/tandem/test/fakeua"
)

const away = `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid"
 xmlns:x="urn:x" entity="sip:somebody-else@example.org">
 <tuple id="a"><status><basic>open</basic><x:secret>s3cret</x:secret></status><contact>sip:1002@192.0.2.99</contact><note>Lunch &lt;soon&gt;</note></tuple>
 <dm:person id="p"><rpid:activities><rpid:away/><rpid:hacking/></rpid:activities><dm:note>back at two</dm:note></dm:person>
</presence>`

// publish sends a PUBLISH and checks the answer.
func (l *lamps) publish(u *fakeua.UA, user, body string, status int, fields ...string) *fakeua.Message {
	l.t.Helper()
	a := fakeua.Ask{Method: "PUBLISH", To: user, Fields: append([]string{"Event: presence"}, fields...), Body: body}
	if body != "" {
		a.Type = "application/pidf+xml"
	}
	res := u.Ask(a)
	if res.Status() != status {
		l.t.Fatalf("PUBLISH is answered with\n%swant %d", res.Raw, status)
	}
	return res
}

func (w *watch) sees(want ...string) {
	w.l.t.Helper()
	doc := w.next()
	for _, s := range want {
		if s, not := strings.CutPrefix(s, "!"); strings.Contains(doc, s) == not {
			w.l.t.Errorf("%s sees\n%s\nwith %q: %v, want the opposite", w.u.User, doc, s, not)
		}
	}
}

func TestPresenceIsRegistrationAndCalls(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		eve, ann := l.browser("1003"), l.browser("1001")
		w := l.subscribe(eve, "1002", "presence", "Accept: application/pidf+xml")
		w.sees(`entity="sip:1002@example.org"`, "<basic>closed</basic>")
		time.Sleep(time.Second)
		bob := l.phone("1002", 10)
		w.sees("<basic>open</basic>", "!on-the-phone")
		time.Sleep(time.Second)
		out, in := l.talk(ann, bob)
		for w.next(); !strings.Contains(w.last.Body(), "<rpid:on-the-phone/>"); w.next() {
			time.Sleep(time.Second) // it rang, which is no difference
		}
		time.Sleep(time.Second)
		out.Bye()
		in.Hung()
		w.sees("<basic>open</basic>", "!on-the-phone")
		bob.Register(fakeua.Registration{Expires: "0"})
		w.sees("<basic>closed</basic>")
	})
}

func TestPublishedPresenceIsRebuilt(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		eve, bob := l.browser("1003"), l.phone("1002", 10)
		w := l.subscribe(eve, "1002", "presence")
		w.sees("<basic>open</basic>")
		time.Sleep(time.Second)

		first := l.publish(bob, "1002", away, 200, "Expires: 120")
		field(t, first, "Expires", "120")
		w.sees("<basic>open</basic>", "<note>Lunch &lt;soon&gt;</note>", "<note>back at two</note>", "<rpid:away/>", `entity="sip:1002@example.org"`,
			"!s3cret", "!hacking", "!192.0.2.99", "!somebody-else")
		time.Sleep(time.Minute)
		second := l.publish(bob, "1002", "", 200, "Expires: 120", "SIP-If-Match: "+first.Field("SIP-ETag"))
		l.publish(bob, "1002", "", 412, "SIP-If-Match: "+first.Field("SIP-ETag")) // a tag counts once
		eve.Quiet(110 * time.Second)                                              // past the first 120 s
		third := l.publish(bob, "1002", strings.ReplaceAll(away, "rpid:away", "rpid:meeting"), 200, "SIP-If-Match: "+second.Field("SIP-ETag"))
		w.sees("<rpid:meeting/>", "!rpid:away")
		time.Sleep(time.Second)
		l.publish(bob, "1002", "", 200, "Expires: 0", "SIP-If-Match: "+third.Field("SIP-ETag"))
		w.sees("<basic>open</basic>", "!meeting", "!Lunch")

		l.publish(bob, "1002", away, 200, "Expires: 60")
		w.sees("<rpid:away/>")
		w.sees("!rpid:away") // by itself, after 60 s
		synctest.Wait()
		if c := l.service.Counters(); c.Publications != 0 || c.Published != 5 {
			t.Errorf("counted %+v", c)
		}
	})
}

func TestPublishIsRefusedWithAReason(t *testing.T) {
	withEvents(t, func(c *event.Config) { c.MaxPublications = 2 }, func(l *lamps) {
		bob := l.phone("1002", 10)
		l.publish(bob, "1003", away, 403)
		l.publish(bob, "1002", "", 400)
		l.publish(bob, "1002", "<presence", 400)
		l.publish(bob, "1002", `<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>`+strings.TrimPrefix(away, `<?xml version="1.0" encoding="UTF-8"?>`), 400)
		l.publish(bob, "1002", `<html xmlns="urn:ietf:params:xml:ns:pidf"/>`, 400)
		l.publish(bob, "1002", strings.Replace(away, "Lunch", strings.Repeat("x", 17000), 1), 413)
		l.publish(bob, "1002", away, 423, "Expires: 5")
		l.publish(bob, "1002", away, 412, "SIP-If-Match: guessed")
		l.publish(bob, "1002", away, 200)
		l.publish(bob, "1002", away, 200)
		l.publish(bob, "1002", away, 503)
		for _, c := range []struct {
			ask    fakeua.Ask
			status int
			field  string
		}{
			{fakeua.Ask{To: "1002", Fields: []string{"Event: dialog"}, Type: "application/pidf+xml", Body: away}, 489, "Allow-Events: presence"},
			{fakeua.Ask{To: "1002", Fields: []string{"Event: presence"}, Type: "text/plain", Body: "here"}, 415, "Accept: application/pidf+xml"},
			{fakeua.Ask{To: "1002", Fields: []string{"Event: presence"}, Type: "application/pidf+xml", Body: away, NoAuth: true}, 401, "WWW-Authenticate"},
		} {
			c.ask.Method = "PUBLISH"
			if got := bob.Ask(c.ask); got.Status() != c.status || !strings.Contains(got.Raw, c.field) {
				t.Errorf("answered with\n%swant %d", got.Raw, c.status)
			}
		}
	})
}

func TestMessageSummarySaysWhatWaits(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		bob := l.phone("1002", 10)
		w := l.subscribe(bob, "1002", "message-summary", "Accept: application/simple-message-summary")
		if got, want := w.next(), "Messages-Waiting: no\r\nMessage-Account: sip:1002@example.org\r\n"; got != want {
			t.Errorf("an empty mailbox is %q, want %q", got, want)
		}
		time.Sleep(time.Second)
		l.waiting["1002"] = []event.Waiting{{Class: "Text-Message", New: 2}}
		l.service.MailboxChanged("1002")
		if got, want := w.next(), "Messages-Waiting: yes\r\nMessage-Account: sip:1002@example.org\r\nText-Message: 2/0\r\n"; got != want {
			t.Errorf("a full mailbox is %q, want %q", got, want)
		}
		// Phones that name no user mean their own mailbox.
		res := bob.Ask(fakeua.Ask{Method: "SUBSCRIBE", To: "1002", Target: "sip:example.org", CallID: "own", Fields: []string{"Event: message-summary", "Expires: 0"}})
		if res.Status() != 200 {
			t.Errorf("one's own mailbox: %s", res.First())
		}
		bob.Answer(bob.Request("NOTIFY"), 200, "OK")
	})
}

func TestRegSaysWhichDevicesThereAre(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		ann := l.browser("1001")
		w := l.subscribe(ann, "1001", "reg")
		w.sees(`version="0" state="full"`, `aor="sip:1001@example.org" id="r1" state="active"`, `state="active" event="registered"`)
		time.Sleep(time.Second)
		phone := l.phone("1001", 10)
		w.sees(`version="1"`, "<uri>sip:1001@192.0.2.10:5060</uri>", "!terminated")
		if n := strings.Count(w.last.Body(), "<contact "); n != 2 {
			t.Errorf("%d contacts, want 2", n)
		}
		time.Sleep(time.Second)
		phone.Register(fakeua.Registration{Expires: "0"})
		w.sees(`state="terminated" event="unregistered"><uri>sip:1001@192.0.2.10:5060</uri>`)
		time.Sleep(time.Second)
		w.refresh(200)
		w.sees("!192.0.2.10")
	})
}

func TestManyWatchersOfOneUser(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		eve := l.browser("1003")
		var all []*watch
		for i := range 50 {
			all = append(all, l.subscribe(eve, "1002", fmt.Sprintf("dialog;id=%d", i)))
		}
		for _, w := range all {
			w.next()
		}
		time.Sleep(time.Second)
		ann, bob := l.browser("1001"), l.phone("1002", 10)
		out := ann.Invite("1002", fakeua.Invitation{})
		in := bob.Incoming()
		for _, w := range all {
			w.wants(w.lamp(), "recipient trying sip:1001")
		}
		in.Refuse(486, "Busy")
		out.Response(486)
		for _, w := range all {
			w.wants(w.lamp(), "recipient terminated sip:1001")
		}
	})
}
