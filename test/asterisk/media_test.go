//go:build asterisk

package asterisk

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestCodecs: every codec that both have, with rtcp-mux and without.
func TestCodecs(t *testing.T) {
	h := open(t, `  codecs = ["opus", "g722", "pcma", "pcmu"]`) // also for a telephone that has but PCMU
	ann := h.desk("201", peers.BaresipConfig{})
	for _, codec := range []string{"ulaw", "alaw", "g722", "opus"} {
		for _, more := range []string{"", "rtcp_mux=yes"} {
			t.Run(codec+" "+strings.ReplaceAll(more, "\n", " "), func(t *testing.T) {
				h := h.in(t)
				h.set("allow="+codec+"\n"+more, "")
				h.echoes(ann, sound.Low())
				ann.Forget()
				h.a.Do("channel originate PJSIP/201@tandem extension 601@internal")
				ann.Event("CALL_ESTABLISHED", soon)
				peers.Listen(t, "who is called", ann, sound.High(), 0, talk)
				ann.Hangup()
				h.empty()
			})
		}
	}
}

// TestEncrypted: media with keys in the description, over TLS.
func TestEncrypted(t *testing.T) {
	for _, c := range []struct{ name, secure, there string }{
		{"required", "require", "media_encryption=sdes"},
		{"preferred, required there", "prefer", "media_encryption=sdes"},
		{"preferred, optimistic there", "prefer", "media_encryption=sdes\nmedia_encryption_optimistic=yes"},
		{"preferred, plain there", "prefer", "media_encryption=no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := peers.StartAsterisk(t)
			h := &house{t: t, a: a}
			h.Gateway = peers.StartGateway(t, users+fmt.Sprintf(`
trunk "asterisk" {
  host   = "%s;transport=tls"
  ca     = %q
  secure = %q
}
`, a.TLS, a.CA(), c.secure)+rows)
			h.set(c.there+"\ntransport=transport-tls", "")
			// what is called over TLS
			h.secureContact(c.there)
			ann := h.desk("201", peers.BaresipConfig{})
			h.echoes(ann, sound.Low())
			ann.Forget()
			h.a.Do("channel originate PJSIP/201@tandem extension 601@internal")
			ann.Event("CALL_ESTABLISHED", soon)
			peers.Listen(t, "who is called", ann, sound.High(), 0, talk)
			ann.Hangup()
			h.empty()
			if !strings.Contains(c.there, "=no") && !strings.Contains(a.Log(), "a=crypto:") {
				t.Error("no keys were told")
			}
		})
	}
}

func (h *house) secureContact(endpoint string) { h.t.Helper(); h.secureSet(endpoint, "") }

// secureSet is set over TLS, with more of pjsip.conf.
func (h *house) secureSet(endpoint, more string) {
	h.t.Helper()
	text := strings.Replace(trunk, "aors=tandem\n", "aors=tandem\nallow=ulaw,alaw\ntransport=transport-tls\n"+endpoint+"\n", 1)
	h.a.Configure(strings.ReplaceAll(text, "sip:GATEWAY", "sip:"+h.SIPS+"\\;transport=tls")+more, dialplan, nil)
}

// byDTLS is what an endpoint has that wants its keys so.
const byDTLS = "media_encryption=dtls\ndtls_auto_generate_cert=yes\ndtls_verify=fingerprint\ndtls_setup="

// TestDTLSOffered: the gateway offers keys by DTLS over UDP, whoever of the two begins the
// handshake, and goes on through holds by re-INVITE.
func TestDTLSOffered(t *testing.T) {
	for _, setup := range []string{"active", "passive", "actpass"} {
		t.Run(setup, func(t *testing.T) {
			h := open(t, `secure = "dtls"`)
			h.set("allow=ulaw\nmoh_passthrough=yes\n"+byDTLS+setup, "")
			ann := h.desk("201", peers.BaresipConfig{})
			desk := h.extension("8300", peers.BaresipConfig{Melody: sound.High()})
			h.talking(ann, desk)
			if log := h.a.Log(); !strings.Contains(log, "UDP/TLS/RTP/SAVP ") {
				t.Error("the gateway did not offer UDP/TLS/RTP/SAVP")
			}
			desk.Hold()
			h.Says(t, "held", 1, soon)
			desk.Resume()
			h.Says(t, "resumed", 1, soon)
			peers.Pause(time.Second)
			peers.Listen(t, "the user, taken back", ann, sound.High(), ann.Recorded(), talk)
			desk.Hangup()
			ann.Event("CALL_CLOSED", soon)
			if calls := h.Calls(t); !strings.Contains(calls, " by DTLS") {
				t.Errorf("the call log does not say how the keys were agreed:\n%s", calls)
			}
			h.empty()
		})
	}
	t.Run("to one that has none", func(t *testing.T) {
		h := open(t, `secure = "dtls"`)
		h.set("allow=ulaw", "")
		ann := h.desk("201", peers.BaresipConfig{})
		ann.Dial(h.at("600"))
		ann.Closed(488, soon)
	})
}

// TestDTLS: Asterisk that wants keys by DTLS over UDP calls the gateway; the gateway,
// which is not told to offer them, does not call it.
func TestDTLS(t *testing.T) {
	for _, c := range []struct {
		name, there string
	}{
		{"required", "media_encryption=dtls\ndtls_auto_generate_cert=yes\ndtls_setup=actpass\ndtls_verify=fingerprint"},
		{"optimistic", "media_encryption=dtls\nmedia_encryption_optimistic=yes\ndtls_auto_generate_cert=yes\ndtls_setup=actpass\ndtls_verify=fingerprint"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, "")
			h.set(c.there, "")
			ann := h.desk("201", peers.BaresipConfig{})
			h.a.Do("channel originate PJSIP/201@tandem extension 601@internal")
			ann.Event("CALL_ESTABLISHED", soon)
			peers.Listen(t, "who is called", ann, sound.High(), 0, talk)
			ann.Hangup()
			h.empty()
			if !strings.Contains(h.a.Log(), "a=fingerprint:") {
				t.Error("no fingerprint was told")
			}
			// It takes no offer in the clear, and an optimistic one says 200 with port 0.
			ann.Forget()
			ann.Dial(h.at("600"))
			ann.Closed(488, soon)
		})
	}
}
