package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/test/fakeua"
)

// told checks who a user agent was told last that it talks with; "" is nobody.
func told(t *testing.T, u *fakeua.UA, want string) *fakeua.Message {
	t.Helper()
	u.Idle(3 * time.Second)
	m := u.Connected()
	if m == nil {
		if want != "" {
			t.Errorf("%s was told nobody, want %s", u.User, want)
		}
		return nil
	}
	if got := m.Field("P-Asserted-Identity"); got != want {
		t.Errorf("%s was told %q, want %q", u.User, got, want)
	}
	return m
}

// taken answers a call as a telephone that takes UPDATE.
func taken(c *fakeua.Call) {
	c.Respond(200, "OK", c.UA.Describe(fakeua.Description{Setup: "active"}), "Allow: INVITE, ACK, CANCEL, BYE, UPDATE")
	c.Acked()
}

// meet lets a call b, and both take UPDATE.
func meet(a, b *fakeua.UA) (out, in *fakeua.Call) {
	out = a.Invite(b.User, fakeua.Invitation{})
	in = b.Incoming()
	taken(in)
	out.Answered()
	return out, in
}

// sentOn has a party transfer its call to 1003, which takes it, and returns that call.
func sentOn(t *testing.T, by *fakeua.Call, to *fakeua.UA) *fakeua.Call {
	t.Helper()
	refer(t, by, 202, "<sip:1003@"+domain+">")
	notified(t, by, 100)
	target := to.Incoming()
	taken(target)
	notified(t, by, 200)
	return target
}

// takenBy has the PBX call a telephone, which takes UPDATE.
func (l *line) takenBy(u *fakeua.UA) (out, in *fakeua.Call) {
	out = l.pbx.Phone.Invite("+4930100", fakeua.Invitation{Target: l.contact()})
	in = u.Incoming()
	taken(in)
	out.Answered()
	return out, in
}

const (
	first  = `"Number 1001" <sip:1001@example.org>`
	second = `"Number 1002" <sip:1002@example.org>`
	third  = `"Number 1003" <sip:1003@example.org>`
)

// Who stays after a transfer is told with whom it talks now (RFC 4916), and who came to be
// called in place of whom it has dialed.
func TestWhoStaysIsToldWhoIsThere(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.phone("1002", 12), g.browser("1003")
		out, in := meet(a, b)
		told(t, a, "") // it has dialed whom it talks with
		told(t, b, "")
		target := sentOn(t, in, c)
		in.Hung()
		told(t, a, third)
		told(t, c, "") // its INVITE has said so
		out.Bye()
		target.Hung()
	})
}

func TestAnAttendedTransferTellsBoth(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.browser("1002"), g.phone("1003", 13)
		far, by := meet(a, b)
		consult, target := g.talk(b, c) // c says nothing of UPDATE
		refer(t, by, 202, replacing(consult))
		notified(t, by, 100)
		notified(t, by, 200)
		consult.Hung()
		by.Bye()
		told(t, a, third)
		told(t, c, first)
		far.Bye()
		target.Hung()
	})
}

// Who says that it takes no UPDATE is not disturbed by a re-INVITE.
func TestWhoTakesNoUPDATEIsLeftAlone(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.phone("1002", 12), g.phone("1003", 13)
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		in.Respond(200, "OK", b.Describe(fakeua.Description{}), "Allow: INVITE, ACK, CANCEL, BYE")
		in.Acked()
		out.Answered()
		target := sentOn(t, out, c)
		out.Bye()
		b.Quiet(10 * time.Second)
		in.Bye()
		target.Hung()
	})
}

func TestWhoAnswersForAGroupIsTold(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.browser("1002"), g.phone("1003", 13)
		out := a.Invite("30", fakeua.Invitation{})
		ring, in := b.Incoming(), c.Incoming()
		ring.Ring()
		taken(in)
		ring.Canceled()
		out.Answered()
		told(t, a, third)
		told(t, c, "")
		out.Bye()
		in.Hung()
	})
}

// Who takes another From is shown it there, too, from then on (RFC 4916 §4.2).
func TestAnotherFromForWhoTakesIt(t *testing.T) {
	for _, takes := range []bool{true, false} {
		inTransfer(t, func(g *gateway) {
			a, b, c := g.phone("1001", 11), g.phone("1002", 12), g.phone("1003", 13)
			var fields []string
			if takes {
				fields = []string{"Supported: timer, from-change"}
			}
			out := a.Invite("1002", fakeua.Invitation{Fields: fields})
			in := b.Incoming()
			taken(in)
			out.Answered()
			target := sentOn(t, in, c)
			in.Hung()
			m := told(t, a, third)
			if got := strings.HasPrefix(m.Field("From"), third+";tag="); got != takes {
				t.Errorf("from-change %v, and From is %s", takes, m.Field("From"))
			}
			target.Bye()
			if bye := out.Hung(); strings.HasPrefix(bye.Field("From"), third) != takes {
				t.Errorf("BYE\n%s", bye.Raw)
			}
		})
	}
}

// What a user's device, or a trunk that is not believed, says of itself in mid-call is its own
// affair; a trunk that is believed tells, and what it says is made fit to be passed on.
func TestWhoMayChangeHisName(t *testing.T) {
	identity := `P-Asserted-Identity: "The Boss` + strings.Repeat("x", 400) + `" <sip:1@carrier.example>`
	for _, believed := range []bool{false, true} {
		onTrunks(t, func(c *trunk.Config) { c.Trust = believed }, func(l *line) {
			in := l.phone("1002", 12)
			call, to := l.takenBy(in)
			if res := call.Do("UPDATE", "", identity); res.Status() != 200 {
				t.Errorf("answered with\n%s", res.Raw)
			}
			in.Idle(3 * time.Second)
			m := in.Connected()
			if (m != nil) != believed {
				t.Errorf("believed %v, and told %v", believed, m)
			}
			if m != nil {
				got := m.Field("P-Asserted-Identity")
				if !strings.HasPrefix(got, `"The Bossxxx`) || !strings.HasSuffix(got, `" <sip:1@`+domain+`>`) || len(got) > 300 {
					t.Errorf("told %s", got)
				}
			}
			if res := to.Do("UPDATE", "", identity); res.Status() != 200 {
				t.Errorf("answered with\n%s", res.Raw)
			}
			l.pbx.Phone.Quiet(3 * time.Second)
			call.Bye()
			to.Hung()
		})
	}
}

// A trunk that is believed is told in the fields that it has callers in, and one that is not
// hears nothing.
func TestWhomATrunkIsTold(t *testing.T) {
	for _, believed := range []bool{false, true} {
		onTrunks(t, func(c *trunk.Config) {
			c.Trust, c.Identity.Number = believed, []trunk.Field{trunk.From, trunk.AssertedIdentity}
		}, func(l *line) {
			b, c := l.phone("1002", 12), l.phone("1003", 13)
			call, in := l.takenBy(b)
			target := sentOn(t, in, c)
			in.Hung()
			want := ""
			if believed {
				want = `"Number 1003" <sip:1003@carrier.example>`
			}
			told(t, l.pbx.Phone, want)
			call.Bye()
			target.Hung()
		})
	}
}

// Who does not want to be shown is not, after a transfer either (RFC 3323 §4.1.1.3).
func TestNobodyIsToldOfWhoHides(t *testing.T) {
	inTransfer(t, func(g *gateway) {
		a, b, c := g.phone("1001", 11), g.phone("1002", 12), g.phone("1003", 13)
		far, by := meet(a, b)
		consult := c.Invite("1002", fakeua.Invitation{Fields: []string{"Privacy: id"}})
		second := b.Incoming()
		taken(second)
		consult.Answered()
		refer(t, by, 202, replacing(second))
		notified(t, by, 100)
		notified(t, by, 200)
		second.Hung()
		by.Bye()
		told(t, a, `"Anonymous" <sip:anonymous@anonymous.invalid>`)
		told(t, c, first)
		far.Bye()
		consult.Hung()
	})
}
