//go:build asterisk

package asterisk

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestReplacesByABrowser: a browser that talks with two parties joins them by REFER with
// Replaces: two telephones of Asterisk's, and a user of ours with a telephone there.
func TestReplacesByABrowser(t *testing.T) {
	h := open(t, "trust = \"identity\"\n  caller_id = [\"from\", \"pai\"]")
	h.set("trust_id_outbound=yes\nsend_connected_line=yes", "")
	web := h.web(peers.StartChromium(t, h.SPKI), "201", peers.WebPeerConfig{Melody: sound.Low()})
	bob := h.desk("202", peers.BaresipConfig{})
	desk, other := h.extension("8300", peers.BaresipConfig{}), h.extension("8301", peers.BaresipConfig{Melody: sound.High()})
	for _, c := range []struct {
		name, number string
		first        *peers.Baresip
	}{{"two telephones of Asterisk's", "8300", desk}, {"a user and a telephone of Asterisk's", "202", bob}} {
		t.Run(c.name, func(t *testing.T) {
			h := h.in(t)
			web.Forget()
			for _, p := range []*peers.Baresip{c.first, other} {
				p.Forget()
			}
			web.Call("sip:" + c.number + "@127.0.0.1")
			c.first.Event("CALL_ESTABLISHED", soon)
			peers.Listen(t, "the first", c.first, sound.Low(), 0, talk)
			web.Hold()
			web.Call("sip:8301@127.0.0.1")
			other.Event("CALL_ESTABLISHED", soon)
			peers.Listen(t, "who is asked", other, sound.Low(), 0, talk)
			web.ReferToOther("sip:8301@127.0.0.1")
			web.Event("refer-accepted", soon)
			peers.Await(t, soon, "the browser is out of both calls", func() bool { return web.Calls() == 0 })
			peers.Pause(time.Second)
			peers.Conversation(t, c.first, other, talk)
			if out := h.tandem("calls"); !strings.Contains(out, "8301") || strings.Count(out, "talking") != 1 {
				t.Errorf("the gateway does not say that the two talk in one call:\n%s", out)
			}
			other.Hangup()
			c.first.Event("CALL_CLOSED", soon)
			h.empty()
		})
	}
}

// TestReplacesByATelephone: a telephone of Asterisk's whose calls go through the gateway
// joins two users of ours, and a user with a telephone of Asterisk's.
func TestReplacesByATelephone(t *testing.T) {
	h := open(t, "trust = \"identity\"\n  caller_id = [\"from\", \"pai\"]")
	h.setAll("allow=ulaw\ntrust_id_outbound=yes\nsend_connected_line=yes", handset, "", nil)
	ann, bob := h.desk("201", peers.BaresipConfig{}), h.desk("202", peers.BaresipConfig{Melody: sound.High()})
	desk := h.extension("8300", peers.BaresipConfig{Melody: sound.High()})
	for _, c := range []struct {
		number string
		second *peers.Baresip
	}{{"202", bob}, {"8300", desk}} {
		t.Run(c.number, func(t *testing.T) {
			h := h.in(t)
			p := h.hand()
			ann.Forget()
			c.second.Forget()
			first, _ := p.call("201", sound.High())
			peers.Listen(t, "the first", ann, sound.High(), 0, talk)
			if status := first.Do("INVITE", strings.Replace(first.Offer(), "a=sendrecv", "a=sendonly", 1)).Status(); status != 200 {
				t.Fatalf("the hold is answered with %d", status)
			}
			second, line := p.call(c.number, sound.Low())
			peers.Listen(t, "who is asked", c.second, sound.Low(), 0, talk)
			peers.Listen(t, "who asks", line, sound.High(), 0, talk)
			_, toTag, _ := strings.Cut(second.Remote, "tag=")
			_, fromTag, _ := strings.Cut(second.Local, "tag=")
			replaces := url.QueryEscape(fmt.Sprintf("%s;to-tag=%s;from-tag=%s", second.ID, toTag, fromTag))
			if status := first.Do("REFER", "", "Refer-To: <sip:"+c.number+"@"+h.a.Addr+"?Replaces="+replaces+">", "Referred-By: <sip:8303@"+peers.SwitchIP+">", "Contact: <"+p.Contact+">").Status(); status != 202 {
				t.Fatalf("the REFER is answered with %d", status)
			}
			for body := ""; !strings.Contains(body, "200"); {
				notify := first.Request("NOTIFY")
				body = notify.Body()
				p.Answer(notify, 200, "OK")
				if strings.Contains(notify.Field("Subscription-State"), "terminated") && !strings.Contains(body, "200") {
					t.Fatalf("the transfer failed: %s", body)
				}
			}
			second.Hung()
			first.Bye()
			peers.Pause(time.Second)
			peers.Conversation(t, ann, c.second, talk)
			if out := h.tandem("calls"); c.number == "8300" && !strings.Contains(out, "8300") {
				t.Errorf("the gateway does not say that Ann talks with 8300:\n%s", out)
			}
			c.second.Hangup()
			ann.Event("CALL_CLOSED", soon)
			h.empty()
		})
	}
}

// TestReplacesByAsterisk: Asterisk, which has two calls with the gateway, takes itself out
// of both by a REFER with Replaces to it.
func TestReplacesByAsterisk(t *testing.T) {
	h := open(t, "")
	h.set("allow=ulaw", `
exten => 681,1,Answer()
 same => n,Set(GLOBAL(THERE)=${CHANNEL(pjsip,call-id)}%3Bto-tag%3D${CHANNEL(pjsip,remote_tag)}%3Bfrom-tag%3D${CHANNEL(pjsip,local_tag)})
 same => n,Echo()
exten => 680,1,Answer()
 same => n,Wait(1)
 same => n,Transfer(PJSIP/<sip:681@127.0.0.1?Replaces=${THERE}>)
 same => n,NoOp(the transfer is a ${TRANSFERSTATUS})
`)
	ann, bob := h.desk("201", peers.BaresipConfig{}), h.desk("202", peers.BaresipConfig{Melody: sound.High()})
	bob.Dial(h.at("681"))
	bob.Event("CALL_ESTABLISHED", soon)
	peers.Listen(t, "the caller of an echo", bob, sound.High(), 0, talk)
	ann.Dial(h.at("680"))
	h.a.Says("the transfer is a SUCCESS", 1, soon)
	h.a.Idle(soon)
	peers.Conversation(t, ann, bob, talk)
	ann.Hangup()
	bob.Event("CALL_CLOSED", soon)
	h.empty()
}
