package interop

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestBrowsersSeeEachOther calls with a picture, shares a screen and takes it away
// again, and switches a picture on in a call that began without one.
func TestBrowsersSeeEachOther(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	ann, bob := h.web(t, "1001", peers.WebPeerConfig{}), h.web(t, "1002", peers.WebPeerConfig{})
	t.Run("from the beginning, and a screen", func(t *testing.T) {
		callSeen(ann, bob, peers.Show{Width: 640, Height: 360}, peers.Show{Width: 480, Height: 270})
		a, b := ann.Watch(0, 15, 20*time.Second), bob.Watch(0, 15, 20*time.Second)
		if a.Width > 480 || a.Width < 120 || b.Width > 640 || b.Width < 160 {
			t.Errorf("the pictures are %+v and %+v", a, b)
		}
		peers.Listen(t, "ann", ann, sound.High(), 0, talk)
		ann.Add(peers.Show{Width: 320, Height: 200})
		if screen := bob.Watch(1, 10, 20*time.Second); screen.Width > 320 {
			t.Errorf("the screen is %+v", screen)
		}
		ann.Take()
		bob.Watch(0, 10, 20*time.Second)
		ann.Hangup()
		bob.Event("ended", 20*time.Second)
	})
	for _, codec := range []string{"h264", "vp9"} {
		t.Run("switched on, "+codec, func(t *testing.T) {
			ann.Forget()
			bob.Forget()
			ann.Call(uri("1002"))
			bob.Event("incoming", 20*time.Second)
			bob.Answer()
			ann.Event("confirmed", 20*time.Second)
			bob.Add(peers.Show{Codec: codec})
			if seen := ann.Watch(0, 10, 20*time.Second); seen.Codec != "video/"+codec {
				t.Errorf("what is seen is %+v", seen)
			}
			bob.Take()
			peers.Listen(t, "bob", bob, sound.High(), 0, talk)
			bob.Hangup()
			ann.Event("ended", 20*time.Second)
		})
	}
}

// TestBothBrowsersSwitchVideoOnAtOnce lets their offers cross: each refuses the other's.
func TestBothBrowsersSwitchVideoOnAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	ann, bob := h.web(t, "1001", peers.WebPeerConfig{}), h.web(t, "1002", peers.WebPeerConfig{})
	ann.Call(uri("1002"))
	bob.Event("incoming", 20*time.Second)
	bob.Answer()
	ann.Event("confirmed", 20*time.Second)
	bob.Event("confirmed", 20*time.Second)
	added := make(chan struct{})
	go func() {
		defer close(added)
		ann.Add(peers.Show{Codec: "vp8"})
	}()
	bob.Add(peers.Show{Codec: "vp8"})
	<-added
	ann.Watch(0, 10, 20*time.Second)
	bob.Watch(0, 10, 20*time.Second)
	peers.Listen(t, "ann", ann, sound.High(), 0, talk)
	bob.Hangup()
	ann.Event("ended", 20*time.Second)
}

// TestPhonesAndPictures calls telephones from a browser with a picture: one has
// video of its own, one only has ears.
func TestPhonesAndPictures(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	web := h.web(t, "1001", peers.WebPeerConfig{})
	t.Run("with video", func(t *testing.T) {
		h.desk(t, "1003", peers.BaresipConfig{Video: true})
		web.Seen(uri("1003"), peers.Show{Width: 320, Height: 180})
		web.Event("confirmed", 20*time.Second)
		if seen := web.Watch(0, 15, 20*time.Second); seen.Codec != "video/vp8" {
			t.Errorf("what is seen is %+v", seen)
		}
		web.Hangup()
	})
	t.Run("without", func(t *testing.T) {
		web.Forget()
		desk := h.desk(t, "1004", peers.BaresipConfig{})
		web.Seen(uri("1004"), peers.Show{Width: 320, Height: 180})
		web.Event("confirmed", 20*time.Second)
		talking(t, web, desk)
		if all := web.Pictures(); len(all) != 0 {
			t.Errorf("the browser sees %+v", all)
		}
		web.Hangup()
	})
}

// callSeen has one page call 1002, which is another's, and both show a picture from the
// beginning.
func callSeen(caller, callee *peers.WebPeer, hers, his peers.Show) {
	caller.Seen(uri("1002"), hers)
	callee.Event("incoming", 20*time.Second)
	callee.Show(his)
	caller.Event("confirmed", 20*time.Second)
}
