package e2e

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

// A party is sent on to another call while it, or its other party, is asked about video:
// the offer is answered at once, without it, and what comes of the question later is of no
// account to either call.
func TestATransferWhileVideoIsAskedFor(t *testing.T) {
	for _, who := range []string{"who sends on", "who is sent on"} {
		t.Run(who, func(t *testing.T) {
			inTransfer(t, func(g *gateway) {
				a, b, c := g.phone("1001", 11), g.browser("1002"), g.phone("1003", 13)
				far, by := g.talk(a, b)
				consult, target := g.talk(b, c)
				offers, asked := by, far
				if who == "who is sent on" {
					offers, asked = far, by
				}
				branch := offers.Send("INVITE", seen(offers.UA, fakeua.Description{Version: 3}, "40100"))
				asked.Reinvited()
				began := time.Now()
				refer(t, by, 202, replacing(consult))
				res := offers.Final("INVITE", branch)
				if picture(res) != "off" || res.Status() != 200 || time.Since(began) > time.Second {
					t.Errorf("after %v answered with\n%s", time.Since(began), res.Raw)
				}
				offers.Ack("")
				notified(t, by, 100)
				notified(t, by, 200)
				consult.Hung()
				asked.Respond(200, "OK", seen(asked.UA, fakeua.Description{Version: 3, Setup: "active"}, "40200"))
				asked.Acked()
				by.Bye()
				// Who has said yes is rid of the line that nobody has.
				if asked == far {
					if again := far.Reinvited(); picture(again) != "off" {
						t.Errorf("offered again\n%s", again.Raw)
					}
					far.Respond(200, "OK", seen(a, fakeua.Description{Version: 4}, "0"))
					far.Acked()
				}
				a.Idle(3 * time.Second)
				offer, res := switched(t, far, target, 5, "40100", "40200")
				if picture(offer) != "on" || picture(res) != "on" {
					t.Errorf("offered afterwards\n%s\n%s", offer.Raw, res.Raw)
				}
				far.Bye()
				target.Hung()
			})
		})
	}
}

// Video that was offered where there was no other party, or refused by one that has gone,
// is news to whoever comes: offered again, it is asked about.
func TestVideoIsAskedOfWhoeverComesLater(t *testing.T) {
	for _, from := range []string{"the beginning", "a later offer"} {
		t.Run(from, func(t *testing.T) {
			inBubble(t, func(g *gateway) {
				a, b := g.phone("1001", 11), g.phone("1002", 12)
				i := fakeua.Invitation{SDP: seen(a, fakeua.Description{}, "40100")}
				if from != "the beginning" {
					i = fakeua.Invitation{}
				}
				out := a.Invite("604", i)
				out.Answered()
				in := b.Incoming()
				if from != "the beginning" {
					if res := out.Do("INVITE", seen(a, fakeua.Description{Version: 2}, "40100")); picture(res) != "off" {
						t.Errorf("while nobody is there, answered with\n%s", res.Raw)
					}
				}
				in.Accept()
				a.Idle(time.Second)
				for version := 3; version < 5; version++ {
					branch := out.Send("INVITE", seen(a, fakeua.Description{Version: version}, "40100"))
					if version == 3 {
						if offer := in.Reinvited(); picture(offer) != "on" {
							t.Errorf("offered\n%s", offer.Raw)
						}
						in.Refuse(488, "Not Acceptable Here")
					}
					if res := out.Final("INVITE", branch); res.Status() != 200 || picture(res) != "off" {
						t.Errorf("refused, it is answered with\n%s", res.Raw)
					}
					out.Ack("")
				}
				b.Quiet(40 * time.Second) // who has said no is not asked again
				out.Bye()
				in.Hung()
			})
		})
	}
}
