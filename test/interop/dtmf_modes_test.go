package interop

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// keysIP is the address of the trunk that takes digits by INFO.
const keysIP = "127.0.0.3"

// openModes starts a gateway whose users and trunks take digits in each way: 1001 and
// 1003 and the line as events, 1005 and the trunk "keys" by INFO, 1006 as tones. It
// returns the port of that trunk, too.
func openModes(t *testing.T) (h *house, port int) {
	t.Helper()
	line, port := peers.FreePort(t), peers.FreePort(t)
	h = &house{t: t, line: line, Gateway: peers.StartGateway(t, fmt.Sprintf(`
user "1001" { password = "pw-1001" }
user "1003" { password = "pw-1003" }
user "1005" {
  password = "pw-1005"
  dtmf     = "info"
}
user "1006" {
  password = "pw-1006"
  dtmf     = "inband"
}
trunk "line" {
  host    = "127.0.0.2:%d"
  allow   = ["127.0.0.2/32"]
  options = "off"
}
trunk "keys" {
  host    = "%s:%d"
  allow   = ["%[2]s/32"]
  options = "off"
  dtmf    = "info"
}
from "users" {
  calls = {
    "100X" = [dial("user:${to}", "20s")]
    "9X."  = [dial("trunk:keys", "20s")]
  }
}
from "trunks" {
  calls = { "100X" = [dial("user:${to}", "20s")] }
}
`, line, keysIP, port))}
	return h, port
}

// playKeys lets a softphone play the tones of all keys from now on, and in each call
// after this one, as a telephone does whose digits are in its sound.
func (h *house) playKeys(b *peers.Baresip) {
	h.t.Helper()
	file := filepath.Join(h.t.TempDir(), "keys.wav")
	pcm := make([]int16, 4000) // half a second, so that the other has answered
	pcm = append(pcm, sound.Keys(keys, 8000, 80*time.Millisecond)...)
	pcm = append(pcm, make([]int16, 8000*60)...) // baresip hangs up where the file ends
	if err := sound.WriteWAV(file, pcm, 8000); err != nil {
		h.t.Fatal(err)
	}
	b.Command("ausrc", "aufile,"+file)
}

// tonesOf returns the digits in what somebody hears as tones.
func tonesOf(e peers.Ear) func() string {
	since := e.Recorded()
	return func() string { return sound.Digits(e.Heard(since)) }
}

// connects waits until a softphone hears another, which it has called.
func connects(t *testing.T, h *house, from *peers.Baresip, to string) {
	t.Helper()
	from.Forget()
	from.Dial(h.at(to))
	from.Event("CALL_ESTABLISHED", soon)
	peers.Await(t, soon, "sound from "+to, func() bool { return from.Recorded() > 0 })
}

func TestDigitsInEachMode(t *testing.T) {
	h, port := openModes(t)
	web := h.web(t, "1001", peers.WebPeerConfig{})
	events := h.desk(t, "1003", peers.BaresipConfig{Silent: true})
	info := h.desk(t, "1005", peers.BaresipConfig{Silent: true})
	tones := h.desk(t, "1006", peers.BaresipConfig{Silent: true})

	t.Run("a browser's events reach a trunk by INFO alone", func(t *testing.T) {
		line := peers.StartLine(t, keysIP, sound.Low())
		s := peers.StartSIPp(t, peers.SIPpConfig{
			Scenario: filepath.Join("testdata", "called-takes-info.xml"), IP: keysIP, Port: port, Gateway: h.SIP, Media: line.Port,
		})
		web.Call(uri("9123"))
		line.To("127.0.0.1", s.Media())
		web.Event("confirmed", soon)
		peers.Listen(t, "the line", line, sound.High(), 0, 5*sound.Note)
		web.Press("0159*#D", "RFC2833")
		signal := regexp.MustCompile(`Signal=(.).*Duration=[0-9]+`)
		digits(t, "the trunk", "0159*#D", func() string {
			var got strings.Builder
			for _, m := range signal.FindAllStringSubmatch(s.Log(), -1) {
				got.WriteString(m[1])
			}
			return got.String()
		})
		if e, d := line.Digits(), sound.Digits(line.Heard(0)); e != "" || d != "" {
			t.Errorf("the media had the events %q and the tones %q, want neither", e, d)
		}
		web.Hangup()
		s.Succeeds(soon)
	})

	t.Run("a browser's events and INFO reach a phone as tones", func(t *testing.T) {
		web.Forget()
		web.Call(uri("1006"))
		web.Event("confirmed", soon)
		peers.Listen(t, "the phone", tones, sound.High(), 0, 5*sound.Note)
		heard := tonesOf(tones)
		web.Press("25", "RFC2833")
		digits(t, "the phone", "25", heard)
		web.Press("14", "INFO")
		digits(t, "the phone", "2514", heard)
		web.Hangup()
		tones.Event("CALL_CLOSED", soon)
	})

	t.Run("events and tones", func(t *testing.T) {
		connects(t, h, tones, "1003")
		heard := tonesOf(tones)
		h.playKeys(tones)
		events.Press("0369*#AD")
		digits(t, "the phone with tones", "0369*#AD", heard)
		digits(t, "the phone with events", keys, events.Digits)
		// The beginning of a tone, before it is known, is heard; a whole one only where
		// the gateway has to wait for the machine.
		if d := sound.LongDigits(events.Heard(0)); len(d) > len(keys)/2 {
			t.Errorf("the phone with events heard the tones %q as well", d)
		}
		tones.Hangup()
		events.Event("CALL_CLOSED", soon)
	})

	t.Run("tones and events reach a phone by INFO", func(t *testing.T) {
		connects(t, h, tones, "1005")
		digits(t, "the phone", keys, info.Digits)
		tones.Hangup()
		info.Event("CALL_CLOSED", soon)
		connects(t, h, events, "1005")
		info.Forget()
		events.Press("09#A")
		digits(t, "the phone", "09#A", info.Digits)
		events.Hangup()
	})

	// SIPp's captures have their own idea of time: each begins where it was
	// captured, whatever was played before it, and a key that is pressed again is
	// the same packets once more.
	t.Run("a capture's events", func(t *testing.T) {
		events.Forget()
		s := h.sipp(t, "calls-and-presses", "1003", 0, 0)
		s.Succeeds(soon)
		digits(t, "the phone", "31419*0##", events.Digits)
	})
}
