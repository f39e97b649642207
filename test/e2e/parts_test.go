package e2e

import (
	"strings"
	"testing"

	"github.com/tandemgw/tandem/test/fakeua"
)

// withISUP puts a description into a body of several parts, behind what a carrier's switch
// says of the call in its own signaling (RFC 3372 §4).
func withISUP(description string) (body, contentType string) {
	const isup = "Content-Type: application/isup;version=itu-t92+;base=itu-t92+\r\n" +
		"Content-Disposition: signal;handling=required\r\n\r\n\x06\x00\x00"
	return "--unique-1\r\n" + isup + "\r\n--unique-1\r\nContent-Type: application/sdp\r\n\r\n" + description + "\r\n--unique-1--\r\n",
		"Content-Type: multipart/mixed;boundary=unique-1"
}

// Carriers write ISUP beside the description of their calls, and of their answers.
func TestADescriptionIsFoundBesideISUP(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		body, contentType := withISUP(a.Describe(fakeua.Description{}))
		out := a.Invite("1002", fakeua.Invitation{SDP: body, Fields: []string{contentType}})
		in := b.Incoming()
		if offer := in.Invite; offer.Field("Content-Type") != "application/sdp" || !strings.Contains(offer.Body(), "m=audio") {
			t.Errorf("offered is\n%s", offer.Raw)
		}
		in.Respond(180, "Ringing", "\x06\x00\x00", "Content-Type: application/isup;version=itu-t92+")
		out.Response(180)
		body, contentType = withISUP(b.Describe(fakeua.Description{}))
		in.Respond(183, "Session Progress", body, contentType)
		if early := out.Response(183); !strings.Contains(early.Body(), "m=audio") {
			t.Errorf("the caller gets\n%s", early.Raw)
		}
		in.Respond(200, "OK", body, contentType)
		in.Acked()
		out.Answered()
		body, contentType = withISUP(a.Describe(fakeua.Description{Version: 2, Direction: "sendonly"}))
		if res := out.Do("INVITE", body, contentType); !strings.Contains(res.Body(), "a=recvonly") {
			t.Errorf("a hold is answered with\n%s", res.Raw)
		}
		out.Bye()
		in.Hung()
	})
}
