package e2e

import (
	"strings"
	"testing"

	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/test/fakeua"
)

// studioKeys are those of every plain leg of the studio.
func studioKeys() []sdp.Crypto {
	var all []sdp.Crypto
	for _, suite := range []sdp.Suite{sdp.AES128GCM, sdp.AES128CMSHA80} {
		key, salt := suite.KeyLen()
		all = append(all, sdp.Crypto{Suite: suite, Key: sdp.Secret(strings.Repeat("k", key+salt))})
	}
	return all
}

// secured is a registered telephone on TLS.
func (g *gateway) secured(user string) *fakeua.UA {
	g.t.Helper()
	u := fakeua.Secure(g.t, user, g.layer)
	g.uas = append(g.uas, u)
	return u.Online()
}

// wishing has a gateway whose users wish something of encryption.
func wishing(wishes map[string]sdp.Secure) func(*leg.Config, *bridge.Config) {
	return func(c *leg.Config, _ *bridge.Config) {
		c.Secure = func(user, trunk string) sdp.Secure { return wishes[user+trunk] }
	}
}

const (
	phoneKey = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
	otherKey = "AVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
)

// keyed is a description of a telephone's with SRTP.
func keyed(u *fakeua.UA, proto, key string, d fakeua.Description) string {
	text := strings.Replace(u.Describe(d), "RTP/AVP", proto, 1)
	if key != "" {
		text += "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key + "\r\n"
	}
	return text
}

func TestATelephoneThatEncryptsIsAnsweredByItsOwnWay(t *testing.T) {
	inBubble(t, func(g *gateway) {
		caller, callee := g.secured("1001"), g.phone("1002", 12)
		out := caller.Invite("1002", fakeua.Invitation{SDP: keyed(caller, "RTP/SAVP", phoneKey, fakeua.Description{})})
		in := callee.Incoming()
		if body := in.Invite.Body(); strings.Contains(body, "crypto") || !strings.Contains(body, "RTP/AVP") {
			t.Errorf("a key has crossed to the other leg, or its protocol:\n%s", body)
		}
		in.Accept()
		ok := out.Answered()
		if !strings.Contains(ok.Body(), " RTP/SAVP ") || strings.Count(ok.Body(), "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:") != 1 || strings.Contains(ok.Body(), phoneKey) {
			t.Errorf("answer:\n%s", ok.Body())
		}
		agreed := g.studio.nth(0).agreed()
		if agreed.Security.Keying != sdp.SDES || agreed.Security.Theirs.Suite != sdp.AES128CMSHA80 {
			t.Errorf("agreed %+v", agreed.Security)
		}
		if other := g.studio.nth(1).agreed(); other.Security.Keying != sdp.Clear {
			t.Errorf("the other leg is %v", other.Security.Keying)
		}
		// A hold with the same key, and another key in mid-call.
		if res := out.Do("INVITE", keyed(caller, "RTP/SAVP", phoneKey, fakeua.Description{Direction: "sendonly", Version: 2})); res.Status() != 200 {
			t.Errorf("hold: %s", res.Raw)
		}
		if again := g.studio.nth(0).agreed().Security; again != agreed.Security {
			t.Errorf("a hold has changed the keys: %v", again)
		}
		if res := out.Do("INVITE", keyed(caller, "RTP/SAVP", otherKey, fakeua.Description{Version: 3})); res.Status() != 200 {
			t.Errorf("another key: %s", res.Raw)
		}
		if again := g.studio.nth(0).agreed().Security; again.Theirs == agreed.Security.Theirs || again.Ours != agreed.Security.Ours {
			t.Errorf("after another key of theirs: %v", again)
		}
		out.Bye()
		in.Hung()
	})
}

func TestKeysInTheClearAreRefusedWithWordsUnlessPreferred(t *testing.T) {
	for wish, want := range map[sdp.Secure]int{sdp.SecureAsOffered: 488, sdp.SecurePrefer: 180, sdp.SecureRequire: 488, sdp.SecureOff: 488} {
		inBubbleWith(t, wishing(map[string]sdp.Secure{"1001": wish}), func(g *gateway) {
			caller, callee := g.phone("1001", 11), g.phone("1002", 12)
			out := caller.Invite("1002", fakeua.Invitation{SDP: keyed(caller, "RTP/SAVP", phoneKey, fakeua.Description{})})
			if want == 488 {
				field(t, out.Response(488), "Warning", "399 tandem")
				callee.Quiet(5e9) // nobody is rung for what cannot be
				return
			}
			in := callee.Incoming()
			in.Ring()
			out.Response(want)
			out.Cancel()
			in.Canceled()
			out.Response(487)
		})
	}
}

func TestWhereEncryptionIsRequiredNothingElseIsTaken(t *testing.T) {
	inBubbleWith(t, wishing(map[string]sdp.Secure{"1001": sdp.SecureRequire, "1002": sdp.SecureRequire, "1003": sdp.SecureRequire}), func(g *gateway) {
		caller, callee := g.secured("1001"), g.secured("1002")
		field(t, caller.Invite("1002", fakeua.Invitation{}).Response(488), "Warning", "secure = require")
		g.phone("1003", 13) // over UDP: it cannot be called so
		field(t, caller.Invite("1003", fakeua.Invitation{SDP: keyed(caller, "RTP/SAVP", phoneKey, fakeua.Description{})}).Response(488), "Reason", "488")

		out := caller.Invite("1002", fakeua.Invitation{SDP: keyed(caller, "RTP/SAVP", phoneKey, fakeua.Description{})})
		in := callee.Incoming()
		if body := in.Invite.Body(); !strings.Contains(body, " RTP/SAVP ") || strings.Count(body, "a=crypto:") != 2 || strings.Contains(body, phoneKey) {
			t.Errorf("offer:\n%s", body)
		}
		answer := strings.Replace(keyed(callee, "RTP/SAVP", otherKey, fakeua.Description{}), "crypto:1", "crypto:2", 1)
		in.Respond(200, "OK", answer)
		in.Acked()
		out.Answered()
		if k := g.studio.nth(3).agreed().Security.Keying; k != sdp.SDES {
			t.Errorf("the called leg is %v", k)
		}
		// A plain offer in mid-call is refused, and the call stays.
		if res := out.Do("INVITE", caller.Describe(fakeua.Description{Version: 2})); res.Status() != 488 {
			t.Errorf("a downgrade is answered with\n%s", res.Raw)
		}
		out.Bye()
		in.Hung()

		// An answer that is not encrypted ends the call that it answers.
		out = caller.Invite("1002", fakeua.Invitation{SDP: keyed(caller, "RTP/SAVP", phoneKey, fakeua.Description{})})
		in = callee.Incoming()
		in.Respond(200, "OK", callee.Describe(fakeua.Description{}))
		in.Acked()
		in.Hung()
		out.Response(488)
	})
}

func TestOpportunisticKeysMayBeLeftOut(t *testing.T) {
	for _, takes := range []bool{true, false} {
		inBubbleWith(t, wishing(map[string]sdp.Secure{"1002": sdp.SecurePrefer}), func(g *gateway) {
			caller, callee := g.phone("1001", 11), g.secured("1002")
			out := caller.Invite("1002", fakeua.Invitation{})
			in := callee.Incoming()
			if body := in.Invite.Body(); !strings.Contains(body, " RTP/AVP ") || strings.Count(body, "a=crypto:") != 2 {
				t.Errorf("offer:\n%s", body)
			}
			answer, want := callee.Describe(fakeua.Description{}), sdp.Clear
			if takes {
				answer, want = strings.Replace(keyed(callee, "RTP/AVP", otherKey, fakeua.Description{}), "crypto:1", "crypto:2", 1), sdp.SDES
			}
			in.Respond(200, "OK", answer)
			in.Acked()
			out.Answered()
			if k := g.studio.nth(1).agreed().Security.Keying; k != want {
				t.Errorf("agreed %v, want %v", k, want)
			}
			out.Bye()
			in.Hung()
		})
	}
}

func TestDTLSOfATelephoneIsAnswered(t *testing.T) {
	inBubble(t, func(g *gateway) {
		caller, callee := g.phone("1001", 11), g.browser("1002")
		offer := keyed(caller, "UDP/TLS/RTP/SAVP", "", fakeua.Description{}) + "a=fingerprint:" + fakeua.Fingerprint + "\r\na=setup:actpass\r\n"
		out := caller.Invite("1002", fakeua.Invitation{SDP: offer})
		in := callee.Incoming()
		in.Accept()
		ok := out.Answered()
		if !strings.Contains(ok.Body(), " UDP/TLS/RTP/SAVP ") || !strings.Contains(ok.Body(), "a=setup:active") || strings.Contains(ok.Body(), "candidate") {
			t.Errorf("answer:\n%s", ok.Body())
		}
		if s := g.studio.nth(0).agreed(); s.Security.Keying != sdp.DTLS || s.Setup != sdp.Active {
			t.Errorf("agreed %v as %v", s.Security.Keying, s.Setup)
		}
		out.Bye()
		in.Hung()
	})
}
