package morepeers

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// A telephone with G.722 and one with G.711 hear each other, and each is spoken to
// in its own codec.
func TestWidebandTelephoneTalksWithANarrowOne(t *testing.T) {
	g := peers.StartGateway(t, people)
	wide := desk(t, g, "1001", peers.BaresipConfig{Codecs: "G722/16000/1"})
	narrow := desk(t, g, "1003", peers.BaresipConfig{Codecs: "PCMA/8000/1", Melody: sound.High()})
	wide.Dial("sip:1003@" + g.SIP)
	wide.Event("CALL_ESTABLISHED", 20*time.Second)
	peers.Listen(t, "the narrow telephone", narrow, sound.Low(), 0, talk)
	peers.Listen(t, "the wide telephone", wide, sound.High(), 0, talk)
	wide.Hangup()
	narrow.Event("CALL_CLOSED", 20*time.Second)
	g.Says(t, "media", 2, 5*time.Second)
}
