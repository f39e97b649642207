package e2e

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/signaling/event"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakeua"
)

// withBoxes runs fn with a PBX that has a box for 201, the extension of 1001, and what
// watches it.
func withBoxes(t *testing.T, fn func(l *line, lamps *lamps)) {
	t.Helper()
	held := func(c *trunk.Config) {
		c.Register = nil
		c.Accounts = &trunk.Accounts{Domain: "carrier.example", Held: []trunk.Held{{User: "1001", Account: trunk.Account{User: "4930100", Password: "secret"}}}}
	}
	own := &lamps{waiting: map[string][]event.Waiting{}}
	boxes := &event.Boxes{}
	onTrunksWith(t, held, func(lc *leg.Config) {
		own.service = event.New(event.Config{
			Domain: domain, Served: lc.Served, Announce: func(f *flow.Flow) netip.AddrPort { return f.Local() },
			Users: lc.Users, Registrar: lc.Registrar, Mailbox: func(user string) []event.Waiting { return boxes.Waiting(user, own.waiting[user]) },
		})
		boxes.Changed = own.service.MailboxChanged
		lc.Others = append(lc.Others, own.service, boxes)
	}, func(l *line) {
		own.gateway = l.gateway
		own.service.Attach(l.server, l.layer)
		boxes.Attach(l.trunks.Extension)
		defer own.service.Close()
		fn(l, own)
	})
}

// summary is a NOTIFY as Asterisk sends it to a Contact, which nobody has asked for.
func summary(contact, body string) fakeua.Ask {
	return fakeua.Ask{
		Method: "NOTIFY", To: "4930100", Target: contact, Type: "application/simple-message-summary", Body: body,
		Fields: []string{"Contact: <sip:asterisk@" + carrierAddr + ">", "Event: message-summary", "Allow-Events: message-summary, presence, dialog, refer", "Subscription-State: terminated"},
	}
}

// What a PBX says of the box of an extension lights the lamp of the user whose it is.
func TestTheLampFollowsTheBoxAtThePBX(t *testing.T) {
	withBoxes(t, func(l *line, own *lamps) {
		contact := l.contact()
		tell := func(body string, status int) {
			t.Helper()
			if res := l.pbx.Phone.Ask(summary(contact, body)); res.Status() != status {
				t.Fatalf("the NOTIFY is answered with\n%s", res.Raw)
			}
		}
		tell("Messages-Waiting: yes\r\nMessage-Account: sip:asterisk@192.0.2.1\r\nVoice-Message: 2/8 (0/0)\r\n", 200)
		own.waiting["1001"] = []event.Waiting{{Class: "Voice-Message", New: 1}, {Class: "Text-Message", New: 1}}
		w := own.subscribe(l.phone("1001", 10), "1001", "message-summary")
		lamp := func(lines ...string) {
			t.Helper()
			body := w.next()
			for _, line := range lines {
				if !strings.Contains(body, line+"\r\n") {
					t.Errorf("told\n%s\nwant %s", body, line)
				}
			}
		}
		lamp("Messages-Waiting: yes", "Voice-Message: 3/8", "Text-Message: 1/0")
		own.waiting = nil
		tell("Messages-Waiting: yes\r\n", 200) // without counts
		lamp("Messages-Waiting: yes", "Voice-Message: 1/0")
		tell("Messages-Waiting: no\r\nVoice-Message: 0/3 (0/0)\r\n", 200)
		lamp("Messages-Waiting: no", "Voice-Message: 0/3")
		tell("Messages-Waiting: no\r\nVoice-Message: 0/3 (0/0)\r\n", 200) // the same again lights nothing
		tell("Voice-Message: -1/99999999999999999999\r\nVoice-Message: x\r\n\x00", 200)
		lamp("Messages-Waiting: no")
	})
}

// Nobody but the PBX tells of boxes, and the PBX only of those of its extensions.
func TestWhoMayNotTellOfBoxes(t *testing.T) {
	withBoxes(t, func(l *line, _ *lamps) {
		contact := l.contact()
		body := "Messages-Waiting: yes\r\nVoice-Message: 2/8\r\n"
		other := l.phone("1002", 12)
		for name, c := range map[string]struct {
			u      *fakeua.UA
			ask    fakeua.Ask
			status int
		}{
			"a user":             {other, summary(contact, body), 481},
			"for nobody":         {l.pbx.Phone, summary("sip:1001@"+domain, body), 481},
			"another trunk":      {l.spare(), summary(contact, body), 481},
			"of another package": {l.pbx.Phone, fakeua.Ask{Method: "NOTIFY", To: "1", Target: contact, Fields: []string{"Event: dialog", "Subscription-State: active"}}, 489},
		} {
			if res := c.u.Ask(c.ask); res.Status() != c.status {
				t.Errorf("%s is answered with\n%s", name, res.Raw)
			}
		}
	})
}
