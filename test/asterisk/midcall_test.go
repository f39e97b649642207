//go:build asterisk

package asterisk

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// talking makes a call of Ann's to the telephone 8300.
func (h *house) talking(ann, desk *peers.Baresip) {
	h.t.Helper()
	ann.Forget()
	desk.Forget()
	ann.Dial(h.at("8300"))
	desk.Event("CALL_ESTABLISHED", soon)
	peers.Conversation(h.t, ann, desk, talk)
}

// TestHold: by the telephone at Asterisk, where the user hears Asterisk's music; by the
// user, where the telephone hears ours; and with the hold passed through.
func TestHold(t *testing.T) {
	for _, through := range []string{"moh_passthrough=no", "moh_passthrough=yes"} {
		t.Run(through, func(t *testing.T) {
			h := open(t, "")
			h.set(through, "")
			ann := h.desk("201", peers.BaresipConfig{})
			desk := h.extension("8300", peers.BaresipConfig{Melody: sound.High()})
			h.talking(ann, desk)
			at := ann.Recorded()
			desk.Hold()
			if through == "moh_passthrough=no" {
				peers.Listen(t, "the user on hold", ann, peers.Music(), at, talk)
			} else {
				h.Says(t, "held", 1, soon)
			}
			desk.Resume()
			peers.Pause(time.Second)
			peers.Listen(t, "the user, taken back", ann, sound.High(), ann.Recorded(), talk) // this baresip records nothing after its own hold
			held := h.Said("held")
			ann.Hold()
			h.Says(t, "held", held+1, soon)
			peers.Pause(time.Second)
			peers.Silence(t, time.Second, peers.Expected{Who: "the telephone on hold", Ear: desk, Melody: sound.Low()})
			ann.Resume()
			h.Says(t, "resumed", 1, soon)
			desk.Hangup()
			ann.Event("CALL_CLOSED", soon)
			h.empty()
		})
	}
}

// acknowledged has the caller's ACK come before the two are bridged. This Asterisk sends its
// UPDATE at the moment of the 200, and ends the call when the ACK comes behind that.
const acknowledged = "Answer()\n same => n,Wait(1)\n same => n,"

// TestDirectMedia: Asterisk takes itself out of the way of the sound, by re-INVITE and
// by UPDATE, and comes back where somebody is put on hold.
func TestDirectMedia(t *testing.T) {
	for _, method := range []string{"invite", "update"} {
		t.Run(method, func(t *testing.T) {
			h := open(t, "")
			settings := "direct_media=yes\ndirect_media_method=" + method + "\ndisable_direct_media_on_nat=no"
			h.setAll("allow=ulaw,alaw\n"+settings, extension("8302", settings), "exten => 777,1,"+acknowledged+"Dial(PJSIP/202@tandem)\nexten => 8302,1,Dial(PJSIP/8302)\n", nil)
			ann, bob := h.desk("201", peers.BaresipConfig{}), h.desk("202", peers.BaresipConfig{Melody: sound.High()})
			if method == "invite" { // this baresip knows no UPDATE
				direct(t, h, ann)
				ann.Forget()
			}
			ann.Dial(h.at("777")) // through Asterisk and back to us
			bob.Event("CALL_ESTABLISHED", soon)
			peers.Conversation(t, ann, bob, talk)
			peers.Pause(2 * time.Second)
			peers.Conversation(t, ann, bob, talk)
			bob.Hangup()
			ann.Event("CALL_CLOSED", soon)
			h.empty()
		})
	}
}

// direct lets Ann talk with a telephone whose sound is sent to us by itself.
func direct(t *testing.T, h *house, ann *peers.Baresip) {
	t.Helper()
	desk := h.extension("8302", peers.BaresipConfig{Melody: sound.High()})
	ann.Dial(h.at("8302"))
	desk.Event("CALL_ESTABLISHED", soon)
	peers.Conversation(t, ann, desk, talk)
	h.a.Says("Remotely bridged", 1, soon)
	peers.Pause(time.Second)
	peers.Conversation(t, ann, desk, talk)
	desk.Hold()
	peers.Pause(time.Second)
	peers.Listen(t, "the user on hold", ann, peers.Music(), ann.Recorded(), talk)
	desk.Resume()
	peers.Pause(time.Second)
	peers.Listen(t, "the user, taken back", ann, sound.High(), ann.Recorded(), talk)
	ann.Hangup()
	desk.Event("CALL_CLOSED", soon)
	h.empty()
}

// TestSessionTimers: each side refreshes, Asterisk always or where it is asked.
func TestSessionTimers(t *testing.T) {
	for _, timers := range []string{"always", "yes", "no"} {
		t.Run(timers, func(t *testing.T) {
			h := beside(t, users+"calls { timer = \"90s\" }\ntrunk \"asterisk\" { host = \"ASTERISK\" }\n"+rows)
			h.set("timers="+timers+"\ntimers_sess_expires=90", "")
			ann, bob := h.desk("201", peers.BaresipConfig{}), h.desk("202", peers.BaresipConfig{Melody: sound.High()})
			ann.Dial(h.at("600"))
			ann.Event("CALL_ESTABLISHED", soon)
			h.a.Do("channel originate PJSIP/202@tandem extension 600@internal")
			bob.Event("CALL_ESTABLISHED", soon)
			peers.Pause(58 * time.Second) // half of the interval, and some more: baresip plays for 90 s
			peers.Listen(t, "the caller of an echo", ann, sound.Low(), ann.Recorded(), talk)
			peers.Listen(t, "the other", bob, sound.High(), bob.Recorded(), talk)
			ann.Hangup()
			bob.Hangup()
			h.empty()
			if n := strings.Count(h.a.Log(), "Session-Expires: 90;refresher="); timers != "no" && n < 4 {
				t.Errorf("%d messages agree on a session timer", n)
			}
		})
	}
}
