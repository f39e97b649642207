// Package interop calls through the gateway with real peers and listens at the
// far ends: baresip, Chromium with JsSIP, SIPp, Firefox.
package interop

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

const users = `
user "1001" {
  name     = "Ann"
  password = "pw-1001"
}
user "1002" {
  password = "pw-1002"
}
user "1003" {
  name     = "Desk"
  password = "pw-1003"
}
user "1004" {
  password = "pw-1004"
}
include_test_numbers = true
from "users" {
  calls = {
    "100X" = [dial("user:${to}", "20s")]
  }
}
`

// hears asserts that a recording holds the melody, unbroken for the time.
func hears(t *testing.T, who string, m sound.Melody, least time.Duration, heard func() ([]int16, int)) sound.Heard {
	t.Helper()
	pcm, rate := heard()
	h := m.Find(pcm, rate)
	if h.Longest < least || h.Level < -20 {
		t.Errorf("%s heard %v of %v recorded, want an unbroken %v", who, h, time.Duration(len(pcm))*time.Second/time.Duration(rate), least)
	} else {
		t.Logf("%s heard %v", who, h)
	}
	return h
}

func phone(t *testing.T, g *peers.Gateway, user string, m sound.Melody, codecs string) *peers.Baresip {
	t.Helper()
	return peers.StartBaresip(t, peers.BaresipConfig{
		User: user, Password: "pw-" + user, Domain: "127.0.0.1", Server: g.SIP, Melody: m, Codecs: codecs,
	})
}

func TestPhoneCallsPhone(t *testing.T) {
	g := peers.StartGateway(t, users)
	a := phone(t, g, "1003", sound.Low(), "")
	b := phone(t, g, "1004", sound.High(), "")
	a.Dial("sip:1004@" + g.SIP)
	a.Event("CALL_ESTABLISHED", 10*time.Second)
	b.Event("CALL_ESTABLISHED", 10*time.Second)
	peers.Pause(3 * time.Second)
	hears(t, "the caller", sound.High(), 2*time.Second, a.Heard)
	hears(t, "the called", sound.Low(), 2*time.Second, b.Heard)
	a.Hangup()
	b.Event("CALL_CLOSED", 5*time.Second)
}
