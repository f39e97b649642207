package morepeers

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestLinphoneAndABrowserSeeEachOther lets a video telephone and a browser call each
// other: each decodes the other's VP8, and again after a hold.
func TestLinphoneAndABrowserSeeEachOther(t *testing.T) {
	g := peers.StartGateway(t, people)
	lin := StartSeeingLinphone(t, "1004", "pw-1004", g.SIP, sound.Low())
	chrome := peers.StartChromium(t, g.SPKI)
	web := chrome.Phone(t, g.Page(), peers.WebPeerConfig{WS: g.WS(), User: "1001", Password: "pw-1001", Domain: "127.0.0.1", Melody: sound.High()})
	seesVP8 := func() {
		t.Helper()
		if seen := web.Watch(0, 2, 20*time.Second); seen.Codec != "video/vp8" || seen.Width != 352 || seen.Height != 288 {
			t.Errorf("the browser sees %+v", seen)
		}
	}
	t.Run("the browser calls, and the telephone holds", func(t *testing.T) {
		web.Seen(uri("1004"), peers.Show{Width: 320, Height: 240})
		lin.Says("Receiving new incoming call", 20*time.Second)
		lin.Do("answer")
		web.Event("confirmed", 20*time.Second)
		lin.Logs("MSVp8Dec: video is 320x240", 1, 15*time.Second)
		seesVP8()
		lin.Do("pause")
		lin.Says("is now paused", 20*time.Second)
		lin.Do("resume")
		lin.Logs("MSVp8Dec: video is 320x240", 2, 15*time.Second)
		seesVP8()
		web.Hangup()
		lin.Says("ended", 20*time.Second)
	})
	t.Run("the telephone calls", func(t *testing.T) {
		web.Forget()
		lin.Do("call 1001")
		web.Event("incoming", 20*time.Second)
		web.Show(peers.Show{Width: 320, Height: 240})
		web.Event("confirmed", 20*time.Second)
		lin.Logs("MSVp8Dec: video is 320x240", 3, 15*time.Second)
		seesVP8()
		peers.Listen(t, "the browser", web, sound.Low(), 0, talk)
		web.Hangup()
	})
}

// TestLinphoneAndABrowserSeeEachOtherByH264: a telephone without VP8 takes one of the H.264
// formats that the browser offers, and each decodes the other's.
func TestLinphoneAndABrowserSeeEachOtherByH264(t *testing.T) {
	g := peers.StartGateway(t, people)
	lin := StartLinphoneH264(t, "1004", "pw-1004", g.SIP, sound.Low())
	chrome := peers.StartChromium(t, g.SPKI)
	web := chrome.Phone(t, g.Page(), peers.WebPeerConfig{WS: g.WS(), User: "1001", Password: "pw-1001", Domain: "127.0.0.1", Melody: sound.High()})
	web.Seen(uri("1004"), peers.Show{Width: 320, Height: 240})
	lin.Says("Receiving new incoming call", 20*time.Second)
	lin.Do("answer")
	web.Event("confirmed", 20*time.Second)
	lin.Logs("OpenH264 decoder: Frame size: 320x240", 1, 20*time.Second)
	if seen := web.Watch(0, 1, 20*time.Second); seen.Codec != "video/h264" || seen.Width != 352 || seen.Height != 288 {
		t.Errorf("the browser sees %+v", seen)
	}
	web.Hangup()
}
