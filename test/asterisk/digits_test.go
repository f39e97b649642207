//go:build asterisk

package asterisk

import (
	"strings"
	"testing"

	"github.com/tandemgw/tandem/test/peers"
)

// TestDigits: what a user presses is read by Asterisk's Read, and what Asterisk sends
// is received, in each of its modes.
func TestDigits(t *testing.T) {
	for _, c := range []struct{ there, here string }{
		{"rfc4733", "rfc4733"},
		{"info", "info"},
		{"inband", "inband"},
		{"auto", "rfc4733"},
		{"auto_info", "rfc4733"},
		{"auto", "inband"},
		{"inband", "auto"},
		{"rfc4733", "auto"},
	} {
		t.Run(c.there+" there, "+c.here+" here", func(t *testing.T) {
			h := open(t, "dtmf = \""+c.here+"\"")
			h.set("allow=ulaw\ndtmf_mode="+c.there, `
exten => 640,1,Answer()
 same => n,Read(D,,8,,1,6)
 same => n,NoOp(read ${D} here)
 same => n,SendDTMF(9*51#)
 same => n,Wait(20)
`)
			// Asterisk sends nothing after the last digit: a jitter buffer that has grown to
			// ten packets would keep that one, which has ten.
			ann := h.desk("201", peers.BaresipConfig{Silent: true, Unbuffered: true})
			ann.Dial(h.at("640"))
			ann.Event("CALL_ESTABLISHED", soon)
			h.a.Says("Read(", 1, soon)
			peers.Pause(talk)
			ann.Press("1594330A")
			peers.Await(t, soon, "Read is done", func() bool { return strings.Contains(h.a.Log(), "NoOp(\"") })
			if !strings.Contains(h.a.Log(), "read 1594330A here") {
				t.Errorf("Asterisk read %s", after(h.a.Log(), "NoOp("))
			}
			peers.AwaitIn(t, soon, "five digits at the phone", ann.Digits, func(got string) bool { return len(got) >= 5 })
			if got := ann.Digits(); got != "9*51#" {
				t.Errorf("the phone got %q", got)
			}
			ann.Hangup()
		})
	}
}

// after is the rest of the line that follows a text.
func after(log, text string) string {
	_, rest, _ := strings.Cut(log, text)
	line, _, _ := strings.Cut(rest, "\n")
	return line
}
