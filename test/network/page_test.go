package network

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// losesItsAddress: the address of the machine goes in mid-call, and half a second
// later it has another one. Chromium takes its WebSocket for open for minutes after
// that and its media for connected for seconds; the web phone finds out for itself,
// registers anew, and the call goes on.
func (p *place) losesItsAddress(t *testing.T) {
	p.desk.Forget()
	web := p.chrome.SignIn(t, p.HTTPS+"/", "1001", "pw-1001")
	web.Write("number", "1003")
	web.Click("call")
	web.Shows("call-card", "talking")
	peers.Listen(t, "the web phone", web, sound.Low(), 0, time.Second)
	peers.Listen(t, "the phone", p.desk, sound.High(), 0, time.Second)
	gone := time.Now()
	do(t, `ip addr del `+browser+`/24 dev w0`)
	peers.Pause(500 * time.Millisecond)
	spoken, heard := web.Recorded(), p.desk.Recorded()
	do(t, `ip addr add `+elsewhere+`/24 dev w0
ip route add default via 198.51.101.1
`+strings.Join(enter(p.router), " ")+` ip addr replace 198.51.101.1/24 dev r0
`)
	peers.Listen(t, "the web phone elsewhere", web, sound.Low(), spoken, time.Second)
	peers.Listen(t, "the phone after that", p.desk, sound.High(), heard, time.Second)
	t.Logf("both heard for a second %v after the address was gone", time.Since(gone))
	web.Shows("registration", "registered")
	web.Shows("call-card", "talking")
	ended := p.Said("ended")
	web.Click("hangup")
	p.Says(t, "ended", ended+1, 20*time.Second) // what baresip says goes to the address that is gone
}
