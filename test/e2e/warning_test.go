package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

// RFC 3261 §20.43: whoever reads a refusal shall see what decides.
func TestEveryRefusalOfOursSaysWhy(t *testing.T) {
	inBubbleWith(t, longRinging(t), func(g *gateway) {
		a, b, thief := g.phone("1001", 11), g.phone("1002", 12), g.stranger("thief", 66)
		for to, inv := range map[string]fakeua.Invitation{
			"99": {}, "602": {}, "603": {}, "1003": {}, "1009": {}, "500": {Host: "example.com"}, "1001": {},
			"1002": {SDP: a.Describe(fakeua.Description{Codecs: []string{"made-up"}})},
			"10@x": {}, "601": {Fields: []string{"Require: foo"}}, "600": {Fields: []string{"Proxy-Require: foo"}},
			"604": {Fields: []string{"Join: a;to-tag=b;from-tag=c"}}, "606": {Fields: []string{"Supported: timer", "Session-Expires: 5"}},
			"31": {SDP: "rubbish"}, "32": {Hops: "0"}, "33": {From: "1003"},
		} {
			a.Invite(to, inv)
			a.Next("a refusal of "+to, func(m *fakeua.Message) bool { return m.Status() >= 300 && m.Status() != 407 })
		}
		out, in := g.talk(a, b)
		for _, c := range []struct{ method, body, field string }{
			{"UPDATE", a.Describe(fakeua.Description{Codecs: []string{"g729"}}), "X: 1"},
			{"INVITE", "rubbish", "X: 1"},
			{"INVITE", "", "Require: foo"},
			{"UPDATE", "", "Session-Expires: 1\r\nSupported: timer"},
			{"PRACK", "", "RAck: x"},
			{"PRACK", "", "RAck: 1 1 INVITE"},
			{"REFER", "", "X: 1"},
			{"MESSAGE", "", "X: 1"},
			{"INFO", "", "Info-Package: foo"},
		} {
			if res := out.Do(c.method, c.body, c.field); res.Status() < 400 {
				t.Errorf("%s with %s is answered with\n%s", c.method, c.field, res.Raw)
			}
		}
		out.Info("text/plain", "x")
		spoof := out.Spoof(thief)
		spoof.ID = "unknown"
		spoof.Do("BYE", "")
		out.Bye()
		in.Hung()
		out.Do("BYE", "") // once more
		n := 0
		for _, u := range []*fakeua.UA{a, b, thief} {
			for _, m := range u.All() {
				if s := m.Status(); s < 400 || s == 401 || s == 407 {
					continue
				}
				n++
				warning := m.Field("Warning")
				if len(warning) < 20 || !strings.Contains(warning, ` tandem "`) {
					t.Errorf("a refusal does not say why:\n%s", m.Raw)
				}
			}
		}
		if n < 24 {
			t.Errorf("%d refusals, want more", n)
		}
	})
}

func TestJoinIsRefusedPolitely(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a := g.phone("1001", 11)
		a.Invite("1002", fakeua.Invitation{Fields: []string{"Join: a;to-tag=b;from-tag=c"}}).Response(488)
		res := a.Invite("1002", fakeua.Invitation{Fields: []string{"Join: a;to-tag=b;from-tag=c", "Require: join"}}).Response(420)
		field(t, res, "Unsupported", "join")
		res = a.Invite("1002", fakeua.Invitation{Fields: []string{"Proxy-Require: privacy, sec-agree"}}).Response(420)
		if got := res.Field("Unsupported"); got != "sec-agree" {
			t.Errorf("Unsupported: %s", got)
		}
	})
}

func TestReasonsCrossBothWays(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Ring()
		out.Response(180)
		out.Cancel(`Reason: SIP;cause=487;text="gone", Q.850;cause=31;text="changed my mind"`)
		field(t, in.Canceled(), "Reason", `Q.850;cause=31;text="changed my mind"`)
		out.Response(487)
		for _, c := range []struct{ said, want, not string }{
			{`Q.850;cause=34;text="no circuit"`, `Q.850;cause=34;text="no circuit"`, "SIP;cause"},
			{`SIP;cause=503;text="x", Q.850;cause=41`, "Q.850;cause=41", "SIP;cause"},
			{`SIP;cause=408;text="session timer"`, `SIP;cause=408;text="session timer"`, "cause=16"},
			{"nonsense", "Q.850;cause=16", "SIP;cause"},
		} {
			out, in := g.talk(a, b)
			for _, ends := range []struct{ by, other *fakeua.Call }{{out, in}, {in, out}} {
				if ends.by == in {
					out, in = g.talk(a, b)
					ends.by, ends.other = in, out
				}
				ends.by.Bye("Reason: " + c.said)
				bye := ends.other.Hung()
				field(t, bye, "Reason", c.want)
				if got := strings.Join(bye.Fields("Reason"), ", "); strings.Contains(got, c.not) {
					t.Errorf("%s became %s", c.said, got)
				}
			}
		}
		a.Quiet(time.Second)
	})
}
