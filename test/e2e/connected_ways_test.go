package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakeua"
)

// The first device of a group's that answers is not who was dialed, nor is one that takes the
// call off a telephone that rings: that one is told whose call it has.
func TestWhoPicksUpIsToldWhoseCallItIs(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b, other := g.phone("1001", 11), g.phone("1002", 12), g.phone("1002", 22)
		out := a.Invite("30", fakeua.Invitation{})
		in, rings := b.Incoming(), other.Incoming()
		in.Ring()
		rings.Ring()
		picked := replacedBy(other, in)
		picked.Answered()
		out.Answered()
		in.Canceled()
		rings.Canceled()
		told(t, a, second)
		told(t, other, first)
		out.Bye()
		picked.Hung()
	})
}

func TestWhoWaitsInAQueueIsToldWhoAnswers(t *testing.T) {
	withMenus(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		out := a.Invite("2", fakeua.Invitation{})
		out.Answered()
		in := b.Incoming()
		taken(in)
		told(t, a, second)
		told(t, b, "") // its INVITE has said so
		out.Bye()
		in.Hung()
	})
}

// A call that is sent on is answered by somebody else than was dialed, whoever has sent it on:
// the telephone by 302, or the dialplan.
func TestWhoIsSentOnIsToldWhoAnswers(t *testing.T) {
	forwards := func(_ *leg.Config, bc *bridge.Config) {
		bc.Plan = mustPlan(t, `from "users" { calls = {
			"1002" = [forward("user:1003", "20s")]
			"30"   = [dial("user:1002", "20s")]
			"1003" = [dial("user:1003", "20s")]
		} }`)
	}
	for _, number := range []string{"1002", "30"} {
		inBubbleWith(t, forwards, func(g *gateway) {
			a, b, c := g.phone("1001", 11), g.phone("1002", 12), g.phone("1003", 13)
			out := a.Invite(number, fakeua.Invitation{})
			if number == "30" {
				b.Incoming().Refuse(302, "Moved Temporarily", "Contact: <sip:1003@"+domain+">")
			}
			in := c.Incoming()
			taken(in)
			out.Answered()
			told(t, a, third)
			told(t, c, "")
			out.Bye()
			in.Hung()
		})
	}
}

// Who takes another From and no UPDATE is told by a re-INVITE that changes nothing (RFC 4916
// §4.2, RFC 3264 §8): once, with the description that it has.
func TestAnotherFromByAReINVITE(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.phone("1002", 12), g.phone("1003", 13)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Respond(200, "OK", b.Describe(fakeua.Description{}), "Allow: INVITE, ACK, CANCEL, BYE", "Supported: from-change")
		in.Acked()
		out.Answered()
		target := sentOn(t, out, c)
		out.Hung()
		before := in.Invite.Body()
		re := in.Reinvited()
		if re.Body() != before {
			t.Errorf("the description has changed:\n%s", re.Raw)
		}
		field(t, re, "P-Asserted-Identity", third)
		if from := re.Field("From"); !strings.HasPrefix(from, third+";tag=") {
			t.Errorf("From is %s", from)
		}
		in.Respond(200, "OK", b.Describe(fakeua.Description{}))
		in.Acked()
		b.Quiet(10 * time.Second)
		target.Bye()
		if bye := in.Hung(); !strings.HasPrefix(bye.Field("From"), third) {
			t.Errorf("BYE\n%s", bye.Raw)
		}
	})
}

// What a trunk says of itself in mid-call, in each form, and what of it is told to the user
// that it talks with.
func TestWhatATrunkSaysInMidCall(t *testing.T) {
	for _, c := range []struct{ method, field, want string }{
		{"INVITE", `P-Asserted-Identity: "Chief" <sip:7@carrier.example>`, `"Chief" <sip:7@` + domain + `>`},
		{"INVITE", `Remote-Party-ID: "Chief" <sip:7@carrier.example>;party=calling;screen=yes;privacy=off`, `"Chief" <sip:7@` + domain + `>`},
		{"UPDATE", `Remote-Party-ID: "Chief" <sip:7@carrier.example>;party=called`, `"Chief" <sip:7@` + domain + `>`},
		{"UPDATE", `Remote-Party-ID: "Chief" <sip:7@carrier.example>;party=calling;privacy=full`, `"Anonymous" <sip:anonymous@anonymous.invalid>`},
		{"INVITE", `Remote-Party-ID: "Chief" <sip:7@carrier.example>;party=other`, ""},
	} {
		for _, believed := range []bool{true, false} {
			onTrunks(t, func(tc *trunk.Config) { tc.Trust = believed }, func(l *line) {
				in := l.phone("1002", 12)
				call, to := l.takenBy(in)
				body := ""
				if c.method == "INVITE" {
					body = l.pbx.Phone.Describe(fakeua.Description{})
				}
				if res := call.Do(c.method, body, c.field); res.Status() != 200 {
					t.Errorf("answered with\n%s", res.Raw)
				}
				want := c.want
				if !believed {
					want = ""
				}
				told(t, in, want)
				call.Bye()
				to.Hung()
			})
		}
	}
}

// A trunk that has its callers in Remote-Party-ID is told there, as the party that it has
// called, or that calls it.
func TestATrunkIsToldByRemotePartyID(t *testing.T) {
	for _, called := range []bool{true, false} {
		onTrunks(t, func(c *trunk.Config) {
			c.Trust, c.Identity.Number = true, []trunk.Field{trunk.From, trunk.RemotePartyID}
		}, func(l *line) {
			b, c := l.phone("1002", 12), l.phone("1003", 13)
			var far, by *fakeua.Call
			party := "calling"
			if called {
				far, by = l.takenBy(b)
				party = "called"
			} else {
				l.contact()
				by = b.Invite("4030999", fakeua.Invitation{})
				far = l.pbx.Phone.Incoming()
				taken(far)
				by.Answered()
			}
			target := sentOn(t, by, c)
			by.Hung()
			update := far.Request("UPDATE")
			far.Reply(update, "")
			want := `"Number 1003" <sip:1003@carrier.example>;party=` + party + `;screen=yes;privacy=off`
			if got := update.Field("Remote-Party-ID"); got != want {
				t.Errorf("told %q, want %q", got, want)
			}
			target.Bye()
			far.Hung()
		})
	}
}

// A PBX says in its 200 who has answered (RFC 3325 §9.1), and in the answer to a refresh who is
// there now. It counts where the trunk is believed; the number that was called is no news.
func TestWhatATrunkSaysInItsAnswer(t *testing.T) {
	const desk, nobody = `"Desk" <sip:777@` + domain + `>`, `"Anonymous" <sip:anonymous@anonymous.invalid>`
	for _, c := range []struct{ field, want string }{
		{`P-Asserted-Identity: "Desk" <sip:777@carrier.example>`, desk},
		{`Remote-Party-ID: "Desk" <sip:777@carrier.example>;party=called`, desk},
		{`P-Asserted-Identity: "Desk" <sip:777@carrier.example>` + "\r\nPrivacy: id", nobody},
		{`P-Asserted-Identity: <sip:4030999@carrier.example>`, ""},
		{`P-Asserted-Identity: "All Desks" <sip:4030999@carrier.example>`, ""},
		{`P-Asserted-Identity: <sip:carrier.example>`, ""},
	} {
		for _, believed := range []bool{true, false} {
			onTrunks(t, func(tc *trunk.Config) { tc.Trust = believed }, func(l *line) { answeredBy(t, l, c.field, c.want, believed) })
		}
	}
}

func answeredBy(t *testing.T, l *line, field, want string, believed bool) {
	t.Helper()
	if !believed {
		want = ""
	}
	l.contact()
	a, pbx := l.phone("1001", 11), l.pbx.Phone
	a.Patience, pbx.Patience = time.Hour, time.Hour
	out := a.Invite("4030999", fakeua.Invitation{})
	in := pbx.Incoming()
	const timer = "Session-Expires: 200;refresher=uac"
	in.Respond(200, "OK", pbx.Describe(fakeua.Description{}), field, timer, "Require: timer", "Allow: INVITE, ACK, BYE, UPDATE")
	in.Acked()
	out.Answered()
	told(t, a, want)
	in.Reply(in.Request("UPDATE"), "", timer, `P-Asserted-Identity: "Next Desk" <sip:778@carrier.example>`)
	if believed {
		want = `"Next Desk" <sip:778@` + domain + `>`
	}
	told(t, a, want)
	out.Bye()
	in.Hung()
}
