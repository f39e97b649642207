package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/test/fakeua"
)

var seeds = flag.Uint64("seeds", 100, "how many orders TestWhoKeepsTheRulesAgrees tries")

// talker is a party that keeps the rules of offer and answer (RFC 3264, RFC 3261 §14) and
// changes its mind about video.
type talker struct {
	c       *fakeua.Call
	r       *rand.Rand
	log     func(format string, args ...any)
	owner   bool // of the Call-ID, by which it waits after a 491
	likes   bool // takes video when it is offered some
	clings  bool // refuses at times to give it up
	firm    bool // has refused to let video flow otherwise
	mayHold bool
	many    bool // offers by UPDATE, too, and has itself be offered something by a re-INVITE without a description
	wants   bool // has video on, if it may
	holds   bool // has the other one on hold, if it may
	on      bool // what was agreed last
	held    bool // likewise
	version int
	branch  string    // of its re-INVITE or UPDATE that has no answer yet
	update  bool      // that is an UPDATE
	asks    bool      // that has no description
	patient bool      // comes again by re-INVITE
	cancels bool      // has taken that back
	again   time.Time // when it asks once more; zero for not
	answers *fakeua.Message
	at      time.Time // when it answers that
}

func (k *talker) describe(on bool, setup string) string {
	port := "0"
	if on {
		port = "40100"
	}
	k.version++
	return k.directed(seen(k.c.UA, fakeua.Description{Version: k.version, Setup: setup}, port))
}

func (k *talker) directed(text string) string {
	if k.holds {
		return strings.ReplaceAll(text, "a=sendrecv", "a=sendonly")
	}
	return text
}

// flows says whether a description has video that flows.
func flows(m *fakeua.Message) bool { return videoFlow(m) != "" && videoFlow(m) != "inactive" }

func (k *talker) offer() {
	k.again, k.update, k.asks = time.Time{}, false, false
	switch {
	case k.many && !k.patient && k.r.IntN(3) == 0:
		k.update = true
		k.branch = k.c.Send("UPDATE", k.describe(k.wants, ""))
	case k.many && k.r.IntN(4) == 0:
		k.asks = true
		k.branch = k.c.Send("INVITE", "")
	default:
		k.branch = k.c.Send("INVITE", k.describe(k.wants, ""))
	}
	k.patient = false
	k.log("offers: video %v, hold %v, by UPDATE %v, asks only %v", k.wants, k.holds, k.update, k.asks)
}

// step does what is due now.
func (k *talker) step(t *testing.T) {
	for {
		m := k.c.UA.Await(0, func(m *fakeua.Message) bool { return m.Field("Call-ID") == k.c.ID })
		if m == nil {
			break
		}
		if m.Method() == "INVITE" || m.Status() >= 200 && m.Branch() == k.branch && k.branch != "" {
			k.log("is sent %s, video %q", m.First(), videoFlow(m))
		}
		switch {
		case m.Method() == "BYE":
			t.Fatalf("hung up:\n%s", m.Raw)
		case m.Method() == "INVITE" && k.branch != "":
			k.c.Invite = m
			k.c.Respond(491, "Request Pending", "")
		case m.Method() == "INVITE":
			k.answers, k.at = m, time.Now().Add(time.Duration(k.r.IntN(3)*k.r.IntN(4000))*time.Millisecond)
		case m.Status() >= 200 && m.Branch() == k.branch && k.branch != "":
			k.answered(t, m)
		}
	}
	switch now := time.Now(); {
	case k.answers != nil && !now.Before(k.at):
		k.answer()
	case k.branch == "" && k.answers == nil && !k.again.IsZero() && !now.Before(k.again):
		k.offer()
	}
}

// answered takes the answer to its offer.
func (k *talker) answered(t *testing.T, m *fakeua.Message) {
	k.branch, k.cancels = "", false
	if k.asks && m.Status() == 200 {
		k.on, k.held = flows(m) && k.wants, k.holds
		k.wants = k.on
		k.c.Ack(k.reply(m, k.on))
		return
	}
	if !k.update {
		k.c.Ack("")
	}
	wait := time.Duration(k.r.IntN(2000)) * time.Millisecond
	switch {
	case m.Status() == 200:
		k.on, k.held = flows(m), k.holds
		return
	case m.Status() == 487: // it has taken it back
		k.wants, k.holds = k.on, k.held
		return
	case m.Status() == 504: // whom it has asked takes longer
		k.patient = true
	case m.Status() == 500:
		n, _ := strconv.Atoi(m.Field("Retry-After"))
		wait += time.Duration(n) * time.Second
	case m.Status() != 491:
		t.Fatalf("answered with\n%s", m.Raw)
	case k.owner:
		wait += 2100 * time.Millisecond
	}
	k.again = time.Now().Add(wait)
}

// answer answers the offer that came.
func (k *talker) answer() {
	offer := k.answers
	on, off := flows(offer), videoFlow(offer) == ""
	k.c.Invite, k.answers = offer, nil
	if k.r.IntN(8) == 0 && (on || k.on && off && k.clings) {
		k.log("refuses")
		k.firm = k.firm || k.on && on
		k.c.Respond(488, "Not Acceptable Here", "")
		return
	}
	k.on = on && k.likes
	k.log("answers: video %v, hold %v", k.on, k.holds)
	k.wants = k.on || k.wants && on
	k.c.Respond(200, "OK", k.reply(offer, k.on))
}

// reply is the answer to an offer, with the m-lines that it has.
func (k *talker) reply(offer *fakeua.Message, on bool) string {
	if picture(offer) != "none" {
		return k.describe(on, "active")
	}
	k.version++
	return k.directed(k.c.UA.Describe(fakeua.Description{Version: k.version, Setup: "active"}))
}

// change lets it do what comes to its mind.
func (k *talker) change() {
	free := k.branch == "" && k.answers == nil && k.again.IsZero()
	switch {
	case free && k.r.IntN(100) == 0:
		k.wants = !k.wants
	case free && k.mayHold && k.r.IntN(100) == 0:
		k.holds = !k.holds
		if k.r.IntN(3) == 0 { // a hold, or its end, that carries other lines
			k.wants = !k.wants
		}
	case k.branch != "" && !k.cancels && !k.update && k.r.IntN(200) == 0:
		k.c.Cancel()
		k.cancels = true
		k.log("cancels")
		return
	default:
		return
	}
	k.offer()
}

// rest lets both do what they do for a while, and change their minds if they may.
func rest(t *testing.T, both []*talker, d time.Duration, change bool) {
	const each = 20 * time.Millisecond
	for at := time.Duration(0); at < d; at += each {
		for _, k := range both {
			if change {
				k.change()
			}
			k.step(t)
		}
		time.Sleep(each)
		synctest.Wait()
	}
}

// TestWhoKeepsTheRulesAgrees has two parties switch video on and off, hold each other, with
// or without a change of the video, and take offers back, as they like, at once and across
// each other, by re-INVITE with a description or without and by UPDATE: when they have come to
// rest, and nobody holds, all four sides say the same, and video that is on flows both ways.
func TestWhoKeepsTheRulesAgrees(t *testing.T) {
	for seed := range *seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inBubble(t, func(g *gateway) {
				party := func(user string, host int, browser bool) *fakeua.UA {
					if browser {
						return g.browser(user)
					}
					return g.phone(user, host)
				}
				out, in := g.talk(party("1001", 11, seed%2 > 0), party("1002", 12, seed%4 > 1))
				r := rand.New(rand.NewPCG(seed, 2))
				both := []*talker{{c: out, r: r, owner: true, version: 2}, {c: in, r: r, version: 2}}
				var log []string
				began := time.Now()
				for n, k := range both {
					k.log = func(format string, args ...any) {
						log = append(log, fmt.Sprintf("%v: party %d ", time.Since(began), n)+fmt.Sprintf(format, args...))
					}
					k.likes, k.mayHold, k.clings, k.many = r.IntN(4) > 0, seed%8 > 3, seed%16 > 7, seed%32 > 15
				}
				rest(t, both, 30*time.Second, true)
				rest(t, both, 50*time.Second, false)
				for _, k := range both {
					if k.holds {
						k.holds = false
						k.offer()
						rest(t, both, 30*time.Second, false)
					}
				}
				oneWay := both[0].firm || both[1].firm // it may be
				for n, k := range both {
					s := g.studio.nth(n).agreed()
					l := s.Line(sdp.KindVideo, 0)
					if on := l != nil && l.Direction != sdp.Inactive; on != k.on || on && l.Direction != sdp.SendRecv && !oneWay || k.branch != "" || k.on != both[0].on || s.Remote.Held {
						t.Errorf("party %d: %+v, the leg has %+v of %+v\n%s", n, *k, l, s, strings.Join(log, "\n"))
					}
				}
				out.Bye()
				in.Hung()
			})
		})
	}
}
