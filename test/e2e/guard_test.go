package e2e

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/guard"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/test/fakeua"
)

// guarded runs fn with a guard that knows who is registered and the trunk.
func guarded(t *testing.T, c guard.Config, fn func(g *gateway)) {
	t.Helper()
	inBubbleWith(t, func(l *leg.Config, _ *bridge.Config) {
		c.Known = l.Registrar.Known
		l.Guard = guard.New(c)
	}, fn)
}

func TestAStrangerIsLeftUnansweredAndARegisteredPhoneIsNot(t *testing.T) {
	guarded(t, guard.Config{Limits: guard.Limits{Silent: true}}, func(g *gateway) {
		s := g.stranger("1001", 66)
		for _, method := range []string{"OPTIONS", "INVITE", "MESSAGE", "BYE", "CANCEL", "FOO"} {
			s.Send(method + " sip:1002@" + domain + " SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.66:5060;branch=z9hG4bK" + method +
				"\r\nMax-Forwards: 70\r\nFrom: <sip:1001@example.org>;tag=1\r\nTo: <sip:1002@example.org>;tag=x\r\nCall-ID: c" + method +
				"\r\nCSeq: 1 " + method + "\r\nContent-Length: 0\r\n\r\n")
			s.Send(method + " sip:1002@" + domain + " SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.66:5060;branch=z9hG4bKo" + method +
				"\r\nMax-Forwards: 70\r\nFrom: <sip:1001@example.org>;tag=1\r\nTo: <sip:1002@example.org>\r\nCall-ID: o" + method +
				"\r\nCSeq: 1 " + method + "\r\nAuthorization: Digest username=\"1001\"\r\nContent-Length: 0\r\n\r\n")
		}
		s.Quiet(5 * time.Second)
		s.Forget()
		if res := s.Register(fakeua.Registration{Once: true}); res.Status() != 401 {
			t.Errorf("REGISTER to the domain: %s, want a challenge", res.First())
		}
		if res := s.Register(fakeua.Registration{Once: true, To: "nobody"}); res.Status() != 401 {
			t.Errorf("REGISTER of somebody who does not exist: %s, want the same", res.First())
		}
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestAUserMakesSoManyCallsASecondAndNoMore(t *testing.T) {
	guarded(t, guard.Config{Limits: guard.Limits{PerUser: 1}}, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		for range 2 {
			out := a.Invite("1002", fakeua.Invitation{})
			b.Incoming().Refuse(486, "Busy Here")
			out.Response(486)
		}
		res := a.Invite("1002", fakeua.Invitation{}).Response(503)
		if res.Field("Retry-After") == "" || res.Field("Warning") == "" {
			t.Errorf("refused without a word:\n%s", res.Raw)
		}
		time.Sleep(2 * time.Second)
		out := a.Invite("1002", fakeua.Invitation{})
		b.Incoming().Refuse(486, "Busy Here")
		out.Response(486)
	})
}

// few are users who may make one call at a time.
type few struct{ people }

func (f few) Find(user string) (registrar.User, bool) {
	u, ok := f.people.Find(user)
	u.MaxCalls = 1
	return u, ok
}

func TestAUserHasNoMoreCallsThanHeMay(t *testing.T) {
	one := func(l *leg.Config, _ *bridge.Config) { l.Users = few{people{"1001", "1002", "1003"}} }
	inBubbleWith(t, one, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		out, in := g.talk(a, b)
		if res := a.Invite("1002", fakeua.Invitation{}).Response(503); res.Field("Warning") == "" {
			t.Errorf("refused without a word:\n%s", res.Raw)
		}
		out.Bye()
		in.Hung()
		out, in = g.talk(a, b)
		out.Bye()
		in.Hung()
	})
}

func TestAFloodOfOneSourceIsDroppedAndOthersAreServed(t *testing.T) {
	guarded(t, guard.Config{Limits: guard.Limits{PerSource: 5}}, func(g *gateway) {
		s := g.stranger("1003", 66)
		answered := 0
		for i := range 50 {
			id := string(rune('a'+i%26)) + string(rune('a'+i/26))
			s.Send("OPTIONS sip:" + domain + " SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.66:5060;branch=z9hG4bKf" + id +
				"\r\nMax-Forwards: 70\r\nFrom: <sip:1001@example.org>;tag=1\r\nTo: <sip:example.org>\r\nCall-ID: f" + id +
				"\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
		}
		for s.Await(time.Second, func(m *fakeua.Message) bool { return m.Status() >= 200 }) != nil {
			answered++
		}
		if answered != 10 {
			t.Errorf("%d of 50 were answered, want 10", answered)
		}
		s.Forget()
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out, in := g.talk(a, b)
		out.Bye()
		in.Hung()
	})
}
