package morepeers

import (
	"fmt"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// Telephones with codecs and packet times of their own hear each other: baresip sends and
// wants what its account says (a=ptime), and plays what comes.
func TestTelephonesWithPacketTimesOfTheirOwn(t *testing.T) {
	g := peers.StartGateway(t, people)
	const opus, pcmu, pcma, g722 = "opus/48000/2", "PCMU/8000/1", "PCMA/8000/1", "G722/16000/1"
	for _, c := range []struct {
		one    string
		oneMS  int
		other  string
		otherM int
	}{
		{opus, 40, pcmu, 30},
		{opus, 60, pcma, 10},
		{g722, 10, opus, 40},
		{g722, 40, pcmu, 60},
		{pcmu, 10, pcma, 40},
		{pcmu, 60, pcmu, 20},
	} {
		t.Run(fmt.Sprintf("%s of %d ms and %s of %d ms", c.one, c.oneMS, c.other, c.otherM), func(t *testing.T) {
			one := desk(t, g, "1001", peers.BaresipConfig{Codecs: c.one, More: fmt.Sprintf(";ptime=%d", c.oneMS)})
			other := desk(t, g, "1003", peers.BaresipConfig{Codecs: c.other, More: fmt.Sprintf(";ptime=%d", c.otherM), Melody: sound.High()})
			one.Dial("sip:1003@" + g.SIP)
			one.Event("CALL_ESTABLISHED", 20*time.Second)
			peers.Listen(t, "the other telephone", other, sound.Low(), 0, talk)
			peers.Listen(t, "the one telephone", one, sound.High(), 0, talk)
			one.Hangup()
			other.Event("CALL_CLOSED", 20*time.Second)
		})
	}
}
