//go:build asterisk

package asterisk

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestTransfers: blind and attended, by whoever can.
func TestTransfers(t *testing.T) {
	h := open(t, "trust = \"identity\"\n  caller_id = [\"from\", \"pai\"]")
	h.set("trust_id_outbound=yes\nsend_connected_line=yes", `
exten => 620,1,Answer()
 same => n,Wait(1)
 same => n,Transfer(PJSIP/sip:202@127.0.0.1)
`)
	ann, bob := h.desk("201", peers.BaresipConfig{}), h.desk("202", peers.BaresipConfig{Melody: sound.High()})
	desk, other := h.extension("8300", peers.BaresipConfig{Melody: sound.High()}), h.extension("8301", peers.BaresipConfig{Melody: sound.High()})
	begin := func() {
		h.empty()
		for _, p := range []*peers.Baresip{ann, bob, desk, other} {
			p.Forget()
		}
	}
	// goesOn listens to a call that has come to Ann and somebody else.
	goesOn := func(t *testing.T, with *peers.Baresip, shown ...string) {
		t.Helper()
		with.Event("CALL_ESTABLISHED", soon)
		peers.Pause(time.Second)
		peers.Conversation(t, ann, with, talk)
		for _, word := range shown {
			if out := h.tandem("calls"); !strings.Contains(out, word) {
				t.Errorf("the gateway does not say that Ann talks with %s:\n%s", word, out)
			}
		}
		with.Hangup()
		ann.Event("CALL_CLOSED", soon)
	}
	t.Run("by the telephone at Asterisk, blind", func(t *testing.T) {
		h := h.in(t)
		begin()
		h.talking(ann, desk)
		desk.Transfer(h.there("8301"))
		goesOn(t, other, "8301")
	})
	t.Run("by the user, to a telephone of Asterisk's", func(t *testing.T) {
		h := h.in(t)
		begin()
		desk.Dial(h.there("202"))
		bob.Event("CALL_ESTABLISHED", soon)
		peers.Pause(time.Second)
		bob.Transfer(h.at("8301"))
		other.Event("CALL_ESTABLISHED", soon)
		peers.Pause(time.Second)
		peers.Listen(t, "the one", desk, sound.High(), desk.Recorded(), talk)
		peers.Listen(t, "the other", other, sound.High(), other.Recorded(), talk)
		desk.Hangup()
		other.Event("CALL_CLOSED", soon)
	})
	t.Run("by the user, to another user", func(t *testing.T) {
		h := h.in(t)
		begin()
		bob.Dial(h.at("8300"))
		desk.Event("CALL_ESTABLISHED", soon)
		peers.Pause(time.Second)
		bob.Transfer(h.at("201"))
		ann.Event("CALL_ESTABLISHED", soon)
		goesOn(t, desk)
	})
	t.Run("by Asterisk's dialplan, REFER to the gateway", func(t *testing.T) {
		h := h.in(t)
		begin()
		ann.Dial(h.at("620"))
		bob.Event("CALL_ESTABLISHED", soon)
		goesOn(t, bob)
	})
	t.Run("by Asterisk's feature code, blind", func(t *testing.T) {
		h := h.in(t)
		begin()
		bob.Dial(h.at("8300"))
		desk.Event("CALL_ESTABLISHED", soon)
		peers.Pause(time.Second)
		bob.Press("##")
		peers.Pause(3 * time.Second)
		bob.Press("201")
		bob.Event("CALL_CLOSED", soon)
		ann.Event("CALL_ESTABLISHED", soon)
		goesOn(t, desk)
	})
	t.Run("by Asterisk's feature code, attended", func(t *testing.T) {
		h := h.in(t)
		begin()
		bob.Dial(h.at("8300"))
		desk.Event("CALL_ESTABLISHED", soon)
		peers.Pause(time.Second)
		bob.Press("*2")
		peers.Pause(3 * time.Second)
		bob.Press("201")
		ann.Event("CALL_ESTABLISHED", soon)
		peers.Listen(t, "who is asked", ann, sound.High(), ann.Recorded(), talk)
		bob.Hangup()
		peers.Pause(time.Second)
		goesOn(t, desk)
	})
}
