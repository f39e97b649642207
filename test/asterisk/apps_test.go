//go:build asterisk

package asterisk

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestQueueParkConference: Asterisk's queue with a member of ours, a parked call that
// another user takes, a conference of users of both.
func TestQueueParkConference(t *testing.T) {
	h := open(t, "")
	h.setAll("", "", `
exten => 650,1,Answer()
 same => n,Queue(help)
exten => 651,1,Answer()
 same => n,Park()
exten => 652,1,Answer()
 same => n,ConfBridge(1)
include => parkedcalls
`, map[string]string{"queues.conf": "[help]\nstrategy=ringall\nmember => Local/202@internal/n\n"})
	ann, bob := h.desk("201", peers.BaresipConfig{}), h.desk("202", peers.BaresipConfig{Melody: sound.High(), Manual: true})
	t.Run("queue", func(t *testing.T) {
		h := h.in(t)
		ann.Dial(h.at("650"))
		bob.Event("CALL_INCOMING", soon)
		peers.Listen(t, "who waits", ann, peers.Music(), 0, talk)
		bob.Accept()
		bob.Event("CALL_ESTABLISHED", soon)
		peers.Conversation(t, ann, bob, talk)
		bob.Hangup()
		ann.Event("CALL_CLOSED", soon)
		h.empty()
	})
	t.Run("park", func(t *testing.T) {
		h := h.in(t)
		ann.Forget()
		bob.Forget()
		ann.Dial(h.at("651"))
		h.a.Says("Parking 'PJSIP/tandem", 1, soon)
		peers.Listen(t, "who is parked", ann, peers.Music(), ann.Recorded(), talk)
		bob.Dial(h.at("701"))
		bob.Event("CALL_ESTABLISHED", soon)
		peers.Conversation(t, ann, bob, talk)
		bob.Hangup()
		ann.Event("CALL_CLOSED", soon)
		h.empty()
	})
	t.Run("conference", func(t *testing.T) {
		h := h.in(t)
		ann.Forget()
		bob.Forget()
		desk := h.extension("8300", peers.BaresipConfig{Silent: true})
		ann.Dial(h.at("652"))
		bob.Dial(h.at("652"))
		desk.Dial(h.there("652"))
		bob.Event("CALL_ESTABLISHED", soon)
		desk.Event("CALL_ESTABLISHED", soon)
		peers.Pause(time.Second)
		peers.Conversation(t, ann, bob, talk)
		for _, p := range []*peers.Baresip{ann, bob, desk} {
			p.Hangup()
		}
		h.empty()
	})
}

// TestForwards: a call of Asterisk's that the gateway sends on within, with 302, and
// one of the gateway's that Asterisk sends on with 302; who sent it on is told.
func TestForwards(t *testing.T) {
	h := beside(t, users+`
trunk "asterisk" {
  host     = "ASTERISK"
  redirect = true
  follow   = true
}
from "users" { calls = { "." = [dial("trunk:asterisk", "30s")] } }
from "trunks" { calls = {
  "201" = [dial("user:201", "30s")]
  "203" = [redirect("sip:8300@ASTERISK")]
  "204" = [forward("trunk:asterisk/8300", "20s")]
  "205" = [forward("user:201", "20s")]
} }
`)
	h.set("", `
exten => 660,1,Transfer(PJSIP/sip:600@`+h.a.Addr+`)
`)
	ann := h.desk("201", peers.BaresipConfig{})
	desk := h.extension("8300", peers.BaresipConfig{Melody: sound.High()})
	for _, number := range []string{"203", "204"} {
		t.Run("the gateway sends on "+number, func(t *testing.T) {
			h := h.in(t)
			desk.Forget()
			h.a.Do("channel originate PJSIP/" + number + "@tandem extension 600@internal")
			desk.Event("CALL_ESTABLISHED", soon)
			peers.Listen(t, "the telephone", desk, sound.High(), 0, talk)
			desk.Hangup()
			h.empty()
		})
	}
	// Asterisk's log has what came from the gateway, too.
	told := fieldsOf(sentTo(h.a.Log(), peers.ExtensionIP, "INVITE sip:8300"), "Diversion")
	if len(told) != 1 || !strings.HasPrefix(told[0], "<sip:204@"+peers.SwitchIP+">;reason=unconditional") {
		t.Errorf("the telephone was told by Asterisk that it was sent on by %q", told)
	}
	t.Run("Asterisk sends on", func(t *testing.T) {
		h := h.in(t)
		ann.Dial(h.at("660"))
		ann.Event("CALL_ESTABLISHED", soon)
		peers.Listen(t, "the caller of an echo", ann, sound.Low(), 0, talk)
		ann.Hangup()
		h.empty()
	})
}

// TestCausesTold: what Asterisk is told of a call that comes to nothing here.
func TestCausesTold(t *testing.T) {
	h := beside(t, users+`
trunk "asterisk" { host = "ASTERISK" }
from "trunks" { calls = {
  "201" = [dial("user:201", "5s")]
  "202" = [dial("user:202", "5s")]
  "211" = [reject(486)]
  "212" = [reject(603)]
  "213" = [hangup(22)]
  "214" = [reject(503)]
} }
`)
	h.set("", "exten => _7XXX,1,Dial(PJSIP/${EXTEN:1}@tandem,20)\n same => n,NoOp(cause of ${EXTEN} is ${HANGUPCAUSE} ${DIALSTATUS})\n")
	h.desk("201", peers.BaresipConfig{Manual: true})
	for _, c := range []struct{ number, said string }{
		{"7201", "19 NOANSWER"}, {"7202", "20 CHANUNAVAIL"}, {"7211", "17 BUSY"}, {"7212", "21 "}, {"7213", "22 "}, {"7214", "41 "}, {"7299", "1 CHANUNAVAIL"},
	} {
		h.a.Do("channel originate Local/" + c.number + "@internal application Wait 1")
		h.a.Says("cause of "+c.number+" is", 1, soon)
		if got := after(h.a.Log(), "cause of "+c.number+" is "); !strings.HasPrefix(got, c.said) {
			t.Errorf("%s: the cause is %q, want %q", c.number, got, c.said)
		}
	}
}
