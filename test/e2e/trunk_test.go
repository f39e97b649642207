package e2e

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakepbx"
	"github.com/tandemgw/tandem/test/fakeua"
)

const trunkPlan = `
from "users" {
  calls = {
    "10XX" = [dial("user:${to}", "20s")]
    "40."  = [dial("trunk:acme")]
    "50."  = [dial(["trunk:acme", "trunk:spare"], "20s")]
    "60."  = [dial("trunk:acme", "20s", { caller_id = "5550100" })]
  }
}
from "trunk:acme" {
  calls = {
    "+4930." = [dial("user:1002", "20s")]
    "+4931." = [dial("user:1002", "20s", { caller_id = "5550100" })]
    "1002"   = [dial("user:1002", "20s")]
    "70."    = [dial("trunk:spare", "20s")]
    "201"    = [dial("user:${to}", "20s")]
  }
}
from "trunk:spare" {
  calls = { "*" = [dial("user:1002", "20s")] }
}
`

// line is a gateway with trunks: acme is a registrar at carrier.example, spare is
// known by its address.
type line struct {
	*gateway
	trunks *trunk.Trunks
	pbx    *fakepbx.PBX
}

// onTrunks runs fn with a gateway whose trunk acme is as change makes it.
func onTrunks(t *testing.T, change func(*trunk.Config), fn func(l *line)) {
	t.Helper()
	onTrunksWith(t, change, func(*leg.Config) {}, fn)
}

// onTrunksWith is onTrunks with a configuration of legs that setup has had its hands on, in the bubble.
func onTrunksWith(t *testing.T, change func(*trunk.Config), setup func(*leg.Config), fn func(l *line)) {
	t.Helper()
	acme := trunk.Config{
		Name: "acme", Host: "carrier.example", Register: &trunk.Account{User: "4930100", Password: "secret"},
	}
	if change != nil {
		change(&acme)
	}
	spare := trunk.Config{Name: "spare", Host: "192.0.2.211", Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.211/32")}, Options: -1}
	synctest.Test(t, func(t *testing.T) {
		l := &line{}
		l.gateway = newGateway(t, func(lc *leg.Config, bc *bridge.Config) {
			l.trunks = trunk.New([]trunk.Config{acme, spare}, trunk.Deps{
				Send: lc.Client, Announce: lc.Announce, Domain: domain, Binder: lc.Registrar,
				Secret: func(user string) bool { u, ok := lc.Users.Find(user); return ok && len(u.HA1) > 0 },
			})
			lc.Trunks = l.trunks
			setup(lc)
			p, err := dialplan.Parse("plan.hcl", trunkPlan, dialplan.Names{Users: []string{"1001", "1002", "1003"}, Trunks: []string{"acme", "spare"}})
			if err != nil {
				t.Fatal(err)
			}
			bc.Plan = p
		})
		l.pbx = fakepbx.New(t, l.net, carrierAddr, "carrier.example", l.socket).User("4930100", "secret")
		l.uas = append(l.uas, l.pbx.Phone)
		ctx, cancel := context.WithCancel(context.Background())
		over := make(chan error, 1)
		go func() { over <- l.trunks.Run(ctx) }()
		synctest.Wait()
		defer l.end()
		defer func() {
			_ = l.trunks.Close()
			cancel()
			<-over
		}()
		fn(l)
	})
}

// spare is the far end of that trunk.
func (l *line) spare() *fakeua.UA {
	u := fakeua.Phone(l.t, l.net, "spare", "192.0.2.211:5060", l.socket.Addr())
	u.Password = ""
	l.uas = append(l.uas, u)
	return u
}

// contact is where acme's registrar has us.
func (l *line) contact() string {
	l.t.Helper()
	synctest.Wait()
	uri := l.pbx.Binding("4930100")
	if uri == "" {
		l.t.Fatal("the trunk is not registered")
	}
	return uri
}

func TestACallOverARegisteredTrunkAnswersItsChallenges(t *testing.T) {
	for _, ask := range []int{401, 407} {
		onTrunks(t, nil, func(l *line) {
			l.contact()
			l.pbx.Set(func(w *fakepbx.Ways) { w.Challenge, w.InDialog, w.Ask = true, true, ask })
			l.pbx.Forget()
			caller := l.browser("1001")
			out := caller.Invite("4030999", fakeua.Invitation{})
			in := l.pbx.Phone.Incoming()
			in.Ring()
			out.Response(180)
			ack := in.Accept()
			out.Answered()
			field(t, in.Invite, "From", "<sip:1001@carrier.example>")
			field(t, in.Invite, "To", "<sip:4030999@carrier.example>")
			if v := ack.Field("Authorization") + ack.Field("Proxy-Authorization"); v == "" {
				t.Error("the ACK lacks the credentials of its INVITE (RFC 3261 §22.1)")
			}
			if a := in.Invite.Field("Authorization") + in.Invite.Field("Proxy-Authorization"); !strings.Contains(a, `username="4930100"`) || strings.Contains(a, "secret") {
				t.Errorf("credentials: %s", a)
			}
			out.Bye()
			in.Hung()
			if n := len(l.pbx.Requests("BYE")); n != 2 {
				t.Errorf("%d BYEs at the trunk, want one that is challenged and one that is answered", n)
			}
		})
	}
}

func TestADIDOfARegisteredTrunkRingsWhoeverTheDialplanSays(t *testing.T) {
	onTrunks(t, nil, func(l *line) {
		uri, callee := l.contact(), l.browser("1002")
		for _, c := range []struct{ uri, to, more string }{
			{uri, "<sip:+4930555@carrier.example>", ""},
			{uri, "<sip:4930100@carrier.example>", "P-Called-Party-ID: <sip:+4930555@carrier.example>"},
			{"sip:+4930555@" + gatewayAddr, "<sip:+4930555@carrier.example>", ""},
		} {
			in := l.inviteFrom(l.pbx.Phone, c.uri, c.to, c.more)
			call := callee.Incoming()
			field(t, call.Invite, "From", "<sip:+4940222@example.org>")
			call.Refuse(486, "Busy Here")
			in.Response(486)
		}
		stranger := l.stranger("666", 66)
		stranger.Password = ""
		res := l.inviteFrom(stranger, uri, "<sip:+4930555@carrier.example>", "")
		res.Response(407)
	})
}

// inviteFrom calls as a trunk does: with a Request-URI and To of its own.
func (l *line) inviteFrom(u *fakeua.UA, uri, to, more string) *fakeua.Call {
	l.t.Helper()
	inv := fakeua.Invitation{From: "+4940222", Target: uri, To: to}
	if more != "" {
		inv.Fields = []string{more}
	}
	return u.Invite("unused", inv)
}

func TestACallFromATrunkThatChallengesByeIsEnded(t *testing.T) {
	onTrunks(t, nil, func(l *line) {
		uri, callee := l.contact(), l.browser("1002")
		l.pbx.Set(func(w *fakepbx.Ways) { w.InDialog = true })
		out := l.inviteFrom(l.pbx.Phone, uri, "<sip:+4930555@carrier.example>", "")
		in := callee.Incoming()
		in.Accept()
		out.Answered()
		l.pbx.Forget()
		in.Bye()
		out.Hung()
		if n := len(l.pbx.Requests("BYE")); n != 2 {
			t.Errorf("%d BYEs", n)
		}
	})
}

func TestACallFailsOverWhenATrunkIsDownOrSaysSo(t *testing.T) {
	for _, c := range []struct {
		name    string
		ways    fakepbx.Ways
		wait    time.Duration
		refuses int
		at      time.Duration // that the second trunk is called by
	}{
		{"503", fakepbx.Ways{}, 0, 503, time.Second},
		{"silent, not yet known to be", fakepbx.Ways{Silent: true}, 0, 0, 8 * time.Second},
		{"known to be down", fakepbx.Ways{Silent: true}, 2 * time.Minute, 0, 10 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			onTrunks(t, nil, func(l *line) {
				l.contact()
				spare, caller := l.spare(), l.browser("1001")
				l.pbx.Set(func(w *fakepbx.Ways) { *w = c.ways })
				time.Sleep(c.wait)
				began := time.Now()
				out := caller.Invite("5030999", fakeua.Invitation{})
				if c.refuses != 0 {
					l.pbx.Phone.Incoming().Refuse(c.refuses, "No")
				}
				in := spare.Incoming()
				if took := time.Since(began); took > c.at {
					t.Errorf("the second trunk is called after %v", took)
				}
				field(t, in.Invite, "From", "<sip:1001@example.org>")
				in.Accept()
				out.Answered()
				out.Bye()
				in.Hung()
			})
		})
	}
}

func TestABusyCalleeIsNotCalledByAnotherTrunk(t *testing.T) {
	onTrunks(t, nil, func(l *line) {
		l.contact()
		spare, caller := l.spare(), l.browser("1001")
		for _, status := range []int{486, 603} {
			out := caller.Invite("5030999", fakeua.Invitation{})
			l.pbx.Phone.Incoming().Refuse(status, "")
			out.Response(status)
		}
		spare.Quiet(time.Minute)
	})
}

func TestLimitsOfATrunkAreSaidInTheRefusal(t *testing.T) {
	onTrunks(t, func(c *trunk.Config) { c.MaxCalls = 1 }, func(l *line) {
		uri, one, two := l.contact(), l.browser("1001"), l.browser("1002")
		out := one.Invite("4030999", fakeua.Invitation{})
		in := l.pbx.Phone.Incoming()
		in.Accept()
		out.Answered()
		res := two.Invite("4030999", fakeua.Invitation{}).Response(503)
		field(t, res, "Warning", "max_calls of trunk acme is reached")
		field(t, l.inviteFrom(l.pbx.Phone, uri, "<sip:+4930555@x>", "").Response(503), "Warning", "max_calls of trunk acme is reached")
		if s := l.trunks.List()[0]; s.Calls != 1 {
			t.Errorf("%d calls", s.Calls)
		}
		out.Bye()
		in.Hung()
	})
}

func TestWhoWithholdsTheNumberIsAnonymousToDevicesAndAskedForAtTrunks(t *testing.T) {
	asserts := func(c *trunk.Config) {
		c.Trust, c.Identity = true, trunk.Identity{Number: []trunk.Field{trunk.From, trunk.AssertedIdentity}, Diversion: trunk.DiversionHeader}
	}
	onTrunks(t, asserts, func(l *line) {
		uri, callee := l.contact(), l.browser("1002")
		hidden := []string{"Privacy: id", "P-Asserted-Identity: \"Anna\" <sip:+4940333@carrier.example>"}
		out := l.pbx.Phone.Invite("x", fakeua.Invitation{Target: uri, To: "<sip:+4930555@x>", Fields: hidden})
		in := callee.Incoming()
		field(t, in.Invite, "From", `"Anonymous" <sip:anonymous@anonymous.invalid>`)
		if strings.Contains(in.Invite.Raw, "40333") || strings.Contains(in.Invite.Raw, "Anna") || in.Invite.Field("P-Asserted-Identity") != "" {
			t.Errorf("the number has crossed:\n%s", in.Invite.Raw)
		}
		in.Refuse(486, "Busy")
		out.Response(486)
		if who := l.seen.last(bridge.Incoming).Party; who.User != "+4940333" || !who.Private {
			t.Errorf("the log has %+v", who)
		}

		caller := l.browser("1001")
		call := caller.Invite("4030999", fakeua.Invitation{Fields: []string{"Privacy: id", "P-Asserted-Identity: <sip:forged@x>", "Diversion: <sip:forged@x>", "X-Odd: forged"}})
		there := l.pbx.Phone.Incoming()
		field(t, there.Invite, "From", `"Anonymous" <sip:anonymous@anonymous.invalid>`)
		field(t, there.Invite, "P-Asserted-Identity", "<sip:1001@carrier.example>")
		field(t, there.Invite, "Privacy", "id")
		if strings.Contains(there.Invite.Raw, "forged") {
			t.Errorf("a header has crossed:\n%s", there.Invite.Raw)
		}
		there.Refuse(486, "Busy")
		call.Response(486)

		call = caller.Invite("6030999", fakeua.Invitation{})
		there = l.pbx.Phone.Incoming()
		field(t, there.Invite, "From", "<sip:5550100@carrier.example>")
		there.Refuse(486, "Busy")
		call.Response(486)
	})
}

func TestAForwardedCallSaysByWhomFromTrunkToTrunk(t *testing.T) {
	onTrunks(t, nil, func(l *line) {
		uri := l.contact()
		spare := l.spare()
		out := l.pbx.Phone.Invite("x", fakeua.Invitation{Target: uri, To: "<sip:7001@x>", Fields: []string{"Diversion: <sip:+4930777@old.example>;reason=no-answer"}})
		in := spare.Incoming()
		if v := in.Invite.Field("Diversion"); v != "" {
			t.Errorf("a trunk that is not to be told is: %s", v)
		}
		in.Refuse(486, "Busy")
		out.Response(486)
	})
}

func TestWhoWithholdsHisNumberIsNotToldOfAsWhoSentACallOn(t *testing.T) {
	onTrunks(t, nil, func(l *line) {
		uri, callee := l.contact(), l.browser("1002")
		for _, more := range []string{
			"Diversion: <sip:+4930777@old.example>;reason=no-answer;privacy=full, <sip:+4930888@old.example>;reason=away;privacy=off",
			"History-Info: <sip:+4930888@old.example>;index=1, <sip:+4930777@old.example?Privacy=history&Reason=SIP%3Bcause%3D408>;index=1.1;mp=1, <sip:+4930555@carrier.example;cause=408>;index=1.1.1;mp=1.1",
		} {
			out := l.inviteFrom(l.pbx.Phone, uri, "<sip:+4930555@carrier.example>", more)
			in := callee.Incoming()
			if got := in.Invite.Fields("Diversion"); strings.Contains(strings.Join(got, " "), "777") {
				t.Errorf("%s: the user is told of who withholds his number: %q", more, got)
			}
			in.Refuse(486, "Busy")
			out.Response(486)
		}
	})
}
