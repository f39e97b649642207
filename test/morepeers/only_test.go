package morepeers

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// A telephone that has one codec alone is reached by one that has another alone: at first
// it is offered what costs least, and once it takes none of that, the rest.
func TestATelephoneWithOneCodecAloneIsReached(t *testing.T) {
	g := peers.StartGateway(t, people)
	for _, codec := range []string{"G722/16000/1", "opus/48000/2"} {
		t.Run(codec, func(t *testing.T) {
			one := desk(t, g, "1001", peers.BaresipConfig{Codecs: "PCMU/8000/1", Melody: sound.High()})
			other := desk(t, g, "1003", peers.BaresipConfig{Codecs: codec})
			one.Dial("sip:1003@" + g.SIP)
			one.Event("CALL_ESTABLISHED", 20*time.Second)
			peers.Listen(t, "the other telephone", other, sound.High(), 0, talk)
			peers.Listen(t, "the one telephone", one, sound.Low(), 0, talk)
			one.Hangup()
			other.Event("CALL_CLOSED", 20*time.Second)
		})
	}
}
