package media

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

func quotaLegs(t *testing.T) (x, y *testLeg) {
	e := newTestEngine(t, Config{Workers: 1})
	x, y = newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	Join(x.Endpoint, y.Endpoint)
	return x, y
}

// TestFloodOfAFarEndIsBounded: what one far end sends on and on, well formed and in
// order, reaches the leg that listens at a rate that nobody is harmed by.
func TestFloodOfAFarEndIsBounded(t *testing.T) {
	x, y := quotaLegs(t)
	at, payload := transport.Now(), make([]byte, 160)
	for range 100_000 { // in one second
		x.talk(0, payload, 160, at)
		at += int64(10 * time.Microsecond)
	}
	n, most := len(y.wire.packets()), int(soundAtOnce/soundEvery+time.Second/soundEvery)
	if n < most-10 || n > most+10 {
		t.Errorf("%d packets of 100000 went on, want some %d", n, most)
	}
	if got := x.Stats().Received.Flooded; got != uint64(100_000-n) {
		t.Errorf("%d are counted as beyond what is taken, want %d", got, 100_000-n)
	}
	at += int64(3 * time.Second)
	for range 50 { // who speaks as one should is heard again
		x.talk(0, payload, 160, at)
		at += 20 * ms
	}
	if got := len(y.wire.packets()) - n; got != 50 {
		t.Errorf("%d of 50 packets went on after the flood", got)
	}
}

// TestWhatANetworkHeldBackIsTakenAtOnce: sound of 10 ms and of 20 ms that was held
// back for seconds loses nothing, again and again.
func TestWhatANetworkHeldBackIsTakenAtOnce(t *testing.T) {
	for _, every := range []time.Duration{10 * time.Millisecond, 20 * time.Millisecond} {
		x, y := quotaLegs(t)
		at, sent := transport.Now(), 0
		for range 5 {
			for range 8 * time.Second / every { // all of what was said in eight seconds
				x.talk(0, make([]byte, 80), 80, at)
				sent++
			}
			for range time.Second / every { // and then as it is said
				at += int64(every)
				x.talk(0, make([]byte, 80), 80, at)
				sent++
			}
			at += int64(8 * time.Second)
		}
		if n := len(y.wire.packets()); n != sent {
			t.Errorf("every %v: %d of %d packets went on", every, n, sent)
		}
	}
}

// TestPicturesAreBoundedApart from sound, far above what any has.
func TestPicturesAreBoundedApart(t *testing.T) {
	x, y := videoPair(t, videoStream(testVP8, allFeedback, 0), videoStream(testVP8, allFeedback, 0))
	at := transport.Now()
	for seq := range uint16(50_000) { // in one second
		x.film(testVP8, seq, 1, at)
		at += int64(20 * time.Microsecond)
	}
	most := int(pictureAtOnce/pictureEvery + time.Second/pictureEvery)
	if n := len(ofSource(y.wire.packets(), y.videoSSRC())); n < most-10 || n > most+10 {
		t.Errorf("%d packets of video went on, want some %d", n, most)
	}
	x.talk(0, make([]byte, 160), 160, at)
	x.talk(testOpus, make([]byte, 60), 960, at)
	if got := x.Stats().Received.Flooded; got != 0 {
		t.Errorf("%d packets of sound are refused for the sake of video", got)
	}
}

// TestReportsAreBounded and sound is not, by them.
func TestReportsAreBounded(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	l := newTestLeg(t, e, Options{}, testStream(formatPCMU))
	at := transport.Now()
	for range 50_000 {
		l.RTCP([]byte{0x80, 201, 0, 1, 0, 0, 0, 9}, at)
	}
	if got := l.Stats().Received.Flooded; got != 50_000-uint64(pictureAtOnce/pictureEvery) {
		t.Errorf("%d reports of 50000 at once are not taken", got)
	}
	l.talk(0, make([]byte, 160), 160, at)
	if got := l.Stats().Received.Packets; got != 1 {
		t.Errorf("%d packets of sound heard, want 1", got)
	}
}
