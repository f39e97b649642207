package interop

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// menuPlan has a menu whose prompt is a tone of 1 kHz, and a queue with one member.
const menuPlan = `
user "1001" { password = "pw-1001" }
user "1003" { password = "pw-1003" }
user "1005" { password = "pw-1005" }
user "1006" {
  password = "pw-1006"
  dtmf     = "inband"
}
from "users" {
  calls = {
    "0" = [menu("main"), reject(404)]
    "7" = [queue("desk")]
  }
}
menu "main" {
  play = ["tone:test", "tone:test"]
  wait = "20s"
  keys = { "5" = [dial("user:1003", "20s")] }
}
queue "desk" { members = ["user:1003"] }
`

// prompted waits until somebody hears the tone of the prompt.
func prompted(t *testing.T, e peers.Ear) {
	t.Helper()
	peers.Await(t, soon, "the prompt is heard", func() bool {
		pcm, rate := e.Heard(0)
		for i := 0; i+rate/2 <= len(pcm); i += rate / 10 {
			if sound.ToneLevel(pcm[i:i+rate/2], rate, 1000) > -25 {
				return true
			}
		}
		return false
	})
}

func TestMenusAndQueuesAreHeard(t *testing.T) {
	t.Parallel()
	h := &house{t: t, Gateway: peers.StartGateway(t, menuPlan)}
	agent := h.desk(t, "1003", peers.BaresipConfig{Melody: sound.High()})
	events := h.desk(t, "1001", peers.BaresipConfig{Silent: true})

	t.Run("a key as an event", func(t *testing.T) {
		events.Dial(h.at("0"))
		events.Event("CALL_ESTABLISHED", soon)
		prompted(t, events)
		events.Press("5")
		peers.Listen(t, "the caller", events, sound.High(), 0, 5*sound.Note)
		events.Hangup()
		agent.Event("CALL_CLOSED", soon)
	})

	t.Run("a key by INFO", func(t *testing.T) {
		info := h.desk(t, "1005", peers.BaresipConfig{Silent: true, DTMF: "info"})
		agent.Forget()
		info.Dial(h.at("0"))
		info.Event("CALL_ESTABLISHED", soon)
		prompted(t, info)
		info.Press("5")
		peers.Listen(t, "the caller", info, sound.High(), 0, 5*sound.Note)
		info.Hangup()
		agent.Event("CALL_CLOSED", soon)
	})

	t.Run("a key in the sound", func(t *testing.T) {
		tones := h.desk(t, "1006", peers.BaresipConfig{Silent: true})
		file := filepath.Join(t.TempDir(), "five.wav")
		pcm := append(make([]int16, 8000*2), sound.Keys("5", 8000, 100*time.Millisecond)...)
		if err := sound.WriteWAV(file, append(pcm, make([]int16, 8000*60)...), 8000); err != nil {
			t.Fatal(err)
		}
		tones.Command("ausrc", "aufile,"+file)
		agent.Forget()
		tones.Dial(h.at("0"))
		tones.Event("CALL_ESTABLISHED", soon)
		prompted(t, tones)
		peers.Listen(t, "the caller", tones, sound.High(), 0, 5*sound.Note)

		// The member talks: who comes now waits, and hears music.
		from := events.Recorded()
		events.Forget()
		events.Dial(h.at("7"))
		events.Event("CALL_ESTABLISHED", soon)
		peers.Await(t, soon, "music is heard", func() bool {
			pcm, rate := events.Heard(from)
			return len(pcm) > 2*rate && loud(pcm[len(pcm)-rate:])
		})
		pcm, rate := events.Heard(from)
		if heard := sound.High().Find(pcm, rate); heard.Longest > 2*sound.Note {
			t.Errorf("who waits hears the member: %v", heard)
		}
		from = events.Recorded()
		tones.Hangup()
		peers.Listen(t, "who has waited", events, sound.High(), from, 5*sound.Note)
		events.Hangup()
	})
}

// loud says whether there is more than silence.
func loud(pcm []int16) bool {
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return sum/float64(len(pcm)) > 200*200
}
