package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

// transferPlan lets users call users and the carrier, and the carrier transfer to
// one user only.
const transferPlan = `
from "users" {
  calls = {
    "10XX" = [dial("user:${to}", "20s")]
    "40."  = [dial("trunk:carrier", "20s")]
    "600"  = [answer(), echo()]
    "602"  = [reject(403, "Not you")]
  }
}
from "trunk:carrier" {
  calls = {
    "+1555." = [dial("user:1002", "20s")]
    "1003"   = [dial("user:1003", "20s")]
  }
}
`

// inTransfer runs fn with the transfer plan.
func inTransfer(t *testing.T, fn func(g *gateway)) {
	t.Helper()
	inBubbleWith(t, func(_ *leg.Config, c *bridge.Config) { c.Plan = mustPlan(t, transferPlan) }, fn)
}

// ever is how many endpoints there ever were.
func (s *studio) ever() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made
}

// refer sends a REFER and checks its final answer.
func refer(t *testing.T, c *fakeua.Call, status int, to string, fields ...string) *fakeua.Message {
	t.Helper()
	res := c.Do("REFER", "", append([]string{"Refer-To: " + to}, fields...)...)
	if res.Status() != status {
		t.Fatalf("REFER to %s is answered with\n%swant %d", to, res.Raw, status)
	}
	return res
}

// notified waits for the next NOTIFY of a transfer, answers it, and checks it.
func notified(t *testing.T, c *fakeua.Call, status int) {
	t.Helper()
	n := c.Request("NOTIFY")
	c.UA.Answer(n, 200, "OK")
	want := fmt.Sprintf("SIP/2.0 %d ", status)
	if !strings.HasPrefix(n.Body(), want) {
		t.Errorf("NOTIFY\n%swant %q", n.Raw, want)
	}
	state := "active"
	if status >= 200 {
		state = "terminated;reason=noresource"
	}
	field(t, n, "Subscription-State", state)
	field(t, n, "Event", "refer;id=")
	field(t, n, "Content-Type", "message/sipfrag;version=2.0")
}

// replacing writes a Refer-To that names a dialog as its user agent sees it.
func replacing(c *fakeua.Call) string {
	return fmt.Sprintf("<%s?Replaces=%s>", c.Target, url.QueryEscape(replaces(c)))
}

// replaces writes a Replaces that names a dialog as its user agent sees it.
func replaces(c *fakeua.Call) string {
	tag := func(v string) string { _, tag, _ := strings.Cut(v, "tag="); return tag }
	return c.ID + ";to-tag=" + tag(c.Remote) + ";from-tag=" + tag(c.Local)
}

func TestBlindTransferBetweenAllKinds(t *testing.T) {
	for _, who := range []string{"caller", "callee"} {
		t.Run("by the "+who, func(t *testing.T) {
			inTransfer(t, func(g *gateway) {
				a, b, c := g.browser("1001"), g.phone("1002", 12), g.browser("1003")
				out, in := g.talk(a, b)
				by, far := in, out
				if who == "caller" {
					by, far = out, in
				}
				res := refer(t, by, 202, "<sip:1003@"+domain+">")
				field(t, res, "Contact", "sip:")
				notified(t, by, 100)
				target := c.Incoming()
				field(t, target.Invite, "From", "sip:"+far.UA.User+"@")
				field(t, target.Invite, "Referred-By", "<sip:"+by.UA.User+"@"+domain+">")
				target.Ring()
				notified(t, by, 180)
				target.Accept()
				notified(t, by, 200)
				if who == "caller" {
					by.Bye()
				} else {
					field(t, by.Hung(), "Reason", "Transferred") // it did not hang up by itself
				}
				far.UA.Quiet(40 * time.Second)
				if e := g.seen.last(bridge.Transferred); e.Party.User != far.UA.User {
					t.Errorf("event %+v", e)
				}
				target.Bye()
				far.Hung()
			})
		})
	}
}

func TestBlindTransferToACarrierAndToOurselves(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, carrier := g.browser("1001"), g.phone("1002", 12), g.carrier()
		out, in := g.talk(a, b)
		refer(t, in, 202, "sip:4055501@"+domain) // without brackets
		notified(t, in, 100)
		far := carrier.Incoming()
		if far.Invite.Field("Referred-By") != "" {
			t.Errorf("the carrier is told of our users:\n%s", far.Invite.Raw)
		}
		far.Accept()
		notified(t, in, 200)
		in.Bye()
		refer(t, out, 202, "<tel:6-0-0>") // the carrier hears its own echo
		notified(t, out, 100)
		notified(t, out, 200)
		out.Hung()
		far.Bye()
	})
}

func TestATransferThatFailsGivesTheCallBack(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.browser("1002"), g.phone("1003", 13)
		out, in := g.talk(a, b)
		refer(t, in, 202, "<sip:1003@"+domain+">")
		notified(t, in, 100)
		c.Incoming().Refuse(486, "Busy Here")
		notified(t, in, 486)
		refer(t, in, 202, "<sip:1003@"+domain+">") // no answer
		notified(t, in, 100)
		ringing := c.Incoming()
		ringing.Ring()
		notified(t, in, 180)
		ringing.Canceled()
		notified(t, in, 408)
		refer(t, in, 202, "<sip:602@"+domain+">") // the dialplan's refusal
		notified(t, in, 100)
		notified(t, in, 403)
		refer(t, in, 202, "<sip:9999@"+domain+">")
		notified(t, in, 100)
		notified(t, in, 404)
		a.Quiet(40 * time.Second)
		b.Quiet(0)
		out.Bye()
		in.Hung()
	})
}

func TestREFERsThatAreRefused(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b := g.browser("1001"), g.phone("1002", 12)
		out, in := g.talk(a, b)
		for _, c := range []struct {
			to     string
			status int
			fields []string
		}{
			{"<sip:1003@" + domain + ";method=MESSAGE>", 501, nil},
			{"<http://" + domain + "/>", 403, nil},
			{"<sip:1003@elsewhere.example>", 403, nil},
			{"<sip:@" + domain + ">", 404, nil},
			{"<sip:" + domain + "?Replaces=a>", 400, nil},
			{"<sip:1003@" + domain + ">", 400, []string{"Refer-To: <sip:1002@" + domain + ">"}},
			{"<sip:" + strings.Repeat("1", 2000) + "@" + domain + ">", 400, nil},
		} {
			refer(t, out, c.status, c.to, c.fields...)
		}
		if res := out.Do("REFER", ""); res.Status() != 400 {
			t.Errorf("a REFER without Refer-To is answered with\n%s", res.Raw)
		}
		stranger := *out
		stranger.Remote, stranger.ID = "<sip:1002@"+domain+">", "none" // in no dialog
		if res := stranger.Do("REFER", "", "Refer-To: <sip:1003@"+domain+">"); res.Status() != 403 {
			t.Errorf("a REFER in no dialog is answered with\n%s", res.Raw)
		}
		b.Quiet(time.Second)
		out.Bye()
		in.Hung()
	})
}

func TestAReferTakesNothingOfTheURIButWhoIsMeant(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.browser("1001"), g.phone("1002", 12), g.phone("1003", 13)
		out, in := g.talk(a, b)
		refer(t, out, 202, "<sip:1003@"+domain+";transport=tcp?X-Evil=1&From=%3Csip%3A9%40x%3E&Route=%3Csip%3Aevil.example%3E&body=x>")
		notified(t, out, 100)
		target := c.Incoming()
		if strings.Contains(strings.ToLower(target.Invite.Raw), "evil") || target.Invite.Field("Route") != "" {
			t.Errorf("smuggled:\n%s", target.Invite.Raw)
		}
		target.Accept()
		notified(t, out, 200)
		out.Bye()
		target.Bye()
		in.Hung()
	})
}

func TestNorefersub(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.browser("1001"), g.phone("1002", 12), g.phone("1003", 13)
		out, in := g.talk(a, b)
		res := refer(t, out, 202, "<sip:1003@"+domain+">", "Refer-Sub: false", "Require: norefersub")
		field(t, res, "Refer-Sub", "false")
		target := c.Incoming()
		target.Accept()
		a.Idle(time.Second)
		for _, m := range a.All() {
			if m.Method() == "NOTIFY" {
				t.Errorf("told, although it did not want to be:\n%s", m.Raw)
			}
		}
		out.Hung()
		in.Bye()
		target.Hung()
	})
}

func TestByeOfTheTransferorDoesNotStopTheTransfer(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.browser("1002"), g.phone("1003", 13)
		out, in := g.talk(a, b)
		refer(t, in, 202, "<sip:1003@"+domain+">")
		in.Bye() // crosses NOTIFY
		target := c.Incoming()
		target.Ring()
		target.Accept()
		a.Quiet(10 * time.Second)
		out.Bye()
		target.Hung()
	})
}

func TestTheFarPartyLeavesInTheMiddle(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.browser("1002"), g.phone("1003", 13)
		out, in := g.talk(a, b)
		refer(t, in, 202, "<sip:1003@"+domain+">")
		notified(t, in, 100)
		target := c.Incoming()
		target.Ring()
		notified(t, in, 180)
		out.Bye()
		cancel := target.Request("CANCEL")
		c.Answer(cancel, 200, "OK")
		target.Respond(200, "OK", c.Describe(fakeua.Description{})) // it answers all the same
		target.Acked()
		target.Hung()
		in.Hung()
	})
}

func TestReferCrossesRefer(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.browser("1002"), g.phone("1003", 13)
		out, in := g.talk(a, b)
		first := out.Send("REFER", "", "Refer-To: <sip:1003@"+domain+">")
		second := in.Send("REFER", "", "Refer-To: <sip:1003@"+domain+">")
		one, two := out.Final("REFER", first), in.Final("REFER", second)
		if one.Status()+two.Status() != 202+491 {
			t.Fatalf("answered with\n%s%s", one.Raw, two.Raw)
		}
		by, far := out, in
		if two.Status() == 202 {
			by, far = in, out
		}
		notified(t, by, 100)
		target := c.Incoming()
		target.Accept()
		notified(t, by, 200)
		by.Bye()
		far.Bye()
		target.Hung()
	})
}

func TestACarrierTransfersWhereItsRowsLetIt(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		b, c, carrier := g.browser("1002"), g.phone("1003", 13), g.carrier()
		out := carrier.Invite("+15550100", fakeua.Invitation{From: "+4420"})
		in := b.Incoming()
		in.Accept()
		out.Answered()
		refer(t, out, 202, "<sip:4055501@"+domain+">") // a user's row, not the carrier's
		notified(t, out, 100)
		notified(t, out, 404)
		refer(t, out, 202, "<sip:1003@"+domain+">")
		notified(t, out, 100)
		target := c.Incoming()
		target.Accept()
		notified(t, out, 200)
		out.Bye()
		in.Bye()
		target.Hung()
	})
}

func TestAttendedTransferOfAllKinds(t *testing.T) {
	for _, kind := range []string{"both called", "called and calling", "tags mixed up"} {
		t.Run(kind, func(t *testing.T) {
			inTransfer(t, func(g *gateway) {
				a, b, c := g.phone("1001", 11), g.browser("1002"), g.phone("1003", 13)
				var by, far *fakeua.Call
				if kind == "called and calling" {
					far, by = g.talk(a, b)
				} else {
					by, far = g.talk(b, a)
				}
				consult, target := g.talk(b, c)
				named := replacing(consult)
				if kind == "tags mixed up" {
					named = strings.NewReplacer("to-tag", "from-tag", "from-tag", "to-tag").Replace(named)
				}
				before := g.studio.ever()
				refer(t, by, 202, named)
				notified(t, by, 100)
				notified(t, by, 200)
				field(t, consult.Hung(), "Reason", "Transferred")
				by.Bye()
				a.Quiet(40 * time.Second)
				c.Quiet(0) // neither far leg is touched
				if now := g.studio.ever(); now != before {
					t.Errorf("%d endpoints, %d before", now, before)
				}
				far.Bye()
				target.Hung()
			})
		})
	}
}

func TestAttendedTransferWhileItRings(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.browser("1002"), g.phone("1003", 13)
		far, by := g.talk(a, b)
		consult := b.Invite("1003", fakeua.Invitation{})
		target := c.Incoming()
		target.Ring()
		consult.Response(180)
		refer(t, by, 202, replacing(consult))
		notified(t, by, 100)
		notified(t, by, 200)
		consult.Response(480)
		by.Hung()
		target.Accept()
		a.Quiet(10 * time.Second)
		target.Bye()
		far.Hung()
	})
}

func TestAttendedTransfersThatAreRefused(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.browser("1002"), g.phone("1003", 13)
		far, by := g.talk(a, b)
		other, target := g.talk(c, a)
		for _, x := range []struct {
			named  string
			status int
		}{
			{replacing(other), 403}, // not its own
			{replacing(by), 403},    // the very same
			{"<sip:" + domain + "?Replaces=none%3Bto-tag%3D1%3Bfrom-tag%3D2>", 481},
			{strings.Replace(replacing(other), "from-tag%3D", "from-tag%3Dx", 1), 403},
		} {
			refer(t, by, 202, x.named)
			notified(t, by, 100)
			notified(t, by, x.status)
		}
		consult := b.Invite("600", fakeua.Invitation{})
		consult.Answered()
		refer(t, by, 202, replacing(consult)) // nobody is there to talk with
		notified(t, by, 100)
		notified(t, by, 603)
		consult.Bye()
		refer(t, by, 202, replacing(consult)) // over
		notified(t, by, 100)
		notified(t, by, 481)
		a.Quiet(10 * time.Second)
		far.Bye()
		by.Hung()
		other.Bye()
		target.Hung()
	})
}
