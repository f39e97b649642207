//go:build asterisk

package asterisk

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestVideo: two browsers see each other through Asterisk, which passes their pictures
// on; and sound goes both ways.
func TestVideo(t *testing.T) {
	for _, codec := range []string{"vp8", "h264"} {
		t.Run(codec, func(t *testing.T) {
			h := open(t, "video = true")
			h.set("allow=ulaw,opus,"+codec, "exten => 777,1,Dial(PJSIP/202@tandem)\n")
			chrome := peers.StartChromium(t, h.SPKI)
			ann, bob := h.web(chrome, "201", peers.WebPeerConfig{Melody: sound.Low()}), h.web(chrome, "202", peers.WebPeerConfig{})
			ann.Seen("sip:777@127.0.0.1", peers.Show{Width: 320, Height: 180, Codec: codec})
			bob.Event("incoming", soon)
			bob.Show(peers.Show{Width: 320, Height: 180, Codec: codec})
			ann.Event("confirmed", soon)
			for who, web := range map[string]*peers.WebPeer{"ann": ann, "bob": bob} {
				if seen := web.Watch(0, 15, 20*time.Second); seen.Codec != "video/"+codec {
					t.Errorf("what %s sees is %+v", who, seen)
				}
			}
			peers.Listen(t, "ann", ann, sound.High(), ann.Recorded(), talk)
			peers.Listen(t, "bob", bob, sound.Low(), bob.Recorded(), talk)
			ann.Hangup()
			bob.Event("ended", soon)
			h.empty()
		})
	}
}

// TestBrowser: a browser talks with a telephone of Asterisk's, and holds it; Asterisk
// gives it a menu.
func TestBrowser(t *testing.T) {
	h := open(t, "")
	h.set("", `
exten => 640,1,Answer()
 same => n,Read(D,,4,,1,6)
 same => n,NoOp(read ${D} here)
 same => n,SayDigits(${D})
`)
	web := h.web(peers.StartChromium(t, h.SPKI), "201", peers.WebPeerConfig{Melody: sound.Low()})
	desk := h.extension("8300", peers.BaresipConfig{Melody: sound.High()})
	web.Call("sip:8300@127.0.0.1")
	desk.Event("CALL_ESTABLISHED", soon)
	peers.Conversation(t, web, desk, talk)
	at := web.Recorded()
	desk.Hold()
	peers.Listen(t, "the browser on hold", web, peers.Music(), at, talk)
	desk.Hangup()
	web.Event("ended", soon)
	for _, way := range []string{"RFC2833", "INFO"} {
		web.Forget()
		web.Call("sip:640@127.0.0.1")
		web.Event("confirmed", soon)
		peers.Pause(time.Second)
		web.Press("1590", way)
		peers.Await(t, soon, "Asterisk says the digits", func() bool { return after(h.a.Log(), "SayDigits(") != "" })
		h.a.Says("read 1590 here", 1, soon)
		web.Hangup()
		h.empty()
		h.a.Forget()
	}
	desk.Forget()
	desk.Dial(h.there("201"))
	web.Event("incoming", soon)
	web.Answer()
	desk.Event("CALL_ESTABLISHED", soon)
	peers.Conversation(t, web, desk, talk)
	web.Hangup()
	desk.Event("CALL_CLOSED", soon)
}
