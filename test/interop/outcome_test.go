package interop

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// soon is how long an answer to an act may take on a busy machine.
const soon = 20 * time.Second

// fails waits until the browser's call has failed, and compares the status.
func fails(t *testing.T, web *peers.WebPeer, status int) peers.WebEvent {
	t.Helper()
	e := web.Event("failed", soon)
	if e.Status != status {
		t.Errorf("the browser was told %d (%s), want %d", e.Status, e.Cause, status)
	}
	return e
}

// elsewhere waits until a browser that rang is told that another one answered.
func elsewhere(t *testing.T, web *peers.WebPeer) {
	t.Helper()
	if e := web.Event("failed", soon); !strings.Contains(e.Reason, "SIP;cause=200") {
		t.Errorf("the loser is told %q, want Reason: SIP;cause=200", e.Reason)
	}
}

func TestBrowsersAmongThemselves(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	ann := h.web(t, "1001", peers.WebPeerConfig{})
	bob := h.web(t, "1002", peers.WebPeerConfig{Melody: sound.Low()})
	t.Run("opus passes", func(t *testing.T) {
		ann.Call(uri("1002"))
		bob.Event("incoming", soon)
		bob.Answer()
		ann.Event("confirmed", soon)
		peers.Listen(t, "the caller", ann, sound.Low(), 0, talk)
		peers.Listen(t, "the called", bob, sound.High(), 0, talk)
		if !strings.Contains(h.Log(), "opus/48000 passed through") {
			t.Error("the gateway does not say that Opus is passed through")
		}
		ann.Hangup()
		bob.Event("ended", soon)
	})
	again := h.web(t, "1001", peers.WebPeerConfig{})
	t.Run("one of two devices answers", func(t *testing.T) {
		ann.Forget()
		bob.Forget()
		bob.Call(uri("1001"))
		ann.Event("incoming", soon)
		again.Event("incoming", soon)
		again.Answer()
		elsewhere(t, ann)
		bob.Event("confirmed", soon)
		peers.Listen(t, "the device that answered", again, sound.Low(), 0, talk)
		peers.Listen(t, "the caller", bob, sound.High(), 0, talk)
		bob.Hangup()
		again.Event("ended", soon)
	})
	t.Run("restarts ICE", func(t *testing.T) {
		ann.Forget()
		bob.Forget()
		bob.Call(uri("1001"))
		ann.Event("incoming", soon)
		ann.Answer()
		bob.Event("confirmed", soon)
		peers.Listen(t, "the caller", bob, sound.High(), 0, talk)
		stream, since, ended := bob.Inbound().SSRC, bob.Recorded(), ann.Recorded()
		bob.Do("peer.restartIce()")
		peers.Await(t, soon, "the re-INVITE is answered", func() bool {
			w := bob.Wire("remote", "INVITE")
			return len(bob.Wire("local", "INVITE")) > 1 && strings.HasPrefix(w[len(w)-1], "SIP/2.0 200")
		})
		bob.Event("ice-connected", soon)
		peers.Pause(time.Second)
		if h := peers.Listen(t, "who restarted", bob, sound.High(), since, 3*talk); h.First > backWithin {
			t.Errorf("ICE restart made a hole of %v", h.First)
		}
		peers.Listen(t, "the other", ann, sound.Low(), ended, 3*talk)
		if now := bob.Inbound().SSRC; now != stream {
			t.Errorf("ICE restart changed the SSRC from %d to %d", stream, now)
		}
		bob.Hangup()
		ann.Event("ended", soon)
	})
}

func TestCallsThatFail(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	web := h.web(t, "1001", peers.WebPeerConfig{})
	desk := h.desk(t, "1003", peers.BaresipConfig{Manual: true})
	begin := func() { web.Forget(); desk.Forget() }

	t.Run("nobody has the number", func(t *testing.T) { begin(); web.Call(uri("5555")); fails(t, web, 404) })
	t.Run("the phone is off", func(t *testing.T) { begin(); web.Call(uri("1004")); fails(t, web, 480) })
	t.Run("busy test number", func(t *testing.T) { begin(); web.Call(uri("605")); fails(t, web, 486) })
	t.Run("nobody answers", func(t *testing.T) {
		begin()
		web.Call(uri("2003"))
		desk.Event("CALL_INCOMING", soon)
		fails(t, web, 408)
		desk.Event("CALL_CLOSED", soon)
	})
	t.Run("the phone declines", func(t *testing.T) {
		begin()
		web.Call(uri("1003"))
		desk.Event("CALL_INCOMING", soon)
		web.Event("progress", soon)
		desk.Hangup()
		fails(t, web, 486)
	})
	for _, status := range []int{486, 603} {
		t.Run("the browser declines with "+strconv.Itoa(status), func(t *testing.T) {
			begin()
			desk.Dial(h.at("1001"))
			web.Event("incoming", soon)
			desk.Event("CALL_RINGING", soon)
			web.Decline(status)
			desk.Closed(status, soon)
		})
	}
	t.Run("the browser gives up", func(t *testing.T) {
		begin()
		web.Call(uri("1003"))
		desk.Event("CALL_INCOMING", soon)
		web.Event("progress", soon)
		web.Hangup()
		desk.Event("CALL_CLOSED", soon)
		if e := web.Event("failed", soon); e.Cause != "Canceled" {
			t.Errorf("the browser says %q", e.Cause)
		}
	})
	t.Run("the phone gives up", func(t *testing.T) {
		begin()
		desk.Dial(h.at("1001"))
		web.Event("incoming", soon)
		desk.Event("CALL_RINGING", soon)
		desk.Hangup()
		if e := web.Event("failed", soon); e.Cause != "Canceled" || strings.Contains(e.Reason, "cause=200") {
			t.Errorf("the browser is told %q, Reason %q", e.Cause, e.Reason)
		}
	})
	t.Run("wrong password", func(t *testing.T) {
		wrong := h.chrome.Phone(t, h.Page(), peers.WebPeerConfig{WS: h.WS(), User: "1002", Password: "wrong", Domain: "127.0.0.1", Refused: true})
		if e := wrong.Event("registrationFailed", soon); e.Status != 403 {
			t.Errorf("a wrong password got %d, want 403", e.Status)
		}
	})
}

func TestRingGroup(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	web := h.web(t, "1001", peers.WebPeerConfig{})
	desk := h.desk(t, "1003", peers.BaresipConfig{Manual: true})
	caller := h.desk(t, "1004", peers.BaresipConfig{Melody: sound.Low()})
	ring := func() {
		web.Forget()
		desk.Forget()
		caller.Forget()
		caller.Dial(h.at("700"))
		web.Event("incoming", soon)
		desk.Event("CALL_INCOMING", soon)
	}
	t.Run("the browser answers", func(t *testing.T) {
		ring()
		web.Answer()
		desk.Event("CALL_CLOSED", soon)
		caller.Event("CALL_ESTABLISHED", soon)
		peers.Listen(t, "the browser", web, sound.Low(), 0, talk)
		peers.Listen(t, "the caller", caller, sound.High(), 0, talk)
		web.Hangup()
		caller.Event("CALL_CLOSED", soon)
	})
	t.Run("the phone answers", func(t *testing.T) {
		ring()
		desk.Accept()
		elsewhere(t, web)
		caller.Event("CALL_ESTABLISHED", soon)
		peers.Listen(t, "the phone", desk, sound.Low(), 0, talk)
		desk.Hangup()
		caller.Event("CALL_CLOSED", soon)
	})
}

func TestSignsOfLife(t *testing.T) {
	t.Parallel()
	h := open(t, "calls {\n  detach = \"10s\"\n}\n")
	web := h.web(t, "1001", peers.WebPeerConfig{Timers: 120})
	desk := h.desk(t, "1003", peers.BaresipConfig{})
	web.Call(uri("1003"))
	web.Event("confirmed", soon)
	t.Run("session timer refreshes with UPDATE", func(t *testing.T) { // which it does after 45 s at the least
		for n := range 2 {
			web.Do("peer.refresh()")
			peers.Await(t, soon, "UPDATE is answered", func() bool { return len(web.Wire("remote", "UPDATE")) > n })
		}
		for _, answer := range web.Wire("remote", "UPDATE") {
			if !strings.HasPrefix(answer, "SIP/2.0 200") {
				t.Errorf("UPDATE was answered %q", answer)
			}
		}
		talking(t, web, desk)
	})
	t.Run("the page is closed", func(t *testing.T) {
		desk.Forget()
		web.Close()
		closed := time.Now()
		t.Run("and meanwhile phones press keys", func(t *testing.T) { phonesPressKeys(t, h, "1002", "1004") })
		desk.Event("CALL_CLOSED", time.Until(closed.Add(30*time.Second)))
	})
}
