package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakeua"
)

// withSteps runs fn with a gateway whose users' number 1 has these steps, and whose carrier may be redirected or not.
func withSteps(t *testing.T, steps string, fn func(g *gateway)) {
	t.Helper()
	withPlan(t, "from \"users\" {\n  calls = {\n    \"1\" = "+steps+"\n  }\n}\n", fn)
}

func withPlan(t *testing.T, source string, fn func(g *gateway)) {
	t.Helper()
	inBubbleWith(t, func(_ *leg.Config, b *bridge.Config) {
		p, err := dialplan.Parse("plan.hcl", source, dialplan.Names{
			Users: []string{"1001", "1002", "1003"}, Trunks: []string{"carrier"}, Redirects: func(string) bool { return false },
		})
		if err != nil {
			t.Fatal(err)
		}
		b.Plan = p
	}, fn)
}

func TestAStepSaysWhatItsInviteTells(t *testing.T) {
	const options = `{ caller_id = "5550100", caller_name = "Sales \"B\"", codecs = ["pcma"], dtmf = "inband", headers = {
      "X-Account" = "17", "X-From" = caller_name, Subject = "hello", alert-info = "<http://rings.example/1>" } }`
	withSteps(t, `[dial("user:1002", "20s", `+options+`)]`, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1", fakeua.Invitation{})
		in := b.Incoming()
		field(t, in.Invite, "From", `"Sales \"B\"" <sip:5550100@example.org>`)
		field(t, in.Invite, "X-Account", "17")
		field(t, in.Invite, "X-From", "Number 1001")
		field(t, in.Invite, "Subject", "hello")
		field(t, in.Invite, "Alert-Info", "<http://rings.example/1>")
		if body := in.Invite.Body(); !strings.Contains(body, " 8\r\n") || strings.Contains(body, "telephone-event") {
			t.Errorf("offered:\n%s", body)
		}
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestAnAnonymousCallerIsShownToNobody(t *testing.T) {
	withSteps(t, `[dial(["user:1002", "trunk:carrier/99"], "20s", { caller_id = "anonymous", next_on = [486] })]`, func(g *gateway) {
		a, b, pbx := g.phone("1001", 11), g.phone("1002", 12), g.carrier()
		out := a.Invite("1", fakeua.Invitation{})
		in := b.Incoming()
		field(t, in.Invite, "From", "<sip:anonymous@anonymous.invalid>")
		in.Refuse(486, "Busy Here")
		in = pbx.Incoming()
		field(t, in.Invite, "From", "<sip:anonymous@anonymous.invalid>")
		field(t, in.Invite, "Privacy", "id")
		if strings.Contains(in.Invite.Raw, "1001") {
			t.Errorf("the carrier is told who calls:\n%s", in.Invite.Raw)
		}
		in.Refuse(486, "Busy Here")
		out.Response(486)
	})
}

func TestAStepSaysHowACarrierIsAskedToHideTheCaller(t *testing.T) {
	withSteps(t, `[dial("trunk:carrier/99", "20s", { privacy = "header", caller_id = "5550100" })]`, func(g *gateway) {
		a, pbx := g.phone("1001", 11), g.carrier()
		out := a.Invite("1", fakeua.Invitation{})
		in := pbx.Incoming()
		field(t, in.Invite, "From", "<sip:anonymous@anonymous.invalid>")
		field(t, in.Invite, "Privacy", "header")
		in.Refuse(486, "Busy Here")
		out.Response(486)
	})
}

func TestForwardTellsBothSides(t *testing.T) {
	inBubbleWith(t, func(l *leg.Config, b *bridge.Config) {
		p, err := dialplan.Parse("plan.hcl", `from "users" { calls = { "10XX" = [dial("user:${to}", "5s"), forward(["user:1003", "trunk:carrier/99"], "5s", { next_on = [486] })] } }`,
			dialplan.Names{Users: []string{"1001", "1002", "1003"}, Trunks: []string{"carrier"}})
		if err != nil {
			t.Fatal(err)
		}
		b.Plan = p
		config := l.Trunks.Find("carrier").Config()
		config.Identity.Diversion = trunk.DiversionHeader
		l.Trunks = trunk.New([]trunk.Config{config}, trunk.Deps{Domain: domain})
	}, func(g *gateway) {
		a, b, c, pbx := g.phone("1001", 11), g.phone("1002", 12), g.phone("1003", 13), g.carrier()
		out := a.Invite("1002", fakeua.Invitation{})
		b.Incoming().Refuse(486, "Busy Here")
		if res := out.Response(181); res.Reason() != "Call Is Being Forwarded" {
			t.Errorf("told %s", res.First())
		}
		in := c.Incoming()
		field(t, in.Invite, "Diversion", "<sip:1002@example.org>;reason=user-busy")
		in.Refuse(486, "Busy Here")
		in = pbx.Incoming()
		field(t, in.Invite, "Diversion", "<sip:1002@example.org>;reason=user-busy;counter=1")
		in.Ring()
		out.Response(180)
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}

func TestRedirectNamesPlacesInOrder(t *testing.T) {
	withSteps(t, `[redirect([{ uri = "sip:b@pbx.example", q = 0.3 }, "sip:a@pbx.example", "tel:+442079460000"])]`, func(g *gateway) {
		a := g.phone("1001", 11)
		res := a.Invite("1", fakeua.Invitation{}).Response(302)
		if got, want := strings.Join(res.Fields("Contact"), ", "), "<sip:a@pbx.example>;q=0.9, <tel:+442079460000>;q=0.8, <sip:b@pbx.example>;q=0.3"; got != want {
			t.Errorf("Contact %s\nwant    %s", got, want)
		}
	})
	withSteps(t, `[redirect("sip:a@pbx.example", 301)]`, func(g *gateway) {
		a := g.browser("1001")
		res := a.Invite("1", fakeua.Invitation{}).Response(301)
		if got := res.Field("Contact"); got != "<sip:a@pbx.example>" || res.Reason() != "Moved Permanently" {
			t.Errorf("%s Contact %s", res.First(), got)
		}
	})
	withPlan(t, `from "trunks" { calls = { "." = [redirect("sip:a@pbx.example")] } }`, func(g *gateway) {
		res := g.carrier().Invite("1", fakeua.Invitation{}).Response(480)
		field(t, res, "Warning", "is not to be redirected")
	})
}

func TestATalkIsEndedWhenItsTimeIsOver(t *testing.T) {
	withSteps(t, `[dial("user:1002", "20s", { max = "90s" })]`, func(g *gateway) {
		a, b := g.phone("1001", 11), g.browser("1002")
		out := a.Invite("1", fakeua.Invitation{})
		in := b.Incoming()
		in.Accept()
		out.Answered()
		a.Quiet(88 * time.Second)
		field(t, out.Hung(), "Reason", `Q.850;cause=16;text="The call has lasted as long as it may"`)
		field(t, in.Hung(), "Reason", "Q.850;cause=16")
	})
}

func TestPhrasesAndCausesOfTheDialplanAreToldToTheCaller(t *testing.T) {
	withSteps(t, `[reject(480, "Gone fishing")]`, func(g *gateway) {
		res := g.browser("1001").Invite("1", fakeua.Invitation{}).Response(480)
		if res.Reason() != "Gone fishing" {
			t.Errorf("%s", res.First())
		}
		field(t, res, "Reason", `SIP;cause=480;text="Gone fishing"`)
	})
	withSteps(t, `[answer(), reject(480, "Gone fishing")]`, func(g *gateway) {
		out := g.phone("1001", 11).Invite("1", fakeua.Invitation{})
		out.Answered()
		field(t, out.Hung(), "Reason", `SIP;cause=480;text="Gone fishing"`)
	})
	withSteps(t, `[hangup(34)]`, func(g *gateway) {
		field(t, g.phone("1001", 11).Invite("1", fakeua.Invitation{}).Response(503), "Reason", "Q.850;cause=34")
	})
	withSteps(t, `[answer(), hangup(34)]`, func(g *gateway) {
		out := g.phone("1001", 11).Invite("1", fakeua.Invitation{})
		out.Answered()
		field(t, out.Hung(), "Reason", "Q.850;cause=34")
	})
}

func TestMembersOfAGroupRingInTurn(t *testing.T) {
	withSteps(t, `[ring(["user:1002", "user:1003"], "30s", { strategy = "in turn", each = "10s" })]`, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.phone("1002", 12), g.phone("1003", 13)
		out := a.Invite("1", fakeua.Invitation{})
		first := b.Incoming()
		first.Ring()
		out.Response(180)
		c.Quiet(9 * time.Second)
		first.Canceled()
		second := c.Incoming()
		second.Accept()
		out.Answered()
		out.Bye()
		second.Hung()
	})
}

func TestEarlySoundIsPutAsideForARingbackOfOurs(t *testing.T) {
	withSteps(t, `[dial("user:1002", "20s", { ringback = "music" })]`, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1", fakeua.Invitation{})
		in := b.Incoming()
		in.Respond(183, "Session Progress", b.Describe(fakeua.Description{}))
		if res := out.Response(183); res.Body() == "" {
			t.Errorf("no sound of ours:\n%s", res.Raw)
		}
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
	withSteps(t, `[dial("user:1002", "20s", { early = "ring" })]`, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("1", fakeua.Invitation{})
		in := b.Incoming()
		in.Respond(183, "Session Progress", b.Describe(fakeua.Description{}))
		if res := out.Response(180); res.Body() != "" {
			t.Errorf("sound:\n%s", res.Raw)
		}
		in.Accept()
		out.Answered()
		out.Bye()
		in.Hung()
	})
}
