package attack

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/fakeua"
)

func TestASniffedDialogIsOfNoUseFromElsewhere(t *testing.T) {
	h := open(t)
	k := h.talking(nil)
	k.sound(0.9, func() {
		for i, thief := range []*fakeua.UA{h.phone("1001"), h.web("1003").Online()} {
			for j, victim := range []*fakeua.Call{k.out, k.in} {
				s := victim.Spoof(thief)
				for n, method := range []string{"BYE", "INVITE", "UPDATE", "INFO", "REFER"} {
					s.Seq = 1000 + 100*i + 10*j + n
					if res := s.Do(method, "", "Refer-To: <sip:1003@127.0.0.1>"); res.Status() != []int{401, 481}[i] { // a phone may have moved
						t.Errorf("%s of %s is answered with\n%s", method, thief.Flow().Local(), res.Raw)
					}
				}
			}
		}
	})
	k.out.UA.Quiet(200 * time.Millisecond)
	k.in.UA.Quiet(0)
	k.end()
}

func TestAForeignCancelOrAckOrAnswerMovesNoCall(t *testing.T) {
	h := open(t)
	a, b, thief := h.phone("1001").Online(), h.phone("1002").Online(), h.phone("1001")
	out := a.Invite("1002", fakeua.Invitation{})
	in := b.Incoming()
	in.Ring()
	out.Response(180)
	if res := out.Spoof(thief).Cancel(); res.Status() != 481 {
		t.Errorf("a foreign CANCEL is answered with\n%s", res.Raw)
	}
	// Answers to the gateway's own INVITE, from somebody who has seen it.
	forged := in.Spoof(thief)
	forged.Respond(200, "OK", thief.Describe(fakeua.Description{}))
	forged.Respond(486, "Busy Here", "")
	a.Quiet(500 * time.Millisecond)
	in.Accept()
	out.Answered()
	thief.Quiet(0)
	out.Bye()
	in.Hung()
}

func TestReplacesTakesNobodysCall(t *testing.T) {
	h := open(t)
	k := h.talking(nil)
	thief := h.phone("1003").Online()
	out := thief.Invite("1003", fakeua.Invitation{Fields: []string{
		"Replaces: " + k.out.ID + ";to-tag=" + tagOf(k.out.Remote) + ";from-tag=" + tagOf(k.out.Local), "Require: replaces",
	}, NoAuth: true})
	res := thief.Next("a refusal", func(m *fakeua.Message) bool { return m.Status() >= 300 && m.Field("Call-ID") == out.ID })
	if res.Status() != 420 && res.Status() != 407 && res.Status() != 481 {
		t.Errorf("Replaces is answered with\n%s", res.Raw)
	}
	k.sound(0.9, func() { thief.Idle(time.Second) })
	k.end()
}

func tagOf(value string) string {
	_, tag, _ := strings.Cut(value, ";tag=")
	return tag
}

func TestFieldsOfOneLegAreNotSmuggledIntoTheOther(t *testing.T) {
	h := open(t)
	b := h.phone("1002").Online()
	for kind, a := range map[string]*fakeua.UA{"a phone": h.phone("1001").Online(), "a browser": h.web("1001").Online()} {
		t.Run(kind, func(t *testing.T) {
			out := a.Invite("1002", fakeua.Invitation{
				SDP: plainSDP("127.0.0.5", 40000, "a=x-smuggled:1\r\na=crypto:1 smuggled\r\na=tool:smuggled\r\n"),
				Fields: []string{
					"X-Smuggled: 1", "P-Asserted-Identity: <sip:smuggled@127.0.0.1>", "P-Preferred-Identity: <sip:smuggled@127.0.0.1>",
					"Remote-Party-ID: <sip:smuggled@127.0.0.1>;privacy=off", "Diversion: <sip:smuggled@127.0.0.1>", "Identity: smuggled",
					"History-Info: <sip:smuggled@127.0.0.1>", "Subject: smuggled\r\n X-Folded: smuggled", "User-Agent: smuggled",
					"Call-Info: <http://smuggled/>", "Alert-Info: <http://smuggled/>", "Reason: SIP;text=\"smuggled\"", "Referred-By: <sip:smuggled@x>",
				},
			})
			in := b.Incoming()
			for _, secret := range []string{"smuggled", "Smuggled", "Folded", out.ID, "Forged Name", "127.0.0.5", " 4711 ", "pw-1001", "Authorization", a.Contact} {
				if strings.Contains(in.Invite.Raw, secret) {
					t.Errorf("the called is sent %q:\n%s", secret, in.Invite.Raw)
				}
			}
			if from := in.Invite.Field("From"); !strings.HasPrefix(from, `"Ann" <sip:1001@127.0.0.1`) {
				t.Errorf("From: %s", from)
			}
			in.Respond(486, "Busy Here", "", "X-Smuggled: 2", "Server: smuggled", "Warning: 399 x \"smuggled\"")
			in.Acked()
			res := out.Response(486)
			for _, secret := range []string{"muggled", in.ID, b.Contact} {
				if strings.Contains(res.Raw, secret) {
					t.Errorf("the caller is sent %q:\n%s", secret, res.Raw)
				}
			}
		})
	}
}
