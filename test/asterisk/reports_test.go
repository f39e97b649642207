//go:build asterisk

package asterisk

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestReports: what Asterisk and the gateway tell each other of the sound by RTCP is
// understood on both sides, with a port of its own and without. (Its rxjitter is 0 though its
// reports tell the jitter: it divides by the clock twice.)
func TestReports(t *testing.T) {
	for _, mux := range []string{"rtcp_mux=no", "rtcp_mux=yes"} {
		t.Run(mux, func(t *testing.T) {
			h := keeping(t, users+"trunk \"asterisk\" { host = \"ASTERISK\" }\n"+rows)
			h.set("allow=ulaw\n"+mux, `
exten => 635,1,Answer()
 same => n,Echo()
exten => h,1,NoOp(reports ${CHANNEL(rtcp,all,audio)} end)
`)
			ann := h.desk("201", peers.BaresipConfig{})
			ann.Dial(h.at("635"))
			ann.Event("CALL_ESTABLISHED", soon)
			peers.Pause(20 * time.Second) // Asterisk reports every five
			peers.Listen(t, "the caller of an echo", ann, sound.Low(), ann.Recorded(), talk)
			ann.Hangup()
			h.empty()
			h.a.Says("reports ssrc=", 1, soon)
			asterisksNumbers(t, after(h.a.Log(), "reports "))
			gatewaysNumbers(t, h)
		})
	}
}

// asterisksNumbers looks at what Asterisk says of a call of some 20 s that had no loss.
func asterisksNumbers(t *testing.T, said string) {
	t.Helper()
	t.Log("Asterisk says", said)
	number := func(name string) float64 {
		m := regexp.MustCompile(`[= ;]` + name + `=([0-9.]+)`).FindStringSubmatch(";" + said)
		if m == nil {
			t.Errorf("Asterisk does not say %s", name)
			return 0
		}
		v, _ := strconv.ParseFloat(m[1], 64)
		return v
	}
	for name, bounds := range map[string][2]float64{
		"rxcount": {800, 1800}, "txcount": {800, 1800}, "lp": {0, 0}, "rlp": {0, 0}, "rxjitter": {0, 0.05}, "txjitter": {0, 0.05}, "rtt": {0.000001, 0.5},
	} {
		if v := number(name); v < bounds[0] || v > bounds[1] {
			t.Errorf("Asterisk's %s is %v, want %v to %v", name, v, bounds[0], bounds[1])
		}
	}
}

// gatewaysNumbers looks at what the gateway has recorded of its leg with Asterisk.
func gatewaysNumbers(t *testing.T, h *recorded) {
	t.Helper()
	legs := h.record(1).Legs
	if len(legs) != 2 {
		t.Fatalf("the record has %d legs", len(legs))
	}
	l := legs[1]
	t.Logf("the gateway says %+v", l)
	switch {
	case l.PacketsIn < 800 || l.PacketsOut < 800:
		t.Errorf("%d packets came and %d went", l.PacketsIn, l.PacketsOut)
	case l.Loss != 0 || l.JitterMS <= 0 || l.JitterMS > 50:
		t.Errorf("%v %% were lost, with a jitter of %v ms", l.Loss, l.JitterMS)
	case l.RoundTripMS <= 0 || l.RoundTripMS > 500:
		t.Errorf("the round trip is %v ms", l.RoundTripMS)
	case l.MOSIn < 4 || l.MOSOut < 4:
		t.Errorf("the scores are %v and %v", l.MOSIn, l.MOSOut)
	}
}
