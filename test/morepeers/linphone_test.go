package morepeers

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

func TestLinphone(t *testing.T) {
	g := peers.StartGateway(t, people)
	lin := StartLinphone(t, "1004", "pw-1004", g.SIP, sound.High())
	phone := desk(t, g, "1003", peers.BaresipConfig{})
	manual := desk(t, g, "1001", peers.BaresipConfig{Manual: true})

	t.Run("calls, holds, presses keys and hangs up", func(t *testing.T) {
		lin.Do("call 1003")
		phone.Event("CALL_ESTABLISHED", 20*time.Second)
		peers.Listen(t, "Linphone", lin, sound.Low(), 0, talk)
		peers.Listen(t, "the phone", phone, sound.High(), 0, talk)
		linphoneHolds(t, g, lin, phone)
		phone.Forget()
		for _, key := range []string{"1", "9", "#"} {
			lin.Do(key)
			peers.Pause(400 * time.Millisecond)
		}
		peers.Await(t, 20*time.Second, "digits", func() bool { return phone.Digits() == "19#" })
		lin.Do("terminate")
		phone.Event("CALL_CLOSED", 20*time.Second)
	})
	t.Run("is called", func(t *testing.T) {
		phone.Forget()
		lin.Forget()
		since := lin.Recorded()
		phone.Dial("sip:1004@" + g.SIP)
		lin.Says("Receiving new incoming call", 20*time.Second)
		lin.Do("answer")
		phone.Event("CALL_ESTABLISHED", 20*time.Second)
		peers.Listen(t, "Linphone", lin, sound.Low(), since, talk)
		peers.Listen(t, "the phone", phone, sound.High(), 0, talk)
		linphoneHolds(t, g, lin, phone)
		phone.Hangup()
		phone.Event("CALL_CLOSED", 20*time.Second)
		lin.Says("ended", 20*time.Second)
	})
	t.Run("declines", func(t *testing.T) {
		phone.Forget()
		lin.Forget()
		phone.Dial("sip:1004@" + g.SIP)
		lin.Says("Receiving new incoming call", 20*time.Second)
		lin.Do("terminate")
		if why := phone.Event("CALL_CLOSED", 20*time.Second).Param; why != "603 Decline" {
			t.Errorf("the caller is told %q", why)
		}
	})
	t.Run("gives up", func(t *testing.T) {
		lin.Forget()
		lin.Do("call 1001")
		manual.Event("CALL_INCOMING", 20*time.Second)
		lin.Do("terminate")
		manual.Event("CALL_CLOSED", 20*time.Second)
	})
	t.Run("hears itself on 600", func(t *testing.T) {
		lin.Forget()
		since := lin.Recorded()
		lin.Do("call 600")
		lin.Says("Media streams established", 20*time.Second)
		// It has Opus with the gateway itself, and goes on in the same file, whose
		// header still has the rate of the calls before.
		peers.Listen(t, "Linphone", atOpusRate{lin}, sound.High(), since, talk)
		lin.Do("terminate")
		lin.Says("ended", 20*time.Second)
	})
}

// atOpusRate is what Linphone hears in Opus.
type atOpusRate struct{ *Linphone }

// Heard implements peers.Ear.
func (l atOpusRate) Heard(from int) ([]int16, int) {
	pcm, _ := l.Linphone.Heard(from)
	return pcm, 48000
}

func linphoneHolds(t *testing.T, g *peers.Gateway, lin *Linphone, phone *peers.Baresip) {
	t.Helper()
	held, resumed := g.Said("held"), g.Said("resumed")
	lin.Do("pause")
	g.Says(t, "held", held+1, 20*time.Second)
	peers.Pause(300 * time.Millisecond)
	peers.Silence(t, time.Second, peers.Expected{Who: "the phone on hold", Ear: phone, Melody: sound.High()})
	linAt, phoneAt := lin.Recorded(), phone.Recorded()
	lin.Do("resume")
	g.Says(t, "resumed", resumed+1, 20*time.Second)
	peers.Listen(t, "Linphone after hold", lin, sound.Low(), linAt, talk)
	peers.Listen(t, "the phone after hold", phone, sound.High(), phoneAt, talk)
}
