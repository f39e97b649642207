package e2e

import (
	"encoding/xml"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/event"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

// lamps is a gateway that tells how users stand.
type lamps struct {
	*gateway
	service *event.Service
	// waiting is what waits for each user.
	waiting map[string][]event.Waiting
}

// withEvents runs fn with a gateway that tells how users stand; change may be nil.
func withEvents(t *testing.T, change func(*event.Config), fn func(l *lamps)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &lamps{waiting: map[string][]event.Waiting{}}
		l.gateway = newGateway(t, func(lc *leg.Config, bc *bridge.Config) {
			c := event.Config{
				Domain: domain, Served: lc.Served, Announce: func(f *flow.Flow) netip.AddrPort { return f.Local() },
				Users: lc.Users, Registrar: lc.Registrar, Log: lc.Log,
				Mailbox: func(user string) []event.Waiting { return l.waiting[user] },
				Room:    func(name string) (bridge.RoomView, bool) { return l.gateway.bridge.Room(name) },
				RoomOf: func(_ dialplan.Source, number string) string {
					return map[string]string{"608": "team"}[number]
				},
			}
			if change != nil {
				change(&c)
			}
			l.service = event.New(c)
			lc.Others = append(lc.Others, l.service)
			bc.Watchers = append(bc.Watchers, l.service)
			bc.RoomChanged = l.service.RoomChanged
		})
		l.service.Attach(l.server, l.layer)
		l.gateway.notify = l.service.Registered
		defer l.service.Close()
		defer l.end()
		fn(l)
	})
}

// watch is a subscription as its watcher has it.
type watch struct {
	l            *lamps
	u            *fakeua.UA
	ask          fakeua.Ask
	last         *fakeua.Message
	notification int
}

// subscribe subscribes and takes the 200.
func (l *lamps) subscribe(u *fakeua.UA, user, what string, fields ...string) *watch {
	l.t.Helper()
	w := &watch{l: l, u: u, ask: fakeua.Ask{
		Method: "SUBSCRIBE", To: user, CallID: fmt.Sprintf("sub-%s-%s-%s-%p-%d", u.User, user, what, u, len(u.All())), FromTag: "watcher",
		Fields: append([]string{"Event: " + what}, fields...),
	}}
	res := u.Ask(w.ask)
	if res.Status() != 200 {
		l.t.Fatalf("SUBSCRIBE to %s of %s is answered with\n%s", what, user, res.Raw)
	}
	w.ask.ToTag = res.ToTag()
	return w
}

// refresh subscribes again within the dialog.
func (w *watch) refresh(status int, fields ...string) *fakeua.Message {
	w.l.t.Helper()
	again := w.ask
	again.Fields = append([]string{again.Fields[0]}, fields...)
	res := w.u.Ask(again)
	if res.Status() != status {
		w.l.t.Fatalf("the refresh is answered with\n%swant %d", res.Raw, status)
	}
	return res
}

// next waits for the next NOTIFY of the subscription and answers it.
func (w *watch) next() string {
	w.l.t.Helper()
	m := w.take()
	w.u.Answer(m, 200, "OK")
	return m.Body()
}

// take waits for the next NOTIFY and leaves the answer to the test.
func (w *watch) take() *fakeua.Message {
	w.l.t.Helper()
	w.last = w.u.Next("NOTIFY", func(m *fakeua.Message) bool {
		return m.Method() == "NOTIFY" && m.Field("Call-ID") == w.ask.CallID
	})
	w.notification++
	if body := w.last.Body(); strings.HasPrefix(body, "<?xml") {
		if err := xml.Unmarshal([]byte(body), new(struct{})); err != nil {
			w.l.t.Errorf("the document is no XML: %v\n%s", err, body)
		}
	}
	return w.last
}

// lamp waits for the next NOTIFY with a dialog-info and returns the states.
func (w *watch) lamp() string {
	w.l.t.Helper()
	var doc struct {
		Version int    `xml:"version,attr"`
		State   string `xml:"state,attr"`
		Entity  string `xml:"entity,attr"`
		Dialogs []struct {
			Direction string `xml:"direction,attr"`
			State     string `xml:"state"`
			Remote    string `xml:"remote>identity"`
		} `xml:"dialog"`
	}
	body := w.next()
	if err := xml.Unmarshal([]byte(body), &doc); err != nil {
		w.l.t.Fatalf("the lamp's document: %v\n%s", err, body)
	}
	if doc.State != "full" || doc.Version != w.notification-1 || doc.Entity != "sip:"+w.ask.To+"@example.org" {
		w.l.t.Errorf("document %d is\n%s", w.notification, body)
	}
	var out []string
	for _, d := range doc.Dialogs {
		out = append(out, d.Direction+" "+d.State+" "+strings.TrimSuffix(d.Remote, "@example.org"))
	}
	return strings.Join(out, ", ")
}

func (w *watch) wants(got, want string) {
	w.l.t.Helper()
	if got != want {
		w.l.t.Errorf("%s sees %q, want %q", w.u.User, got, want)
	}
}

func TestTheLampFollowsTheCall(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		ann, bob, eve := l.browser("1001"), l.phone("1002", 10), l.browser("1003")
		callee, caller := l.subscribe(eve, "1002", "dialog"), l.subscribe(eve, "1001", "dialog;sla", "Accept: application/dialog-info+xml, */*;q=0.1")
		callee.wants(callee.lamp(), "")
		caller.wants(caller.lamp(), "")
		field(t, caller.last, "Event", "dialog;sla")
		field(t, caller.last, "Subscription-State", "active;expires=3600")
		field(t, caller.last, "Content-Type", "application/dialog-info+xml")

		time.Sleep(time.Minute)
		out := ann.Invite("1002", fakeua.Invitation{})
		in := bob.Incoming()
		callee.wants(callee.lamp(), "recipient trying sip:1001")
		caller.wants(caller.lamp(), "initiator trying sip:1002")
		rang := time.Now()
		time.Sleep(time.Second)
		in.Ring()
		out.Response(180)
		callee.wants(callee.lamp(), "recipient early sip:1001")
		caller.wants(caller.lamp(), "initiator early sip:1002")
		if d := time.Since(rang); d != time.Second {
			t.Errorf("the lamp blinks after %v, want at once", d-time.Second)
		}
		time.Sleep(time.Second)
		in.Accept()
		out.Answered()
		callee.wants(callee.lamp(), "recipient confirmed sip:1001")
		caller.wants(caller.lamp(), "initiator confirmed sip:1002")
		time.Sleep(time.Second)
		out.Bye()
		in.Hung()
		callee.wants(callee.lamp(), "recipient terminated sip:1001")
		caller.wants(caller.lamp(), "initiator terminated sip:1002")
		for _, secret := range []string{out.ID, in.ID, "call-id", "-tag"} {
			if strings.Contains(callee.last.Raw[strings.Index(callee.last.Raw, "\r\n\r\n"):], secret) {
				t.Errorf("the document tells %s", secret)
			}
		}
		eve.Quiet(time.Minute)
		if got := callee.refresh(200).Field("Expires"); got != "3600" {
			t.Errorf("the refresh lasts %s", got)
		}
		callee.wants(callee.lamp(), "")
	})
}

func TestSubscribeIsRefusedWithAReason(t *testing.T) {
	withEvents(t, func(c *event.Config) { c.MaxPerUser = 1 }, func(l *lamps) {
		ann := l.browser("1001")
		stranger := l.stranger("1002", 66)
		for _, c := range []struct {
			name    string
			u       *fakeua.UA
			ask     fakeua.Ask
			status  int
			allowed string
		}{
			{"no credentials", stranger, fakeua.Ask{To: "1002", NoAuth: true, Fields: []string{"Event: presence"}}, 401, ""},
			{"unknown package", ann, fakeua.Ask{To: "1002", Fields: []string{"Event: certificate"}}, 489, "dialog, presence, message-summary, reg, conference"},
			{"no package", ann, fakeua.Ask{To: "1002"}, 489, "dialog, presence, message-summary, reg, conference"},
			{"nobody", ann, fakeua.Ask{To: "9999", Fields: []string{"Event: presence"}}, 404, ""},
			{"domain of others", ann, fakeua.Ask{To: "1002", Host: "elsewhere.example", Fields: []string{"Event: presence"}}, 404, ""},
			{"another one's mailbox", ann, fakeua.Ask{To: "1002", Fields: []string{"Event: message-summary"}}, 403, ""},
			{"another one's devices", ann, fakeua.Ask{To: "1002", Fields: []string{"Event: reg"}}, 403, ""},
			{"a trunk", l.carrier(), fakeua.Ask{To: "1002", Fields: []string{"Event: presence"}}, 403, ""},
			{"type that is not written", ann, fakeua.Ask{To: "1002", Fields: []string{"Event: presence", "Accept: application/xpidf+xml"}}, 406, ""},
			{"too short", ann, fakeua.Ask{To: "1002", Fields: []string{"Event: presence", "Expires: 59"}}, 423, ""},
			{"dialog that is gone", ann, fakeua.Ask{To: "1002", ToTag: "gone", Fields: []string{"Event: presence"}}, 481, ""},
		} {
			c.ask.Method = "SUBSCRIBE"
			got := c.u.Ask(c.ask)
			if got.Status() != c.status || got.Field("Allow-Events") != c.allowed {
				t.Errorf("%s: answered with\n%swant %d", c.name, got.Raw, c.status)
			}
			if c.status == 423 && got.Field("Min-Expires") != "60" {
				t.Errorf("423 without Min-Expires: %s", got.Raw)
			}
		}
		l.subscribe(ann, "1002", "presence").next()
		if got := ann.Ask(fakeua.Ask{Method: "SUBSCRIBE", To: "1003", Fields: []string{"Event: presence"}}); got.Status() != 403 {
			t.Errorf("one more than max: %s", got.First())
		}
		ann.Quiet(time.Second)
	})
}

func TestSubscriptionsEndByTimeAndByWish(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		ann := l.browser("1001")
		timed := l.subscribe(ann, "1002", "dialog", "Expires: 90")
		timed.next()
		field(t, timed.last, "Subscription-State", "active;expires=90")
		began := time.Now()
		time.Sleep(time.Minute)
		timed.next()
		field(t, timed.last, "Subscription-State", "terminated;reason=timeout")
		if d := time.Since(began); d < 89*time.Second || d > 91*time.Second {
			t.Errorf("it ended after %v, want 90 s", d)
		}
		timed.refresh(481)

		asked := l.subscribe(ann, "1002", "dialog", "Expires: 90")
		asked.next()
		time.Sleep(time.Minute)
		asked.refresh(200, "Expires: 90")
		asked.next()
		time.Sleep(time.Minute) // past the first 90 s
		if got := asked.refresh(200, "Expires: 0").Field("Expires"); got != "0" {
			t.Errorf("unsubscribed, it lasts %s", got)
		}
		asked.next()
		field(t, asked.last, "Subscription-State", "terminated;reason=timeout")

		fetched := l.subscribe(ann, "1002", "dialog", "Expires: 0")
		fetched.next()
		field(t, fetched.last, "Subscription-State", "terminated;reason=timeout")
		synctest.Wait()
		if n := l.service.Counters().Subscriptions; n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
		ann.Quiet(2 * time.Minute)
	})
}

func TestAWatcherThatTakesNoNotifyIsForgotten(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		ann := l.phone("1001", 10)
		for _, c := range []struct {
			name   string
			answer func(*fakeua.Message)
			left   int
		}{
			{"481", func(m *fakeua.Message) { ann.Answer(m, 481, "Subscription Does Not Exist") }, 0},
			{"a refusal", func(m *fakeua.Message) { ann.Answer(m, 500, "Oops") }, 0},
			{"silence", func(*fakeua.Message) { time.Sleep(33 * time.Second) }, 0},
			{"later", func(m *fakeua.Message) { ann.Answer(m, 503, "Later", "Retry-After: 7 (lunch)") }, 1},
		} {
			w := l.subscribe(ann, "1002", "dialog")
			c.answer(w.take())
			synctest.Wait()
			if n := l.service.Counters().Subscriptions; n != c.left {
				t.Errorf("%s: %d subscriptions are left, want %d", c.name, n, c.left)
			}
			if c.left == 0 {
				continue
			}
			began := time.Now()
			w.next()
			if d := time.Since(began); d != 7*time.Second {
				t.Errorf("%s: the next NOTIFY comes after %v", c.name, d)
			}
		}
	})
}

func TestNotifiesComeOneAtATimeAndTogether(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		eve, ann, bob := l.browser("1003"), l.browser("1001"), l.phone("1002", 10)
		w := l.subscribe(eve, "1002", "dialog")
		first := w.take() // and is not answered yet
		out := ann.Invite("1002", fakeua.Invitation{})
		in := bob.Incoming()
		in.Ring()
		out.Response(180)
		eve.Quiet(5 * time.Second)
		eve.Answer(first, 200, "OK")
		w.wants(w.lamp(), "recipient early sip:1001")
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
		w.wants(w.lamp(), "recipient terminated sip:1001") // within half a second of the one before: together
		eve.Quiet(5 * time.Second)
	})
}

func TestOnlyTheWatcherRefreshes(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		ann, thief := l.phone("1001", 10), l.phone("1002", 11)
		w := l.subscribe(ann, "1003", "dialog")
		w.next()
		stolen := w.ask
		stolen.Fields = []string{"Event: dialog", "Expires: 0"}
		if got := thief.Ask(stolen); got.Status() != 481 {
			t.Errorf("another user ends it: %s", got.First())
		}
		stolen.FromTag = "other"
		if got := ann.Ask(stolen); got.Status() != 481 {
			t.Errorf("with another tag it ends: %s", got.First())
		}
		w.refresh(200)
		w.next()
		ann.Quiet(time.Second)
	})
}

func TestASubscriptionFollowsItsDevice(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		eve := l.browser("1003")
		w := l.subscribe(eve, "1002", "presence")
		if doc := w.next(); !strings.Contains(doc, "<basic>closed</basic>") {
			t.Errorf("presence of who is off:\n%s", doc)
		}
		eve.Far().Close("gone")
		time.Sleep(20 * time.Second)
		l.phone("1002", 10)
		time.Sleep(20 * time.Second)
		eve.Reconnect(l.layer)
		eve.Online()
		if doc := w.next(); !strings.Contains(doc, "<basic>open</basic>") {
			t.Errorf("presence after the return:\n%s", doc)
		}
		if w.last.Flow.Key() != eve.Flow().Key() {
			t.Error("NOTIFY came another way than the new one")
		}
		w.refresh(200)
		w.next()

		eve.Far().Close("gone for good")
		time.Sleep(61 * time.Second)
		if n := l.service.Counters().Subscriptions; n != 0 {
			t.Errorf("%d subscriptions of a device that is gone", n)
		}
	})
}

func TestNotifyFollowsTheRouteSet(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		ann := l.phone("1001", 10)
		w := l.subscribe(ann, "1002", "dialog;id=7", "Record-Route: <sip:p2.example;lr>, <sip:p1.example;lr>")
		w.next()
		if got := strings.Join(w.last.Fields("Route"), " "); got != "<sip:p2.example;lr> <sip:p1.example;lr>" {
			t.Errorf("NOTIFY has the routes %s", got)
		}
		field(t, w.last, "Event", "dialog;id=7")
	})
}
