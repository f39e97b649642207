//go:build asterisk

package asterisk

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem/store/cdr"
	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// recorded is a house whose gateway writes its records of calls into a file.
type recorded struct {
	*house
	file string
}

func keeping(t *testing.T, configuration string) *recorded {
	t.Helper()
	file := filepath.Join(t.TempDir(), "calls.json")
	return &recorded{beside(t, configuration+fmt.Sprintf("cdr { json = %q }\n", file)), file}
}

// record waits for the record of the last of so many calls.
func (r *recorded) record(calls int) cdr.Record {
	r.t.Helper()
	var lines []string
	peers.Await(r.t, soon, fmt.Sprintf("%d calls are recorded", calls), func() bool {
		text, _ := os.ReadFile(r.file)
		lines = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		return len(lines) == calls && lines[0] != ""
	})
	var out cdr.Record
	if err := json.Unmarshal([]byte(lines[calls-1]), &out); err != nil {
		r.t.Fatal(err)
	}
	return out
}

// TestDiversionFromAsterisk: a call that Asterisk has forwarded says by whom: to the
// browser or telephone that is rung, and in the record.
func TestDiversionFromAsterisk(t *testing.T) {
	t.Run("Diversion", func(t *testing.T) {
		divertedByAsterisk(t, "", peers.SwitchIP, "user-busy", "unconditional")
	})
	t.Run("History-Info", func(t *testing.T) { // in which it says no reason
		divertedByAsterisk(t, "send_diversion=no\nsend_history_info=yes\n", "127.0.0.1", "unknown", "unknown")
	})
}

func divertedByAsterisk(t *testing.T, settings, host, reason, second string) {
	t.Helper()
	h := keeping(t, users+"trunk \"asterisk\" { host = \"ASTERISK\" }\n"+rows)
	h.set(settings+"allow=ulaw,opus", `
exten => 690,1,Set(REDIRECTING(from-num,i)=8301)
 same => n,Set(REDIRECTING(count,i)=1)
 same => n,Set(REDIRECTING(reason)=cfb)
 same => n,Dial(PJSIP/201@tandem,30)
exten => 691,1,Set(REDIRECTING(from-num,i)=8302)
 same => n,Set(REDIRECTING(orig-num,i)=8301)
 same => n,Set(REDIRECTING(count,i)=2)
 same => n,Set(REDIRECTING(orig-reason,i)=cfnr)
 same => n,Set(REDIRECTING(reason)=cfu)
 same => n,Dial(PJSIP/202@tandem,30)
`)
	web := h.web(peers.StartChromium(t, h.SPKI), "201", peers.WebPeerConfig{Melody: sound.Low()})
	bob, desk := h.desk("202", peers.BaresipConfig{}), h.extension("8300", peers.BaresipConfig{Melody: sound.High()})

	desk.Dial(h.there("690"))
	if e := web.Event("incoming", soon); e.Diversion != "<sip:8301@"+host+">;reason="+reason {
		t.Errorf("the browser is told %q", e.Diversion)
	}
	web.Answer()
	desk.Event("CALL_ESTABLISHED", soon)
	peers.Conversation(t, web, desk, talk)
	if calls := h.Calls(t); !strings.Contains(calls, "to 201, sent on by 8301 ("+reason+")") {
		t.Errorf("the call log does not say by whom it was sent on:\n%s", calls)
	}
	web.Hangup()
	h.empty()
	by := cdr.Diversion{User: "8301", Host: host, Reason: reason}
	if diff := cmp.Diff([]cdr.Diversion{by}, h.record(1).Diverted); diff != "" {
		t.Errorf("the record says (-want +got):\n%s", diff)
	}

	desk.Forget()
	desk.Dial(h.there("691"))
	bob.Event("CALL_ESTABLISHED", soon)
	peers.Conversation(t, bob, desk, talk)
	bob.Hangup()
	h.empty()
	if got := h.record(2).Diverted; len(got) == 0 || got[0].User != "8302" || got[0].Reason != second {
		t.Errorf("the record says %+v", got)
	}
}

// TestDiversionToAsterisk: what the gateway says of a call that it has forwarded is
// understood by Asterisk, as Diversion and as History-Info, and told by it to a telephone.
func TestDiversionToAsterisk(t *testing.T) {
	for _, way := range []string{"diversion", "history-info"} {
		t.Run(way, func(t *testing.T) {
			h := beside(t, users+`
trunk "asterisk" {
  host      = "ASTERISK"
  diversion = "`+way+`"
}
from "users" { calls = {
  "202" = [dial("user:202", "3s"), forward("trunk:asterisk/695", "20s")]
} }
`)
			h.set("allow=ulaw", `
exten => 695,1,NoOp(sent on by ${REDIRECTING(from-num)} for ${REDIRECTING(reason)} here)
 same => n,Dial(PJSIP/8300,30)
`)
			ann := h.desk("201", peers.BaresipConfig{})
			h.desk("202", peers.BaresipConfig{Manual: true})
			desk := h.extension("8300", peers.BaresipConfig{Melody: sound.High()})
			ann.Dial(h.at("202"))
			desk.Event("CALL_ESTABLISHED", soon)
			peers.Conversation(t, ann, desk, talk)
			h.a.Says("sent on by 202 for cfnr here", 1, soon)
			if got := fieldsOf(sentTo(h.a.Log(), peers.ExtensionIP, "INVITE sip:8300"), "Diversion"); len(got) != 1 || !strings.HasPrefix(got[0], "<sip:202@"+peers.SwitchIP+">;reason=no-answer") {
				t.Errorf("the telephone is told %q", got)
			}
			desk.Hangup()
			h.empty()
		})
	}
}

// sentTo is the last message that Asterisk has sent to an address, of those that begin so.
func sentTo(log, ip, begin string) (message string) {
	for _, m := range strings.Split(log, "<--- ")[1:] {
		head, text, _ := strings.Cut(m, "--->\n")
		if strings.HasPrefix(head, "Transmitting SIP") && strings.Contains(head, "UDP:"+ip+":") && strings.HasPrefix(text, begin) {
			message = text
		}
	}
	return message
}

// fieldsOf are the values of a header field of a message.
func fieldsOf(message, name string) (values []string) {
	head, _, _ := strings.Cut(strings.ReplaceAll(message, "\r", ""), "\n\n")
	for _, line := range strings.Split(head, "\n") {
		if value, is := strings.CutPrefix(line, name+": "); is {
			values = append(values, value)
		}
	}
	return values
}
