package interop

import (
	"testing"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestBlindTransfer: 1001 is a browser, 1003 and 1004 are phones.
func TestBlindTransfer(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	web := h.web(t, "1001", peers.WebPeerConfig{})
	desk := h.desk(t, "1003", peers.BaresipConfig{})
	third := h.desk(t, "1004", peers.BaresipConfig{Melody: sound.High()})
	begin := func() { web.Forget(); desk.Forget(); third.Forget() }
	t.Run("by the browser that called", func(t *testing.T) {
		begin()
		web.Call(uri("1003"))
		web.Event("confirmed", soon)
		talking(t, web, desk)
		web.Refer(uri("1004"))
		third.Event("CALL_ESTABLISHED", soon)
		web.Event("refer-accepted", soon)
		peers.Listen(t, "the far party", desk, sound.High(), desk.Recorded(), talk)
		peers.Listen(t, "the new party", third, sound.Low(), 0, talk)
		third.Hangup()
		desk.Event("CALL_CLOSED", soon)
	})
	t.Run("by the phone that was called", func(t *testing.T) {
		begin()
		web.Call(uri("1003"))
		web.Event("confirmed", soon)
		talking(t, web, desk)
		at := web.Recorded()
		desk.Transfer("sip:1004@" + h.SIP)
		third.Event("CALL_ESTABLISHED", soon)
		peers.Listen(t, "the new party", third, sound.High(), 0, talk)
		peers.Listen(t, "the far party", web, sound.High(), at, talk)
		web.Hangup()
		third.Event("CALL_CLOSED", soon)
	})
	t.Run("to a number that nobody has", func(t *testing.T) {
		begin()
		web.Call(uri("1003"))
		web.Event("confirmed", soon)
		web.Refer(uri("5555"))
		if e := web.Event("refer-failed", soon); e.Status != 404 {
			t.Errorf("the transferor is told %d, want 404", e.Status)
		}
		talking(t, web, desk)
		web.Hangup()
		desk.Event("CALL_CLOSED", soon)
	})
}

// TestAttendedTransfer: a browser that talks with two phones joins them.
func TestAttendedTransfer(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	web := h.web(t, "1001", peers.WebPeerConfig{})
	desk := h.desk(t, "1003", peers.BaresipConfig{})
	third := h.desk(t, "1004", peers.BaresipConfig{Melody: sound.High()})
	web.Call(uri("1003"))
	web.Event("confirmed", soon)
	talking(t, web, desk)
	web.Hold()
	web.Call(uri("1004"))
	third.Event("CALL_ESTABLISHED", soon)
	peers.Listen(t, "the third", third, sound.High(), 0, talk)
	web.ReferToOther(uri("1004"))
	web.Event("refer-accepted", soon)
	peers.Listen(t, "the first", desk, sound.High(), desk.Recorded(), talk)
	peers.Listen(t, "the third", third, sound.Low(), third.Recorded(), talk)
	peers.Await(t, soon, "the browser is out of both calls", func() bool { return web.Calls() == 0 })
	desk.Hangup()
	third.Event("CALL_CLOSED", soon)
}
