package interop

import (
	"math"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// strength returns how loud the tones of a melody are in pcm, as a part of full
// scale.
func strength(m sound.Melody, pcm []int16, rate int) float64 {
	sum := 0.0
	for _, hz := range m {
		var re, im float64
		for i, v := range pcm {
			s, c := math.Sincos(2 * math.Pi * hz * float64(i) / float64(rate))
			re, im = re+float64(v)*c, im+float64(v)*s
		}
		sum += (re*re + im*im) / float64(len(pcm)) / float64(len(pcm))
	}
	return 2 * math.Sqrt(sum) / 32768
}

// TestThreeInARoomHearEachOther lets a browser and two telephones dial 608. Each
// says other tones, and hears those of the two others and not its own.
func TestThreeInARoomHearEachOther(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	tones := []sound.Melody{sound.High(), {430, 530}, {670, 830}}
	web := h.web(t, "1001", peers.WebPeerConfig{})
	a := h.desk(t, "1003", peers.BaresipConfig{Melody: tones[1]})
	b := h.desk(t, "1004", peers.BaresipConfig{Melody: tones[2]})
	web.Call(uri("608"))
	web.Event("confirmed", 20*time.Second)
	a.Dial(h.at("608"))
	b.Dial(h.at("608"))
	a.Event("CALL_ESTABLISHED", 20*time.Second)
	b.Event("CALL_ESTABLISHED", 20*time.Second)
	ears := []peers.Ear{web, a, b}
	names := []string{"the browser", "phone a", "phone b"}
	deadline := time.Now().Add(20 * time.Second)
	for i, ear := range ears {
		for {
			pcm, rate := ear.Heard(0)
			if n := 3 * rate / 2; len(pcm) > n {
				pcm = pcm[len(pcm)-n:]
			}
			var level [3]float64
			good := len(pcm) >= rate
			for k := range tones {
				if good {
					level[k] = strength(tones[k], pcm, rate)
				}
				good = good && (k == i || level[k] > 0.01)
			}
			if good && level[i] < 0.1*min(level[(i+1)%3], level[(i+2)%3]) {
				t.Logf("%s hears %.3f", names[i], level)
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s, which says tones %d, hears %.3f of each", names[i], i, level)
			}
			peers.Pause(200 * time.Millisecond)
		}
	}
	web.Hangup()
	a.Hangup()
	b.Hangup()
}
