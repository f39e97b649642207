//go:build asterisk

package asterisk

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// blocks are the fenced blocks of a how-to of a kind.
func blocks(t *testing.T, page, kind string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "howto", page))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile("(?ms)^```"+kind+"[^\n]*\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		out = append(out, m[1])
	}
	return out
}

// TestAsTheHowToSays does what connect-asterisk.md says, with other addresses.
func TestAsTheHowToSays(t *testing.T) {
	t.Setenv("ANN_PW", "pw201")
	a := peers.StartAsterisk(t)
	hcl := strings.NewReplacer("domain = \"gateway.example.com\"\n", "", "192.0.2.20", a.Addr).Replace(blocks(t, "connect-asterisk.md", "hcl")[0])
	h := &house{t: t, a: a, Gateway: peers.StartGateway(t, hcl)}
	text := blocks(t, "connect-asterisk.md", "text")
	pjsip := strings.NewReplacer("192.0.2.10:5060", h.SIP, "192.0.2.10", "127.0.0.1").Replace(text[0])
	a.Configure(pjsip+extension("8300", ""), text[1]+"exten => _8XXX,1,Dial(PJSIP/${EXTEN},30)\n", nil)
	ann := h.desk("201", peers.BaresipConfig{})
	desk := h.extension("8300", peers.BaresipConfig{Melody: sound.High()})

	ann.Dial(h.at("8300"))
	desk.Event("CALL_ESTABLISHED", soon)
	peers.Conversation(t, ann, desk, talk)
	if !strings.Contains(a.Log(), `From: "Ann" <sip:201@`+peers.SwitchIP) {
		t.Errorf("the telephone was not told who calls")
	}
	ann.Hangup()
	desk.Event("CALL_CLOSED", soon)

	ann.Forget()
	desk.Forget()
	desk.Dial(h.there("201"))
	ann.Event("CALL_ESTABLISHED", soon)
	peers.Conversation(t, ann, desk, talk)
	if calls := h.Calls(t); !strings.Contains(calls, "Desk 8300") {
		t.Errorf("the gateway was not told the name of who calls:\n%s", calls)
	}
	desk.Hangup()
	ann.Event("CALL_CLOSED", soon)

	if out := h.tandem("trunks"); !strings.Contains(out, "reachable") {
		t.Errorf("tandem trunks says\n%s", out)
	}
	// Asterisk asks for the first time within the half minute of qualify_frequency, at a
	// time that it draws by lot: it is told to ask now.
	a.Do("pjsip qualify tandem")
	peers.Await(t, soon, "pjsip show endpoint says Avail", func() bool { return strings.Contains(a.Do("pjsip show endpoint tandem"), " Avail") })
	a.Idle(soon)
}

// TestEarlyAndRinging: sound before the answer, ringing without sound, and the causes
// of calls that come to nothing.
func TestEarlyAndRinging(t *testing.T) {
	h := open(t, "")
	h.set("", `
exten => 630,1,Progress()
 same => n,Playback(HERE/melody,noanswer)
 same => n,Hangup(17)
exten => 631,1,Ringing()
 same => n,Wait(2)
 same => n,Answer()
 same => n,Echo()
exten => _64X!,1,Hangup(${EXTEN:2})
exten => 632,1,Progress()
 same => n,Playback(HERE/melody,noanswer)
exten => 633,1,Ringing()
 same => n,Wait(60)
`)
	ann := h.desk("201", peers.BaresipConfig{})
	t.Run("early media is heard", func(t *testing.T) {
		h := h.in(t)
		ann.Dial(h.at("632"))
		ann.Event("CALL_PROGRESS", soon)
		peers.Listen(t, "the caller", ann, sound.High(), 0, talk)
		ann.Hangup()
		h.empty()
	})
	t.Run("rings and answers", func(t *testing.T) {
		h := h.in(t)
		ann.Forget()
		ann.Dial(h.at("631"))
		ann.Event("CALL_RINGING", soon)
		ann.Event("CALL_ESTABLISHED", soon)
		peers.Listen(t, "the caller of an echo", ann, sound.Low(), 0, talk)
		ann.Hangup()
		h.empty()
	})
	t.Run("the caller gives up", func(t *testing.T) {
		h := h.in(t)
		ann.Forget()
		ann.Dial(h.at("633"))
		ann.Event("CALL_RINGING", soon)
		ann.Hangup()
		h.empty()
	})
	for _, c := range []struct {
		cause  string
		status int
	}{{"1", 404}, {"17", 486}, {"19", 480}, {"21", 403}, {"22", 410}, {"34", 503}, {"38", 500}, {"58", 488}} {
		t.Run("cause "+c.cause, func(t *testing.T) {
			h := h.in(t)
			ann.Forget()
			ann.Dial(h.at("64" + c.cause))
			ann.Closed(c.status, soon)
		})
	}
	t.Run("no such number", func(t *testing.T) {
		h := h.in(t)
		ann.Forget()
		ann.Dial(h.at("999"))
		ann.Closed(404, soon)
	})
}
