package morepeers

import (
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// talk is how long sound must be unbroken to count as heard.
const talk = 1500 * time.Millisecond

// people is the configuration that the tests share.
const people = `
user "1001" {
  password = "pw-1001"
}
user "1003" {
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

func uri(number string) string { return "sip:" + number + "@127.0.0.1" }

// desk starts a baresip of a user; it plays the low melody and answers by itself.
func desk(t *testing.T, g *peers.Gateway, user string, c peers.BaresipConfig) *peers.Baresip {
	t.Helper()
	c.User, c.Password, c.Domain, c.Server = user, "pw-"+user, "127.0.0.1", g.SIP
	return peers.StartBaresip(t, c)
}

func talking(t *testing.T, web, desk peers.Ear) {
	t.Helper()
	peers.Listen(t, "SIP.js", web, sound.Low(), 0, talk)
	peers.Listen(t, "the phone", desk, sound.High(), 0, talk)
}

func TestSIPJS(t *testing.T) {
	g := peers.StartGateway(t, people)
	chrome := peers.StartChromium(t, g.SPKI)
	web := OpenSIPJS(t, chrome, g.Page(), SIPJSConfig{
		WS: g.WS(), User: "1001", Password: "pw-1001", Domain: "127.0.0.1", Melody: sound.High(),
	})
	phone := desk(t, g, "1003", peers.BaresipConfig{})
	manual := desk(t, g, "1004", peers.BaresipConfig{Manual: true})

	t.Run("calls, holds, presses keys and hangs up", func(t *testing.T) {
		start := time.Now()
		web.Call(uri("1003"))
		web.Says("Established", 15*time.Second)
		t.Logf("established after %v", time.Since(start))
		talking(t, web, phone)
		holds(t, g, web, phone)
		phone.Forget()
		web.Press("19*#", false)
		peers.AwaitIn(t, 20*time.Second, "digits by RFC 4733 are at the phone", phone.Digits, func(got string) bool { return got == "19*#" })
		phone.Forget()
		web.Press("05#", true)
		peers.Await(t, 20*time.Second, "digits by INFO", func() bool { return phone.Digits() == "05#" })
		web.Hangup()
		web.Says("Terminated", 20*time.Second)
		phone.Event("CALL_CLOSED", 20*time.Second)
	})
	t.Run("is called", func(t *testing.T) {
		web.Forget()
		phone.Forget()
		phone.Dial("sip:1001@" + g.SIP)
		if from := web.Says("received", 20*time.Second).Text; from != "1003" {
			t.Errorf("SIP.js is called by %q", from)
		}
		web.Answer()
		phone.Event("CALL_ESTABLISHED", 20*time.Second)
		talking(t, web, phone)
		holds(t, g, web, phone)
		phone.Hangup()
		phone.Event("CALL_CLOSED", 20*time.Second)
		web.Says("Terminated", 20*time.Second)
	})
	t.Run("declines", func(t *testing.T) {
		web.Forget()
		phone.Forget()
		phone.Dial("sip:1001@" + g.SIP)
		web.Says("received", 20*time.Second)
		web.Decline()
		if why := phone.Event("CALL_CLOSED", 20*time.Second).Param; why != "480 Temporarily Unavailable" { // what SIP.js sends
			t.Errorf("the caller is told %q", why)
		}
	})
	t.Run("gives up", func(t *testing.T) {
		web.Forget()
		web.Call(uri("1004"))
		manual.Event("CALL_INCOMING", 20*time.Second)
		web.Gets("SIP/2.0 180", 5*time.Second)
		web.Hangup()
		web.Gets("SIP/2.0 487", 5*time.Second)
		web.Says("Terminated", 20*time.Second)
		manual.Event("CALL_CLOSED", 20*time.Second)
	})
	t.Run("is given up", func(t *testing.T) {
		web.Forget()
		phone.Forget()
		phone.Dial("sip:1001@" + g.SIP)
		web.Says("received", 20*time.Second)
		phone.Hangup()
		phone.Event("CALL_CLOSED", 20*time.Second)
		web.Says("Terminated", 20*time.Second)
	})
	t.Run("hears itself on 600", func(t *testing.T) {
		web.Forget()
		web.Call(uri("600"))
		web.Says("Established", 20*time.Second)
		peers.Listen(t, "SIP.js", web, sound.High(), 0, talk)
		web.Hangup()
		web.Says("Terminated", 20*time.Second)
	})
	t.Run("transfers, and is out of the call", func(t *testing.T) {
		web.Forget()
		phone.Forget()
		manual.Forget()
		web.Call(uri("1003"))
		web.Says("Established", 20*time.Second)
		talking(t, web, phone)
		web.Transfer(uri("1004"))
		manual.Event("CALL_INCOMING", 20*time.Second)
		manual.Accept()
		web.Gets("NOTIFY", 10*time.Second)
		web.Says("Terminated", 20*time.Second)
		peers.Listen(t, "who was sent on", phone, sound.Low(), phone.Recorded(), talk)
		manual.Hangup()
		phone.Event("CALL_CLOSED", 20*time.Second)
	})
	t.Run("unregisters", func(t *testing.T) {
		web.Forget()
		phone.Forget()
		web.Unregister()
		web.Says("unregistered", 20*time.Second)
		phone.Dial("sip:1001@" + g.SIP)
		if why := phone.Event("CALL_CLOSED", 20*time.Second).Param; why != "480 Not registered" {
			t.Errorf("the caller of one who is gone is told %q", why)
		}
	})
}

// holds lets SIP.js hold and take back; then both are heard again.
func holds(t *testing.T, g *peers.Gateway, web *SIPJS, phone *peers.Baresip) {
	t.Helper()
	held, resumed := g.Said("held"), g.Said("resumed")
	web.Hold()
	g.Says(t, "held", held+1, 20*time.Second)
	peers.Pause(300 * time.Millisecond) // what was under way is played out
	peers.Silence(t, time.Second,
		peers.Expected{Who: "SIP.js that holds", Ear: web, Melody: sound.Low()},
		peers.Expected{Who: "the phone on hold", Ear: phone, Melody: sound.High()})
	webAt, phoneAt := web.Recorded(), phone.Recorded()
	web.Resume()
	g.Says(t, "resumed", resumed+1, 20*time.Second)
	peers.Listen(t, "SIP.js after hold", web, sound.Low(), webAt, talk)
	peers.Listen(t, "the phone after hold", phone, sound.High(), phoneAt, talk)
}
