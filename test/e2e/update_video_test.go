package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

// update sends an UPDATE with video of a's and lets the other end answer what it is asked.
func update(t *testing.T, out, in *fakeua.Call, version int, port, other string) (offer, res *fakeua.Message) {
	t.Helper()
	branch := out.Send("UPDATE", seen(out.UA, fakeua.Description{Version: version}, port))
	offer = in.Reinvited()
	in.Respond(200, "OK", seen(in.UA, fakeua.Description{Setup: "active", Version: version}, other))
	in.Acked()
	return offer, out.Final("UPDATE", branch)
}

// TestVideoIsSwitchedOnAndOffByUpdate: as by a re-INVITE, the other party is asked.
func TestVideoIsSwitchedOnAndOffByUpdate(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		for i, side := range [][2]*fakeua.Call{{out, in}, {in, out}} {
			offer, res := update(t, side[0], side[1], 3+2*i, "40100", "40200")
			if picture(offer) != "on" || res.Status() != 200 || picture(res) != "on" {
				t.Errorf("switched on:\n%s\n%s", offer.Raw, res.Raw)
			}
			side[0].UA.Idle(time.Second)
			offer, res = update(t, side[0], side[1], 4+2*i, "0", "0")
			if picture(offer) != "off" || res.Status() != 200 || picture(res) != "off" {
				t.Errorf("switched off:\n%s\n%s", offer.Raw, res.Raw)
			}
			side[0].UA.Idle(time.Second)
		}
		if got := g.seen.kinds(); !strings.HasSuffix(got, "video on video off video on video off") {
			t.Errorf("events: %s", got)
		}
		a.Quiet(40 * time.Second)
		b.Quiet(0)
		out.Bye()
		in.Hung()
	})
}

func TestVideoByUpdateThatIsRefusedLeavesTheCall(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		refused(t, out, in, "UPDATE")
		// Nobody is asked who has said no.
		if res := out.Do("UPDATE", seen(a, fakeua.Description{Version: 4}, "40100")); res.Status() != 200 || picture(res) != "off" {
			t.Errorf("answered again with\n%s", res.Raw)
		}
		b.Quiet(time.Second)
		out.Bye()
		in.Hung()
	})
}

// TestAnUpdateIsAnsweredPromptly: a telephone asks its user; RFC 3311 §5.2 has who offers
// told so with 504, and a re-INVITE waits for the answer.
func TestAnUpdateIsAnsweredPromptly(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		began := time.Now()
		branch := out.Send("UPDATE", seen(a, fakeua.Description{Version: 3}, "40100"))
		in.Reinvited()
		in.Respond(180, "Ringing", "")
		if res := out.Do("UPDATE", seen(a, fakeua.Description{Version: 4}, "40100")); res.Status() != 500 || res.Field("Retry-After") == "" {
			t.Errorf("while one waits another is answered with\n%s", res.Raw)
		}
		res := out.Final("UPDATE", branch)
		if waited := time.Since(began); waited < 2*time.Second || waited > 4*time.Second || res.Status() != 504 || res.Body() != "" {
			t.Errorf("after %v answered with\n%s", waited, res.Raw)
		}
		// The re-INVITE that follows waits for the same answer: nobody is asked twice.
		branch = out.Send("INVITE", seen(a, fakeua.Description{Version: 5}, "40100"))
		a.Idle(6 * time.Second)
		in.Respond(200, "OK", seen(b, fakeua.Description{Setup: "active", Version: 3}, "40200"))
		in.Acked()
		if res := out.Final("INVITE", branch); res.Status() != 200 || picture(res) != "on" {
			t.Errorf("answered with\n%s", res.Raw)
		}
		out.Ack("")
		b.Quiet(time.Second)
		out.Bye()
		in.Hung()
	})
}

// TestVideoThatIsGivenUpByUpdateNeedsNobodysConsent: the other party is told when it can be.
func TestVideoThatIsGivenUpByUpdateNeedsNobodysConsent(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		switched(t, out, in, 3, "40100", "40200")
		a.Idle(time.Second)
		branch := out.Send("UPDATE", seen(a, fakeua.Description{Version: 4}, "0"))
		if offer := in.Reinvited(); picture(offer) != "off" {
			t.Errorf("offered\n%s", offer.Raw)
		}
		in.Respond(180, "Ringing", "")
		if res := out.Final("UPDATE", branch); res.Status() != 200 || picture(res) != "off" {
			t.Errorf("answered with\n%s", res.Raw)
		}
		in.Respond(200, "OK", seen(b, fakeua.Description{Setup: "active", Version: 4}, "0"))
		in.Acked()
		a.Quiet(time.Second)
		b.Quiet(0)
		// What is offered later is without it.
		if res := out.Do("INVITE", ""); picture(res) == "on" {
			t.Errorf("offered later\n%s", res.Raw)
		}
		in.Bye()
		out.Hung()
	})
}

func TestACallThatEndsWhileAnUpdateWaits(t *testing.T) {
	for _, who := range []string{"who offers", "who is asked"} {
		t.Run(who, func(t *testing.T) {
			kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
				out, in := g.talk(a, b)
				branch := out.Send("UPDATE", seen(a, fakeua.Description{Version: 3}, "40100"))
				in.Reinvited()
				if who == "who offers" {
					out.Bye()
				} else {
					in.Bye()
				}
				if res := out.Final("UPDATE", branch); res.Status() < 400 && picture(res) == "on" {
					t.Errorf("answered with\n%s", res.Raw)
				}
				a.Idle(10 * time.Second)
			})
		})
	}
}
