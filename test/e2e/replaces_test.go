package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/test/fakeua"
)

// replacedBy takes a dialog's place with an INVITE of another user agent.
func replacedBy(u *fakeua.UA, old *fakeua.Call, fields ...string) *fakeua.Call {
	return u.Invite(old.UA.User, fakeua.Invitation{Fields: append([]string{"Replaces: " + replaces(old)}, fields...)})
}

func TestAReloadedPageTakesItsCallBack(t *testing.T) {
	for _, who := range []string{"caller", "callee"} {
		t.Run("the "+who, func(t *testing.T) {
			inBubble(t, func(g *gateway) {
				a, b := g.browser("1001"), g.browser("1002")
				out, in := g.talk(a, b)
				old, far := out, in
				if who == "callee" {
					old, far = in, out
				}
				fresh := g.browser(old.UA.User) // another page, which remembers the dialog
				back := replacedBy(fresh, old, "Require: replaces")
				ok := back.Answered()
				if !strings.Contains(ok.Body(), "m=audio") {
					t.Errorf("answered with\n%s", ok.Raw)
				}
				field(t, old.Hung(), "Reason", "Replaced")
				far.UA.Quiet(10 * time.Second)
				if e := g.seen.last(bridge.Replaced); e.Party.User != old.UA.User {
					t.Errorf("event %+v", e)
				}
				if res := back.Do("INVITE", fresh.Describe(fakeua.Description{Version: 3, Direction: "sendonly"})); res.Status() != 200 {
					t.Errorf("hold is answered with\n%s", res.Raw)
				}
				far.Bye()
				back.Hung()
			})
		})
	}
}

func TestAnotherDeviceTakesACallOverAgainAndAgain(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		now, far := g.talk(a, b)
		for i := range 20 {
			next := replacedBy(g.phone("1001", 100+i), now)
			next.Answered()
			now.Hung()
			now = next
		}
		b.Quiet(10 * time.Second)
		now.Bye()
		far.Hung()
	})
}

func TestWhoMayNotReplace(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b, c := g.browser("1001"), g.phone("1002", 12), g.phone("1003", 13)
		out, in := g.talk(a, b)
		own := g.browser("1001")
		wrong := func(change func(*fakeua.Call)) *fakeua.Call { x := *out; change(&x); return &x }
		for _, x := range []struct {
			why    string
			by     *fakeua.UA
			old    *fakeua.Call
			fields []string
			status int
		}{
			{"another user", c, out, nil, 403},
			{"the far party", b, out, nil, 403},
			{"no such dialog", own, wrong(func(c *fakeua.Call) { c.ID = "none" }), nil, 481},
			{"another from-tag", own, wrong(func(c *fakeua.Call) { c.Local = strings.Replace(c.Local, "tag=", "tag=x", 1) }), nil, 481},
			{"another to-tag", own, wrong(func(c *fakeua.Call) { c.Remote = strings.Replace(c.Remote, "tag=", "tag=x", 1) }), nil, 481},
			{"twice", own, out, []string{"Replaces: a;to-tag=1;from-tag=2"}, 400},
		} {
			t.Log(x.why)
			replacedBy(x.by, x.old, x.fields...).Response(x.status)
		}
		early := own.Invite("1001", fakeua.Invitation{Fields: []string{"Replaces: " + replaces(out) + ";early-only"}})
		early.Response(486)
		bad := own.Invite("1001", fakeua.Invitation{Fields: []string{"Replaces: " + replaces(out)}, SDP: own.Describe(fakeua.Description{Codecs: []string{"g729"}})})
		bad.Response(488) // and the call goes on
		b.Quiet(10 * time.Second)
		stranger := g.stranger("1001", 77)
		stranger.Password = "wrong"
		stranger.Invite("1001", fakeua.Invitation{Fields: []string{"Replaces: " + replaces(out)}}).Response(403)
		out.Bye()
		in.Hung()
		replacedBy(own, out).Response(481) // over and forgotten
	})
}

func TestADialogThatEndsIsNotReplaced(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out, in := g.talk(a, b)
		in.Bye()
		bye := out.Request("BYE") // not answered yet: the dialog is still known
		replacedBy(g.phone("1001", 14), out).Response(603)
		a.Answer(bye, 200, "OK")
	})
}

func TestAnotherDevicePicksUpWhatRings(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		out.Response(180)
		// The phone knows the dialog by its own tag and the gateway's.
		other := g.browser("1002")
		picked := replacedBy(other, in, "Require: replaces")
		picked.Answered()
		out.Answered()
		field(t, in.Canceled(), "Reason", "elsewhere")
		// A caller that waits is not to be replaced.
		waiting := g.phone("1003", 13).Invite("1001", fakeua.Invitation{})
		ringing := a.Incoming()
		ringing.Ring()
		waiting.Response(180)
		replacedBy(g.phone("1003", 14), waiting).Response(481)
		waiting.Cancel()
		waiting.Response(487)
		ringing.Canceled()
		out.Bye()
		picked.Hung()
	})
}

func TestReplacesInTheEcho(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.browser("1001")
		out := a.Invite("600", fakeua.Invitation{})
		out.Answered()
		back := replacedBy(g.browser("1001"), out)
		back.Answered()
		out.Hung()
		back.Bye()
	})
}
