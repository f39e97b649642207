package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

// speaks are the codecs of a description, by their names here.
func speaks(body string) []string {
	var all []string
	for _, m := range strings.Fields(rtpmaps(body)) {
		name, _, _ := strings.Cut(strings.ToLower(m), "/")
		all = append(all, name)
	}
	return all
}

// chosen are those of ours that an offer has, in our order.
func chosen(ours []string, offer string) []string {
	theirs := speaks(offer)
	return slices.DeleteFunc(slices.Clone(ours), func(c string) bool { return !slices.Contains(theirs, c) })
}

// Who calls without an offer is offered, once somebody has answered, all that there is a way for
// (RFC 3261 §13.2.1): it has no other chance to say what it has. What suits the call best stands
// first, and whatever it chooses of that is heard.
func TestWhoCallsWithoutAnOfferMayTalkWhatItHas(t *testing.T) {
	for _, prefer := range []leg.Prefer{leg.Quality, leg.Passthrough} {
		for _, from := range []string{"phone", "browser"} {
			for _, has := range [][]string{{"pcmu"}, {"pcma"}, {"g722"}, {"opus"}, {"opus", "pcmu"}} {
				for _, to := range []string{"phone", "browser"} {
					for _, there := range [][]string{{"pcma"}, {"g722", "pcmu"}, {"opus"}} {
						t.Run(fmt.Sprintf("%s with %v to %s with %v, prefer %d", from, has, to, there, prefer), func(t *testing.T) {
							inBubbleWith(t, func(lc *leg.Config, _ *bridge.Config) { lc.Prefer = prefer }, func(g *gateway) {
								offerless(t, g, g.device(from, "1001", has), g.device(to, "1002", there), prefer)
							})
						})
					}
				}
			}
		}
	}
}

// device is a registered one with codecs.
func (g *gateway) device(kind, user string, codecs []string) *fakeua.UA {
	u := g.browser
	if kind == "phone" {
		u = func(user string) *fakeua.UA { return g.phone(user, 10+int(user[3]-'0')) }
	}
	d := u(user)
	d.Codecs = codecs
	return d
}

func offerless(t *testing.T, g *gateway, a, b *fakeua.UA, prefer leg.Prefer) {
	t.Helper()
	out := a.Invite("1002", fakeua.Invitation{SDP: "none"})
	in := b.Incoming()
	if len(chosen(b.Codecs, in.Invite.Body())) == 0 { // what it has was left out, and is offered after a 488
		in.Refuse(488, "Not Acceptable Here")
		in = b.Incoming()
	}
	in.Respond(200, "OK", b.Describe(fakeua.Description{Codecs: chosen(b.Codecs, in.Invite.Body())[:1], Setup: "active"}))
	in.Acked()
	res := out.Response(200)
	mine := chosen(a.Codecs, res.Body())
	if len(mine) == 0 {
		t.Errorf("who has %v is offered %v", a.Codecs, speaks(res.Body()))
		out.Ack("")
		out.Hung()
		in.Hung()
		return
	}
	there := g.studio.nth(1).agreed().Send.Name
	if first := speaks(res.Body())[0]; prefer == leg.Passthrough && first != there && slices.Contains(speaks(res.Body()), there) {
		t.Errorf("%s would pass as it is, and %v is offered", there, speaks(res.Body()))
	}
	out.Ack(a.Describe(fakeua.Description{Codecs: mine[:1], Setup: "active"}))
	for range 3 { // a better codec for the two is asked for, and taken
		for _, c := range []*fakeua.Call{out, in} {
			re := c.UA.Await(3*time.Second, func(m *fakeua.Message) bool { return m.Method() == "INVITE" && m.ToTag() != "" })
			if re == nil {
				continue
			}
			c.Invite = re
			c.Respond(200, "OK", c.UA.Describe(fakeua.Description{Codecs: chosen(c.UA.Codecs, re.Body())[:1], Version: 2, Setup: "active"}))
			c.Acked()
		}
	}
	a.Quiet(10 * time.Second)
	if s := g.studio.nth(0).agreed(); !slices.Contains(a.Codecs, s.Send.Name) {
		t.Errorf("who has %v talks %s", a.Codecs, s.Send)
	}
	out.Bye()
	in.Hung()
}

// What is wished of encryption holds for an offer of ours in a 200, too; where none can be made,
// nobody is rung first.
func TestEncryptionForWhoCallsWithoutAnOffer(t *testing.T) {
	for _, c := range []struct {
		secure sdp.Secure
		tls    bool
		proto  string // "" for a refusal
		keys   bool
	}{
		{sdp.SecureAsOffered, false, "RTP/AVP", false},
		{sdp.SecureAsOffered, true, "RTP/AVP", false},
		{sdp.SecureOff, true, "RTP/AVP", false},
		{sdp.SecurePrefer, false, "RTP/AVP", false},
		{sdp.SecurePrefer, true, "RTP/AVP", true},
		{sdp.SecureRequire, true, "RTP/SAVP", true},
		{sdp.SecureRequire, false, "", false},
	} {
		inBubbleWith(t, wishing(map[string]sdp.Secure{"1001": c.secure}), func(g *gateway) {
			a, b := g.phone("1001", 11), g.phone("1002", 12)
			if c.tls {
				a = g.secured("1001")
			}
			out := a.Invite("1002", fakeua.Invitation{SDP: "none"})
			if c.proto == "" {
				if res := out.Response(488); res.Field("Warning") == "" {
					t.Errorf("refused with\n%s", res.Raw)
				}
				b.Quiet(time.Second)
				return
			}
			in := b.Incoming()
			in.Accept()
			res := out.Response(200)
			if !strings.Contains(res.Body(), " "+c.proto+" ") || strings.Contains(res.Body(), "a=crypto:") != c.keys {
				t.Errorf("secure %d, TLS %v: offered\n%s", c.secure, c.tls, res.Body())
			}
			answer := a.Describe(fakeua.Description{})
			if c.keys {
				before, _, _ := strings.Cut(res.Body(), " AES_CM_128_HMAC_SHA1_80")
				tag := before[strings.LastIndex(before, ":"):]
				answer = strings.Replace(keyed(a, c.proto, phoneKey, fakeua.Description{}), "a=crypto:1", "a=crypto"+tag, 1)
			}
			out.Ack(answer)
			a.Quiet(10 * time.Second)
			if got := g.studio.nth(0).agreed().Security.Keying == sdp.SDES; got != c.keys {
				t.Errorf("secure %d, TLS %v: encrypted %v", c.secure, c.tls, got)
			}
			out.Bye()
			in.Hung()
		})
	}
}
