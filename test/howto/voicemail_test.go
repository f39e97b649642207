package howto

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// What Ann says is what Bob hears, and what the exported file holds.
func TestVoicemail(t *testing.T) {
	t.Parallel() // it mostly waits
	p := newPage(t, gatewayHere()...)
	tones := func(b *peers.Baresip) int {
		pcm, rate := b.Heard(0)
		n := 0
		for i := 0; i+rate/5 <= len(pcm); i += rate / 5 {
			if sound.ToneLevel(pcm[i:i+rate/5], rate, 950) > -30 {
				n++
			}
		}
		return n
	}
	p.at = map[string]func(*page){
		"Leave a message": func(p *page) {
			ann := p.phones[0]
			ann.Dial("sip:202@" + p.sip)
			ann.Event("CALL_ESTABLISHED", soon)
			peers.Await(t, soon, "the beep is heard", func() bool { return tones(ann) > 0 })
			peers.Pause(4 * time.Second) // of the message
			ann.Hangup()
		},
		"The keys": func(p *page) {
			bob := p.phones[1]
			bob.Dial("sip:97@" + p.sip)
			bob.Event("CALL_ESTABLISHED", soon)
			peers.Pause(300 * time.Millisecond)
			bob.Press("4711#1")
			peers.Await(t, 2*soon, "the message is heard", func() bool {
				pcm, rate := bob.Heard(0)
				return sound.Low().Find(pcm, rate).Longest > 2500*time.Millisecond
			})
			peers.Pause(2500 * time.Millisecond) // to its end
			bob.Press("#")
			bob.Event("CALL_CLOSED", soon)
		},
	}
	p.do("voicemail.md")
	pcm, rate, err := sound.ReadWAV(filepath.Join(p.dir, "bob.wav"))
	if err != nil {
		t.Fatal(err)
	}
	if h := sound.Low().Find(pcm, rate); h.Longest < 2500*time.Millisecond {
		t.Errorf("the file holds %v", h)
	}
}
