package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

// agrees lets one end offer its video in a direction, the other answer with another, and returns
// what the first is answered.
func agrees(from, to *fakeua.Call, version int, offered, answered string) *fakeua.Message {
	branch := from.Send("INVITE", pictured(from.UA, version, offered))
	to.Reinvited()
	to.Respond(200, "OK", answering(to.UA, version, answered))
	to.Acked()
	res := from.Final("INVITE", branch)
	from.Ack("")
	from.UA.Idle(time.Second)
	return res
}

// Who refuses that its video flows another way leaves all as it was (RFC 3261 §14.1), and the
// other party is told what that is: not what each would do, but what the two have agreed on.
func TestARefusedDirectionIsAnsweredWithTheOneThatIs(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		agrees(out, in, 3, "sendrecv", "sendrecv")
		agrees(out, in, 4, "sendonly", "recvonly")
		if res := agrees(in, out, 5, "sendrecv", "sendonly"); videoFlow(res) != "sendonly" {
			t.Errorf("who is not seen is answered with\n%s", res.Raw)
		}
		branch := out.Send("INVITE", pictured(a, 6, "sendrecv"))
		in.Reinvited()
		in.Refuse(488, "Not Acceptable Here")
		if res := out.Final("INVITE", branch); videoFlow(res) != "recvonly" && videoFlow(res) != "sendonly" {
			t.Errorf("with b's video, which nobody may send, the answer is\n%s", res.Raw)
		} else if videoFlow(res) != "recvonly" {
			t.Errorf("answered with\n%s", res.Raw)
		}
		out.Ack("")
		a.Quiet(40 * time.Second)
		b.Quiet(0)
		out.Bye()
		in.Hung()
	})
}

// An answer that comes too late, and changes the direction alone: who was told meanwhile that
// all is as it was is told anew.
func TestALateAnswerThatChangesTheDirectionAlone(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		out, in := g.talk(a, b)
		agrees(out, in, 3, "sendrecv", "sendrecv")
		agrees(out, in, 4, "sendonly", "recvonly")
		branch := out.Send("INVITE", pictured(a, 5, "sendrecv"))
		in.Reinvited()
		in.Respond(180, "Ringing", "")
		if res := out.Final("INVITE", branch); videoFlow(res) != "recvonly" {
			t.Errorf("after 8 s answered with\n%s", res.Raw)
		}
		out.Ack("")
		in.Respond(200, "OK", answering(b, 5, "sendrecv"))
		in.Acked()
		if again := out.Reinvited(); videoFlow(again) != "sendrecv" {
			t.Errorf("then offered\n%s", again.Raw)
		}
		out.Respond(200, "OK", answering(a, 6, "sendrecv"))
		out.Acked()
		a.Quiet(40 * time.Second)
		b.Quiet(0)
		for n := range 2 {
			if l := g.videoOf(n); l == nil || l.Direction.String() != "sendrecv" {
				t.Errorf("leg %d has %+v", n, l)
			}
		}
		out.Bye()
		in.Hung()
	})
}

// Of an offer that is not answered nobody knows whether it was taken: the far end is told once
// more how things are (RFC 6141 §3.4), in a description that is newer than any it may have (RFC
// 3264 §8). Where that is not answered either, the next refresh says so.
func TestAnOfferThatIsNotAnsweredIsFollowedByHowThingsAre(t *testing.T) {
	kinds(t, func(t *testing.T, g *gateway, a, b *fakeua.UA) {
		a.Patience, b.Patience = time.Hour, time.Hour
		out, in := g.talk(a, b)
		g.studio.nth(1).flows(true)
		branch := out.Send("INVITE", seen(a, fakeua.Description{Version: 3}, "40100"))
		lost := in.Reinvited()
		if res := out.Final("INVITE", branch); picture(res) != "off" {
			t.Errorf("answered with\n%s", res.Raw)
		}
		out.Ack("")
		began := time.Now()
		again := in.UA.Next("how things are", func(m *fakeua.Message) bool {
			return m.Method() == "INVITE" && m.Field("Call-ID") == in.ID && m.Field("CSeq") != lost.Field("CSeq")
		})
		if waited := time.Since(began); waited > time.Minute {
			t.Errorf("told after %v", waited)
		}
		if was, is := versionOf(lost), versionOf(again); picture(again) == "on" || is <= was {
			t.Errorf("version %s was lost, and then comes\n%s", was, again.Raw)
		}
		in.Invite = again
		in.Respond(200, "OK", b.Describe(fakeua.Description{Version: 4, Setup: "active"}))
		in.Acked()
		b.Quiet(5 * time.Minute)
		out.Bye()
		in.Hung()
	})
}

// Where that is lost, too, what refreshes the session is an offer, and no UPDATE without one.
func TestARefreshAfterOffersThatWereNotAnswered(t *testing.T) {
	inBubble(t, func(g *gateway) {
		a, b := g.phone("1001", 11), g.phone("1002", 12)
		a.Patience, b.Patience = time.Hour, time.Hour
		out := a.Invite("1002", fakeua.Invitation{})
		in := b.Incoming()
		const timer, allow = "Session-Expires: 200;refresher=uac", "Allow: INVITE, ACK, BYE, UPDATE"
		in.Respond(200, "OK", b.Describe(fakeua.Description{}), timer, "Require: timer", allow)
		in.Acked()
		out.Answered()
		g.studio.nth(1).flows(true)
		branch := out.Send("INVITE", seen(a, fakeua.Description{Version: 3}, "40100"))
		out.Final("INVITE", branch)
		out.Ack("")
		var seqs []uint32
		for len(seqs) < 3 { // the video, how things are, and the refresh
			m := b.Next("an offer", func(m *fakeua.Message) bool {
				seq, _ := m.CSeq()
				return m.Method() != "" && m.ToTag() != "" && m.Body() != "" && (len(seqs) == 0 || seq > seqs[len(seqs)-1])
			})
			seq, method := m.CSeq()
			seqs = append(seqs, seq)
			if want := []string{"on", "none", "none"}[len(seqs)-1]; picture(m) != want && !(want == "none" && picture(m) == "off") {
				t.Errorf("%s %d offers\n%s", method, seq, m.Raw)
			}
			if len(seqs) == 3 {
				in.Reply(m, b.Describe(fakeua.Description{Version: 5}), timer)
			}
		}
		if again := b.Request("UPDATE"); again.Body() != "" { // all is agreed
			t.Errorf("the next refresh is\n%s", again.Raw)
		} else {
			in.Reply(again, "", timer)
		}
		out.Bye()
		in.Hung()
	})
}

// versionOf is the version of a description.
func versionOf(m *fakeua.Message) string {
	_, origin, _ := strings.Cut(m.Body(), "o=")
	fields := strings.Fields(origin)
	return fields[2]
}
