package e2e

import (
	"strings"
	"testing"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/test/fakeua"
)

// seenKeyed is seen with a key for the sound and, unless it is empty, one for the
// picture.
func seenKeyed(u *fakeua.UA, d fakeua.Description, picture string) string {
	const key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"
	text := strings.ReplaceAll(seen(u, d, "40100"), "RTP/AVP", "RTP/SAVP")
	text = strings.Replace(text, "m=video", key+phoneKey+"\r\nm=video", 1)
	if picture != "" {
		text += key + picture + "\r\n"
	}
	return text
}

func TestVideoOfATelephoneThatEncryptsIsEncryptedToo(t *testing.T) {
	for picture, want := range map[string]string{otherKey: "on", "": "off"} {
		inBubble(t, func(g *gateway) {
			caller, callee := g.secured("1001"), g.browser("1002")
			out := caller.Invite("1002", fakeua.Invitation{SDP: seenKeyed(caller, fakeua.Description{}, picture)})
			in := callee.Incoming()
			if body := in.Invite.Body(); strings.Contains(body, "crypto") {
				t.Errorf("a key has crossed to the other leg:\n%s", body)
			}
			if want == "on" {
				in.Respond(200, "OK", seen(callee, answers, "40200"))
				in.Acked()
			} else {
				in.Accept()
			}
			ok := out.Answered()
			_, video, _ := strings.Cut(ok.Body(), "m=video ")
			if got := strings.Count(video, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "); (got == 1) != (want == "on") || (want == "off") != strings.HasPrefix(video, "0 RTP/SAVP") {
				t.Errorf("%d keys in the answer, want video %s:\n%s", got, want, ok.Body())
			}
			agreed := g.studio.nth(0).agreed()
			line := agreed.Line(sdp.KindVideo, 0)
			if (line != nil) != (want == "on") || line != nil && line.Security.Keying != sdp.SDES {
				t.Errorf("agreed %+v", line)
			}
			out.Bye()
			in.Hung()
		})
	}
}
