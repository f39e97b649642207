package media

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/rtcpmsg"
	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// asked counts in how many ways a leg's far end was asked for a whole picture.
func (l *testLeg) asked(info *int) (n int) {
	return len(feedbackOf(l.wire, rtcpmsg.PSFB, rtcpmsg.FormatPLI)) + len(feedbackOf(l.wire, rtcpmsg.PSFB, rtcpmsg.FormatFIR)) + *info
}

// Whoever is seen is asked for a whole picture when it is answered, when the other side
// resumes, and when another party takes its place, in the way that it knows.
func TestWholePicturesComeWithAnswerResumeAndTransfer(t *testing.T) {
	for name, knows := range map[string]sdp.Feedback{"PLI": sdp.PLI, "FIR": sdp.FIR, "INFO": 0} {
		for sees, viewer := range map[string]sdp.Feedback{"a browser": allFeedback, "a telephone": 0} {
			t.Run(name+", seen by "+sees, func(t *testing.T) {
				e, first, second := newTestEngine(t, Config{Workers: 1}), 0, 0
				a := newVideoLeg(t, e, Options{Events: Events{KeyFrame: func() { first++ }}}, videoStream(testVP8, knows, 0))
				b := newVideoLeg(t, e, Options{Events: Events{KeyFrame: func() { second++ }}}, videoStream(testVP8, knows, 0))
				y := newVideoLeg(t, e, Options{}, videoStream(testVP8, viewer, 0))
				at := transport.Now() + int64(time.Minute) // the keeper's time is another one
				film := func(who *testLeg, seq uint16) {
					at += int64(3 * time.Second)
					who.film(testVP8, seq, uint32(seq)*3000, at)
				}
				Join(a.Endpoint, y.Endpoint) // answered
				film(a, 1)
				if n := a.asked(&first); n != 1 {
					t.Fatalf("asked %d times when it is answered, want once", n)
				}
				film(a, 2)
				held := videoStream(testVP8, viewer, 0)
				held.Lines[0].Direction = sdp.RecvOnly // it shows, and sees nothing
				if err := y.Apply(held); err != nil {
					t.Fatal(err)
				}
				film(a, 3)
				if err := y.Apply(videoStream(testVP8, viewer, 0)); err != nil {
					t.Fatal(err)
				}
				film(a, 4)
				if n := a.asked(&first); n != 2 {
					t.Errorf("asked %d times after a resume, want twice", n)
				}
				Join(b.Endpoint, y.Endpoint) // another one in its place
				film(b, 700)
				if n := b.asked(&second); n != 1 {
					t.Errorf("the new party was asked %d times, want once", n)
				}
			})
		}
	}
}

func TestWhoCannotAskForAWholePictureIsAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		viewer                sdp.Feedback
		joined, begun, losing int
	}{
		"neither PLI nor FIR": {sdp.NACK, 1, 2, 3},
		"FIR":                 {sdp.FIR, 1, 1, 1},
		"PLI":                 {allFeedback, 1, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			none := 0
			x, y := videoPair(t, videoStream(testVP8, allFeedback, 0), videoStream(testVP8, c.viewer, 0))
			at := transport.Now() + int64(time.Minute)
			x.film(testVP8, 1, 1, at)
			if n := x.asked(&none); n != c.joined {
				t.Errorf("asked %d times at first, want %d", n, c.joined)
			}
			at += int64(time.Second)
			y.film(testVP8, 1, 1, at) // its NAT is open from now on
			y.film(testVP8, 2, 1, at)
			if n := x.asked(&none); n != c.begun {
				t.Errorf("asked %d times after its first packet, want %d", n, c.begun)
			}
			for i := range int64(3) { // one report after the other, but one is enough
				lossy := rtcpmsg.Report{SSRC: farVideo, Block: &rtcpmsg.Block{SSRC: y.videoSSRC(), Fraction: 20}}
				y.RTCP(lossy.Append(nil), at+int64(time.Second)*(i+1))
			}
			if n := x.asked(&none); n != c.losing {
				t.Errorf("asked %d times after a loss, want %d", n, c.losing)
			}
		})
	}
}

func TestWhoCannotAskIsAskedForTwiceMore(t *testing.T) {
	for name, c := range map[string]struct {
		viewer sdp.Feedback
		want   int
	}{"neither PLI nor FIR": {0, 3}, "PLI": {sdp.PLI, 1}} {
		t.Run(name, func(t *testing.T) {
			none := 0
			x, _ := videoPair(t, videoStream(testVP8, allFeedback, 0), videoStream(testVP8, c.viewer, 0))
			v, w, at := x.Endpoint.video[0], new(showing), transport.Now()
			x.film(testVP8, 1, 1, at)
			for range 80 { // twenty seconds of the keeper's
				at += int64(keeperTick)
				v.keepShowing(w, at)
				v.ask(at)
			}
			if n := x.asked(&none); n != c.want {
				t.Errorf("asked %d times, want %d", n, c.want)
			}
		})
	}
}
