package switches

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestMain runs the tests again in a network namespace of their own, where Janus has a
// link that it takes for one to the world.
func TestMain(m *testing.M) { peers.InNamespace(m, "kamailio, rtpengine, janus") }

const extensions = `
from "users" {
  calls = {
    "1XXX" = [dial("user:${to}", "20s")]
  }
}
`

// Somebody whose browser is a telephone by way of Janus calls somebody whose browser is
// at ours: Opus goes from one end to the other as it is, keys too, and a hold of Janus's
// is one.
func TestBrowserBehindJanusCallsABrowser(t *testing.T) {
	gw := peers.StartGateway(t, users()+extensions)
	janus := peers.StartJanus(t)
	far := janus.Phone(t, peers.StartChromium(t, "", peers.Microphone(t, sound.High())), gw.Page(),
		peers.JanusConfig{User: "1002", Password: "pw1002", Server: gw.SIP})
	near := peers.StartChromium(t, gw.SPKI).Phone(t, gw.Page(), peers.WebPeerConfig{
		WS: gw.WS(), User: "1001", Password: "pw1001", Domain: "127.0.0.1", Melody: sound.Low(), Answer: 1,
	})
	far.Call("sip:1001@" + gw.SIP)
	near.Event("confirmed", soon)
	far.Says("accepted", soon)
	peers.Listen(t, "the browser", near, sound.High(), near.Recorded(), talk)
	peers.Listen(t, "the browser behind Janus", far, sound.Low(), far.Recorded(), talk)
	far.Hold()
	gw.Says(t, "held", 1, soon)
	peers.Await(t, soon, "the call goes on", func() bool {
		far.Resume() // is lost while the hold has not had its ACK
		peers.Pause(200 * time.Millisecond)
		return gw.Said("resumed") > 0
	})
	peers.Listen(t, "the browser", near, sound.High(), near.Recorded(), talk)
	peers.Listen(t, "the browser behind Janus", far, sound.Low(), far.Recorded(), talk)
	near.Hangup()
	far.Says("hangup", soon)
}

// It calls a telephone, whose G.711 is not its Opus, by way of SDES-SRTP; its keys are
// the telephone's. Then the telephone calls it.
func TestTelephoneAndABrowserBehindJanus(t *testing.T) {
	gw := peers.StartGateway(t, strings.Replace(users(), `"pw1002"`, `"pw1002"
  secure = "prefer"`, 1)+extensions)
	janus := peers.StartJanus(t)
	far := janus.Phone(t, peers.StartChromium(t, "", peers.Microphone(t, sound.High())), gw.Page(),
		peers.JanusConfig{User: "1002", Password: "pw1002", Server: gw.SIP, SRTP: "sdes_mandatory"})
	phone := desk(t, gw, "1003", peers.BaresipConfig{Melody: sound.Low()})
	talks := func() {
		t.Helper()
		peers.Listen(t, "the telephone", phone, sound.High(), phone.Recorded(), talk)
		peers.Listen(t, "the browser behind Janus", far, sound.Low(), far.Recorded(), talk)
	}
	far.Call("sip:1003@" + gw.SIP)
	far.Says("accepted", soon)
	talks()
	far.Press("159#")
	peers.Await(t, soon, "four digits at the telephone", func() bool { return len(phone.Digits()) >= 4 })
	if got := phone.Digits(); got != "159#" {
		t.Errorf("the telephone got the digits %q", got)
	}
	far.Hangup()
	phone.Event("CALL_CLOSED", soon)
	far.Says("free", soon)
	phone.Dial("sip:1002@" + gw.SIP)
	far.Says("incomingcall", soon)
	far.Answer()
	gw.Says(t, "answered", 2, soon)
	talks()
	far.Hangup()
}
