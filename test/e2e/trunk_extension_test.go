package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakepbx"
	"github.com/tandemgw/tandem/test/fakeua"
)

func TestAnExtensionHeldByUsIsReachedBothWays(t *testing.T) {
	held := func(c *trunk.Config) {
		c.Register = nil
		c.Accounts = &trunk.Accounts{Domain: "carrier.example", Held: []trunk.Held{
			{User: "1001", Account: trunk.Account{User: "201", Password: "p201"}},
			{User: "1002", Account: trunk.Account{User: "202", Password: "p202"}},
		}}
	}
	onTrunks(t, held, func(l *line) {
		l.pbx.User("201", "p201").User("202", "p202")
		time.Sleep(20 * time.Minute) // the first try came before the PBX knew them
		l.pbx.Set(func(w *fakepbx.Ways) { w.Challenge, w.InDialog = true, true })
		caller, callee := l.browser("1001"), l.browser("1002")
		out := caller.Invite("4030999", fakeua.Invitation{})
		in := l.pbx.Phone.Incoming()
		field(t, in.Invite, "From", "<sip:201@carrier.example>")
		field(t, in.Invite, "Proxy-Authorization", `username="201"`)
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()

		uri := l.pbx.Binding("202")
		back := l.inviteFrom(l.pbx.Phone, uri, "<"+uri+">", "")
		ring := callee.Incoming()
		ring.Accept()
		back.Answered()
		ring.Bye() // challenged: it is 202 who answers
		back.Hung()
		field(t, &fakeua.Message{Message: l.pbx.Last("BYE")}, "Proxy-Authorization", `username="202"`)
	})
}

// relayed makes acme a PBX that proves its extensions itself.
func relayed(c *trunk.Config) {
	c.Register = nil
	c.Accounts = &trunk.Accounts{Mode: trunk.Relayed, Domain: "carrier.example"}
}

// extension is a browser that registers at the PBX's domain.
func (l *line) extension(user string) *fakeua.UA {
	l.t.Helper()
	l.pbx.User(user, "pw-"+user)
	u := fakeua.Browser(l.t, user, l.layer)
	u.Domain, u.Instance = "carrier.example", user
	l.uas = append(l.uas, u)
	return u.Online()
}

// callAs calls as a user of the PBX, whose challenge is answered.
func (l *line) callAs(u *fakeua.UA, to string, ask int) *fakeua.Call {
	l.t.Helper()
	out := u.Invite(to, fakeua.Invitation{NoAuth: true})
	out.Authenticate(out.Response(ask), fakeua.Invitation{})
	return out
}

func TestAnExtensionWhosePasswordWeDoNotKnowIsReachedBothWays(t *testing.T) {
	for _, ask := range []int{401, 407} {
		onTrunks(t, relayed, func(l *line) {
			u := l.extension("201")
			l.pbx.Set(func(w *fakepbx.Ways) { w.Challenge, w.Ask = true, ask })
			out := l.callAs(u, "4030999", ask)
			in := l.pbx.Phone.Incoming()
			field(t, in.Invite, "From", "<sip:201@carrier.example>")
			if a := in.Invite.Field("Authorization") + in.Invite.Field("Proxy-Authorization"); !strings.Contains(a, `username="201"`) {
				t.Errorf("the browser's credentials at the PBX: %q", a)
			}
			if strings.Contains(in.Invite.Raw, "k3j5") {
				t.Errorf("something of the browser's has crossed:\n%s", in.Invite.Raw)
			}
			in.Ring()
			out.Response(180)
			in.Accept()
			out.Answered()
			out.Bye()
			in.Hung()

			uri := l.pbx.Binding("201")
			back := l.inviteFrom(l.pbx.Phone, uri, "<"+uri+">", "")
			ring := u.Incoming()
			field(t, ring.Invite, "From", "<sip:+4940222@example.org>")
			ring.Accept()
			back.Answered()
			back.Bye()
			ring.Hung()
		})
	}
}

func TestThePBXsChallengeReachesTheBrowserAsItIs(t *testing.T) {
	onTrunks(t, relayed, func(l *line) {
		u := l.extension("201")
		l.pbx.Set(func(w *fakepbx.Ways) { w.Challenge = true })
		out := u.Invite("4030999", fakeua.Invitation{NoAuth: true})
		res := out.Response(407)
		if n := res.Fields("Proxy-Authenticate"); len(n) != 2 || !strings.Contains(n[0]+n[1], `realm="carrier.example"`) {
			t.Errorf("challenged with %q", n)
		}
		for _, r := range l.pbx.Requests("INVITE") {
			if strings.Contains(r.String(), "Authorization") {
				t.Errorf("credentials nobody has given:\n%s", r.String())
			}
		}
	})
}

func TestAChallengeOfAnyOtherTrunkIsNotTheCallers(t *testing.T) {
	onTrunks(t, func(c *trunk.Config) { c.Register = nil; c.Options = -1 }, func(l *line) {
		l.pbx.Set(func(w *fakepbx.Ways) { w.Challenge = true })
		caller := l.browser("1001")
		res := caller.Invite("4030999", fakeua.Invitation{}).Response(403)
		if res.Field("Proxy-Authenticate") != "" || res.Field("WWW-Authenticate") != "" {
			t.Errorf("the caller is asked for credentials:\n%s", res.Raw)
		}
		for _, r := range l.pbx.Requests("INVITE") {
			if strings.Contains(r.String(), "uthorization") {
				t.Errorf("the caller's credentials have crossed:\n%s", r.String())
			}
		}
	})
}

func TestNobodyCallsByThePBXsDomainWhomItHasNotProved(t *testing.T) {
	onTrunks(t, relayed, func(l *line) {
		l.extension("201")
		local := l.browser("1001")
		local.Domain = "carrier.example"
		local.Invite("4030999", fakeua.Invitation{}).Response(404)
	})
}

func TestExtensionsReturnWhenThePBXDoes(t *testing.T) {
	onTrunks(t, relayed, func(l *line) {
		u := l.extension("201")
		l.pbx.Set(func(w *fakepbx.Ways) { w.Silent = true })
		time.Sleep(2 * time.Minute)
		out := u.Invite("4030999", fakeua.Invitation{})
		field(t, out.Response(503), "Warning", "acme has not answered since")
		time.Sleep(time.Minute) // the INVITE is not repeated any more
		l.pbx.Restart()
		l.pbx.Set(func(w *fakepbx.Ways) { w.Silent = false })
		time.Sleep(time.Minute)
		u.Online()
		again := u.Invite("4030999", fakeua.Invitation{})
		l.pbx.Phone.Incoming().Refuse(486, "Busy")
		again.Response(486)
	})
}
