package media

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/sound"
)

// opaqueStream is what was agreed with a telephone that talks G.729 alone.
func opaqueStream() *sdp.Stream {
	s := testStream(formatPCMU)
	s.Send = sdp.Codec{Name: "g729", Clock: 8000, PayloadType: 18}
	s.Receive = []sdp.Codec{s.Send}
	return s
}

func TestAnOpaqueCodecPassesBetweenTwoThatHaveIt(t *testing.T) {
	e := newTestEngine(t, Config{})
	other := opaqueStream()
	other.Send.PayloadType = 98
	a, b := newTestLeg(t, e, Options{}, opaqueStream()), newTestLeg(t, e, Options{}, other)
	Join(a.Endpoint, b.Endpoint)
	if got, want := a.Stats().Chain, "g729/8000 passed through"; got != want {
		t.Errorf("Chain = %q, want %q", got, want)
	}
	now := int64(1e9)
	for i := range 5 {
		a.talk(18, make([]byte, 20), 160, now+int64(i)*int64(20*time.Millisecond))
	}
	out := b.wire.packets()
	if len(out) != 5 {
		t.Fatalf("%d packets, want 5", len(out))
	}
	checkLine(t, b.line.ssrc, out)
	if out[4].pt != 98 || out[4].ts-out[0].ts != 640 {
		t.Errorf("payload type %d, timestamps %d apart", out[4].pt, out[4].ts-out[0].ts)
	}
}

func TestAnOpaqueCodecIsNotHeardWhereItIsNotAgreed(t *testing.T) {
	e := newTestEngine(t, Config{})
	a, b := newTestLeg(t, e, Options{}, opaqueStream()), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	Join(a.Endpoint, b.Endpoint)
	if got, want := a.Stats().Chain, "g729/8000 not heard: it cannot be turned into pcmu/8000"; got != want {
		t.Errorf("Chain = %q, want %q", got, want)
	}
	a.talk(18, make([]byte, 20), 160, 1e9)
	b.talk(0, voice(160, 1), 160, 1e9)
	if n := len(a.wire.packets()) + len(b.wire.packets()); n != 0 {
		t.Errorf("%d packets went out", n)
	}
	b.Explain("because")
	if b.Stats().Why != "because" {
		t.Error("the reason is lost")
	}
}

func TestToAnOpaqueLegPromptsAreSilentAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{})
		defer e.Close()
		a := newTestLeg(t, e, Options{}, opaqueStream())
		a.up.Store(true)
		done := make(chan struct{})
		a.Play(sound.Silence(200*time.Millisecond), func() { close(done) })
		<-done
		if err := a.SendDigit('5', 0); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if c := a.Stats(); c.Sent.Digits != 1 || c.Sent.Packets == 0 {
			t.Errorf("the digit did not go out: %+v", c.Sent)
		}
	})
}
