package e2e

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/message"
	"github.com/tandemgw/tandem/store"
	"github.com/tandemgw/tandem/test/fakeua"
)

// post is a gateway that takes messages.
type post struct {
	*gateway
	service *message.Service
	kept    *store.Messages
}

// withMessages runs fn with a gateway that takes messages, and keeps them where
// keep says so; change may be nil.
func withMessages(t *testing.T, keep bool, change func(*message.Config), fn func(p *post)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		p := &post{}
		p.gateway = newGateway(t, func(lc *leg.Config, _ *bridge.Config) {
			c := message.Config{Domain: domain, Served: lc.Served, Users: lc.Users, Registrar: lc.Registrar, Trunk: lc.Trunks.Find, Log: lc.Log}
			if keep {
				var err error
				if p.kept, err = store.OpenMessages(store.MessagesConfig{Dir: dir}); err != nil {
					t.Fatal(err)
				}
				c.Keeper = p.kept
			}
			if change != nil {
				change(&c)
			}
			p.service = message.New(c)
			lc.Others = append(lc.Others, p.service)
		})
		p.service.Attach(p.server, p.client)
		p.gateway.notify = p.service.Registered
		defer p.service.Close()
		defer p.end()
		fn(p)
	})
}

// write sends a text and checks the answer.
func (p *post) write(from *fakeua.UA, to, text string, status int) *fakeua.Message {
	p.t.Helper()
	res := from.Ask(fakeua.Ask{Method: "MESSAGE", To: to, Type: "text/plain", Body: text, Fields: []string{"Date: Thu, 01 Jan 1970 00:00:00 GMT", "X-Secret: 1"}})
	if res.Status() != status {
		p.t.Fatalf("MESSAGE %q to %s is answered with\n%swant %d", text, to, res.Raw, status)
	}
	return res
}

// read takes a message and answers it.
func (p *post) read(u *fakeua.UA, text string, status int) *fakeua.Message {
	p.t.Helper()
	m := u.Request("MESSAGE")
	if m.Body() != text {
		p.t.Errorf("%s reads %q, want %q", u.User, m.Body(), text)
	}
	u.Answer(m, status, "Whatever")
	return m
}

// writing sends a text in the background, so that its reader can answer.
func (p *post) writing(from *fakeua.UA, to, text string) func(status int) *fakeua.Message {
	p.t.Helper()
	got := make(chan *fakeua.Message, 1)
	go func() {
		got <- from.Ask(fakeua.Ask{Method: "MESSAGE", To: to, Type: "text/plain", Body: text, Fields: []string{"X-Secret: 1", "Subject: hidden"}})
	}()
	return func(status int) *fakeua.Message {
		p.t.Helper()
		m := <-got
		if m.Status() != status {
			p.t.Fatalf("MESSAGE %q is answered with\n%swant %d", text, m.Raw, status)
		}
		return m
	}
}

func TestAMessageReachesEveryDeviceAndTheFirstYesCounts(t *testing.T) {
	withMessages(t, false, nil, func(p *post) {
		ann, phone, browser := p.browser("1001"), p.phone("1002", 10), p.browser("1002")
		ended := p.writing(ann, "1002", "Grüße\r\n\r\nan Bob")
		m := phone.Request("MESSAGE")
		if got := m.Field("From"); !strings.HasPrefix(got, `"Number 1001" <sip:1001@example.org>;tag=`) {
			t.Errorf("From is %q, want the proved identity and not what was written", got)
		}
		for _, name := range []string{"X-Secret", "Subject", "Contact", "Record-Route"} {
			if got := m.Field(name); got != "" {
				t.Errorf("%s: %s has crossed", name, got)
			}
		}
		if got := m.Field("Date"); got != "Sat, 01 Jan 2000 00:00:00 GMT" {
			t.Errorf("Date is %q, want our own", got)
		}
		field(t, m, "Max-Forwards", "69")
		field(t, m, "Content-Type", "text/plain")
		phone.Answer(m, 500, "Out of paper")
		p.read(browser, "Grüße\r\n\r\nan Bob", 200)
		ended(200)
		ann.Quiet(time.Second)
	})
}

func TestAMessageToOneselfGoesToOnesOtherDevices(t *testing.T) {
	withMessages(t, false, nil, func(p *post) {
		ann := p.browser("1001")
		ended := p.writing(ann, "1001", "echo")
		p.read(ann, "echo", 200)
		ended(200)
		phone := p.phone("1001", 10)
		ended = p.writing(ann, "1001", "note")
		p.read(phone, "note", 200)
		ended(200)
		ann.Quiet(time.Second)
	})
}

func TestRefusedMessagesSayWhy(t *testing.T) {
	withMessages(t, false, nil, func(p *post) {
		ann := p.browser("1001")
		bob := p.phone("1002", 10)
		for _, c := range []struct {
			name   string
			ask    fakeua.Ask
			status int
		}{
			{"user who is off", fakeua.Ask{To: "1003", Type: "text/plain", Body: "x"}, 480},
			{"nobody", fakeua.Ask{To: "9999", Type: "text/plain", Body: "x"}, 404},
			{"domain of others", fakeua.Ask{To: "1002", Host: "elsewhere.example", Type: "text/plain", Body: "x"}, 404},
			{"another one's From", fakeua.Ask{To: "1002", From: "1003", Type: "text/plain", Body: "x"}, 403},
			{"too long", fakeua.Ask{To: "1002", Type: "text/plain", Body: strings.Repeat("x", 4097)}, 413},
			{"no type", fakeua.Ask{To: "1002", Body: "x"}, 400},
			{"type that is not listed", fakeua.Ask{To: "1002", Type: "application/x-sh", Body: "x"}, 415},
			{"description of a call", fakeua.Ask{To: "1002", Type: "application/sdp", Body: "v=0"}, 415},
			{"charset", fakeua.Ask{To: "1002", Type: "text/plain;charset=iso-8859-1", Body: "x"}, 415},
			{"no UTF-8", fakeua.Ask{To: "1002", Type: "text/plain", Body: "\xff\xfe"}, 400},
			{"dialog that is gone", fakeua.Ask{To: "1002", ToTag: "gone", Type: "text/plain", Body: "x"}, 481},
		} {
			c.ask.Method = "MESSAGE"
			if got := ann.Ask(c.ask); got.Status() != c.status {
				t.Errorf("%s: answered with %s, want %d", c.name, got.First(), c.status)
			}
		}
		bob.Quiet(time.Second)
	})
}

func TestStrangersSendNoMessages(t *testing.T) {
	withMessages(t, true, nil, func(p *post) {
		bob := p.phone("1002", 10)
		stranger := p.stranger("1001", 66)
		stranger.Password = "wrong"
		if got := stranger.Ask(fakeua.Ask{Method: "MESSAGE", To: "1002", Type: "text/plain", Body: "x", NoAuth: true}); got.Status() != 401 {
			t.Errorf("without credentials: %s, want 401", got.First())
		}
		if got := stranger.Ask(fakeua.Ask{Method: "MESSAGE", To: "1002", Type: "text/plain", Body: "x"}); got.Status() != 403 {
			t.Errorf("with wrong ones: %s, want 403", got.First())
		}
		carrier := p.carrier()
		if got := carrier.Ask(fakeua.Ask{Method: "MESSAGE", To: "1002", Type: "text/plain", Body: "x"}); got.Status() != 403 {
			t.Errorf("a trunk that is not allowed to: %s, want 403", got.First())
		}
		bob.Quiet(time.Second)
	})
}

func TestAPhoneSendsAMessageWithDigest(t *testing.T) {
	withMessages(t, false, nil, func(p *post) {
		phone, bob := p.phone("1001", 10), p.browser("1002")
		ended := p.writing(phone, "1002", "from a phone")
		p.read(bob, "from a phone", 202)
		ended(202)
	})
}

func TestADevicesRefusalReachesTheSender(t *testing.T) {
	withMessages(t, true, nil, func(p *post) {
		ann, bob, other := p.browser("1001"), p.phone("1002", 10), p.phone("1002", 11)
		ended := p.writing(ann, "1002", "hello")
		p.read(bob, "hello", 405)
		p.read(other, "hello", 415)
		field(t, ended(415), "Warning", "the device answered 415")
		ended = p.writing(ann, "1002", "again")
		p.read(bob, "again", 407)
		p.read(other, "again", 603)
		if got := ended(603); got.Field("Proxy-Authenticate") != "" {
			t.Error("the device's challenge has crossed")
		}
	})
}

func TestMessagesWaitForTheirUserInOrder(t *testing.T) {
	withMessages(t, true, nil, func(p *post) {
		ann, trunk := p.browser("1001"), p.phone("1003", 11)
		began := time.Now()
		for i := range 3 {
			p.write(ann, "1002", fmt.Sprint("message ", i), 202)
			time.Sleep(time.Hour / 2)
		}
		ann.Online()
		p.write(trunk, "1002", "from 1003", 202)
		time.Sleep(24 * time.Hour)
		bob := p.browser("1002")
		for i := range 3 {
			m := p.read(bob, fmt.Sprint("message ", i), 200)
			want := began.Add(time.Duration(i)*time.Hour/2).UTC().Format("Mon, 02 Jan 2006 15:04:05") + " GMT"
			field(t, m, "Date", want)
			field(t, m, "From", `"Number 1001" <sip:1001@example.org>`)
		}
		field(t, p.read(bob, "from 1003", 200), "From", "<sip:1003@example.org>")
		bob.Quiet(time.Second)
		if p.kept.Total() != 0 {
			t.Errorf("%d messages are still kept", p.kept.Total())
		}
	})
}

func TestAMessageThatNobodyTookWaits(t *testing.T) {
	withMessages(t, true, nil, func(p *post) {
		ann, bob := p.browser("1001"), p.phone("1002", 10)
		began := time.Now()
		p.write(ann, "1002", "first", 202) // the phone is there and says nothing
		if d := time.Since(began); d != 15*time.Second {
			t.Errorf("the sender has waited %v", d)
		}
		if m := bob.Request("MESSAGE"); m.Body() != "first" {
			t.Errorf("the phone was sent %q", m.Body())
		}
		time.Sleep(time.Minute)
		bob.Online()
		m := bob.Request("MESSAGE")
		// What comes while that is on its way waits behind it.
		p.write(ann, "1002", "second", 202)
		bob.Answer(m, 200, "OK")
		p.read(bob, "second", 200)
		synctest.Wait()
		ended := p.writing(ann, "1002", "third")
		p.read(bob, "third", 200)
		ended(200)
		bob.Quiet(time.Minute)
	})
}

func TestALateYesLeavesNothingWaiting(t *testing.T) {
	withMessages(t, true, nil, func(p *post) {
		ann, bob := p.browser("1001"), p.phone("1002", 10)
		p.write(ann, "1002", "slow", 202)
		p.read(bob, "slow", 200)
		synctest.Wait()
		if p.kept.Total() != 0 {
			t.Error("the message is kept although it has arrived")
		}
	})
}

func TestADeviceThatTakesNoMessagesIsNotAskedAgain(t *testing.T) {
	withMessages(t, true, nil, func(p *post) {
		ann := p.browser("1001")
		p.write(ann, "1002", "one", 202)
		p.write(ann, "1002", "two", 202)
		deaf := p.phone("1002", 10)
		p.read(deaf, "one", 405)
		deaf.Quiet(time.Second)
		deaf.Online()
		deaf.Quiet(time.Second)
		bob := p.browser("1002")
		p.read(bob, "one", 200)
		p.read(bob, "two", 200)
		deaf.Quiet(time.Second)
	})
}

func TestAMessageRefusedThreeTimesIsGivenUp(t *testing.T) {
	withMessages(t, true, nil, func(p *post) {
		ann := p.browser("1001")
		p.write(ann, "1002", "one", 202)
		p.write(ann, "1002", "two", 202)
		bob := p.phone("1002", 10)
		for i := range 3 {
			if i > 0 {
				bob.Online()
			}
			p.read(bob, "one", 415)
			if i == 0 {
				p.read(bob, "two", 200)
			}
		}
		bob.Online()
		bob.Quiet(time.Second)
		if c := p.service.Counters(); c.Abandoned != 1 || c.Released != 1 || c.Kept != 2 {
			t.Errorf("counted %+v", c)
		}
	})
}

func TestThatSomebodyTypesIsPassedOnAndNotKept(t *testing.T) {
	withMessages(t, true, nil, func(p *post) {
		ann := p.browser("1001")
		typing := fakeua.Ask{Method: "MESSAGE", To: "1002", Type: "application/im-iscomposing+xml", Body: "<isComposing/>"}
		if got := ann.Ask(typing); got.Status() != 480 {
			t.Errorf("to a user who is off: %s, want 480", got.First())
		}
		bob := p.browser("1002")
		got := make(chan *fakeua.Message, 1)
		go func() { got <- ann.Ask(typing) }()
		field(t, p.read(bob, "<isComposing/>", 200), "Content-Type", "application/im-iscomposing+xml")
		if m := <-got; m.Status() != 200 {
			t.Errorf("answered with %s", m.First())
		}
	})
}

func TestWhoSendsTooFastHasToWait(t *testing.T) {
	withMessages(t, false, func(c *message.Config) { c.Rate = 1 }, func(p *post) {
		ann := p.browser("1001")
		for range 11 {
			p.write(ann, "1003", "x", 480)
		}
		field(t, p.write(ann, "1003", "x", 503), "Retry-After", "5")
		time.Sleep(time.Second)
		p.write(ann, "1003", "x", 480)
	})
}

func TestConfigurationOpensMessagesToTrunks(t *testing.T) {
	withMessages(t, false, func(c *message.Config) {
		c.Route = func(from dialplan.Source, to string) (message.Target, tandem.Cause) {
			switch {
			case from.Kind == dialplan.FromTrunk && to == "+15550100":
				return message.Target{User: "1001"}, tandem.Cause{}
			case from.Kind == dialplan.FromUser && strings.HasPrefix(to, "+"):
				return message.Target{Trunk: "carrier", Number: to}, tandem.Cause{}
			}
			return message.Target{}, tandem.FromStatus(403, "")
		}
	}, func(p *post) {
		ann, carrier := p.browser("1001"), p.carrier()
		ended := p.writing(carrier, "+15550100", "hello from outside")
		field(t, p.read(ann, "hello from outside", 200), "From", `"Forged Name" <sip:carrier@example.org>`)
		ended(200)
		ended = p.writing(ann, "+15550199", "to outside")
		m := p.read(carrier, "to outside", 200)
		field(t, m, "From", `"Number 1001" <sip:1001@example.org>`)
		field(t, m, "To", "<sip:+15550199@192.0.2.200:5060>")
		ended(200)
		p.write(ann, "1002", "x", 403)
	})
}

func TestAMessageWithinACallGoesToTheOtherParty(t *testing.T) {
	withMessages(t, true, nil, func(p *post) {
		ann, bob := p.browser("1001"), p.phone("1002", 10)
		out, in := p.talk(ann, bob)
		said := func(c *fakeua.Call, typ, text string) string {
			branch := c.Send("MESSAGE", text, "Content-Type: "+typ, "X-Secret: 1")
			return branch
		}
		for _, way := range []struct{ from, to *fakeua.Call }{{out, in}, {in, out}} {
			branch := said(way.from, "text/plain", "aside")
			m := way.to.Request("MESSAGE")
			if m.Body() != "aside" || m.Field("X-Secret") != "" || m.Field("Contact") != "" || m.Field("Content-Type") != "text/plain" {
				t.Errorf("the other party reads\n%s", m.Raw)
			}
			way.to.UA.Answer(m, 200, "OK")
			if got := way.from.Final("MESSAGE", branch); got.Status() != 200 {
				t.Errorf("answered with %s", got.First())
			}
		}
		branch := said(out, "text/plain", "unwanted")
		bob.Answer(in.Request("MESSAGE"), 405, "Method Not Allowed")
		if got := out.Final("MESSAGE", branch); got.Status() != 405 {
			t.Errorf("refused with %s, want the other party's 405", got.First())
		}
		if got := out.Final("MESSAGE", said(out, "application/x-sh", "rm")); got.Status() != 415 {
			t.Errorf("a type that is not passed on: %s", got.First())
		}
		out.Bye()
		in.Hung()
	})
}

func TestAMessageToTheEchoIsReadByNobody(t *testing.T) {
	withMessages(t, true, nil, func(p *post) {
		ann := p.browser("1001")
		out := ann.Invite("600", fakeua.Invitation{})
		out.Answered()
		if got := out.Final("MESSAGE", out.Send("MESSAGE", "hello?", "Content-Type: text/plain")); got.Status() != 480 {
			t.Errorf("answered with %s, want 480", got.First())
		}
		out.Bye()
	})
}

func TestADeviceWithTwoFlowsIsWrittenToByOne(t *testing.T) {
	withMessages(t, false, nil, func(p *post) {
		ann := p.browser("1001")
		var flows [2]*fakeua.UA
		for i := range flows {
			flows[i] = fakeua.Browser(t, "1002", p.layer)
			p.uas = append(p.uas, flows[i])
			flows[i].Register(fakeua.Registration{Contacts: []string{fmt.Sprintf(`<%s>;+sip.instance="<urn:uuid:phone>";reg-id=%d`, flows[i].Contact, i+1)}})
			time.Sleep(time.Second)
		}
		old, newest := flows[0], flows[1]
		ended := p.writing(ann, "1002", "once")
		p.read(newest, "once", 200)
		ended(200)
		ended = p.writing(ann, "1002", "by the other")
		p.read(newest, "by the other", 430)
		p.read(old, "by the other", 200)
		ended(200)
		old.Quiet(time.Second)
	})
}

func TestAMessageFollowsThePath(t *testing.T) {
	withMessages(t, false, nil, func(p *post) {
		ann, bob := p.browser("1001"), p.phone("1002", 12)
		bob.Register(fakeua.Registration{Fields: []string{"Path: <sip:192.0.2.12:5060;lr>"}})
		ended := p.writing(ann, "1002", "x")
		field(t, p.read(bob, "x", 200), "Route", "<sip:192.0.2.12:5060;lr>")
		ended(200)
	})
}
