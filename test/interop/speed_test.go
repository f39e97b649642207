package interop

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// BenchmarkFirstAudio measures, in Chromium itself, how long after the 200 to its
// INVITE it plays the first sound of the called phone: one call an iteration.
//
//	go test -run '^$' -bench FirstAudio -benchtime 30x ./test/interop
func BenchmarkFirstAudio(b *testing.B) {
	for _, c := range []struct{ name, more string }{
		{"opus", ""},
		{"pcmu", "media { prefer = \"passthrough\" }\n"},
	} {
		b.Run(c.name, func(b *testing.B) {
			h := open(b, c.more)
			web := h.web(b, "1001", peers.WebPeerConfig{})
			desk := h.desk(b, "1003", peers.BaresipConfig{})
			var took []time.Duration
			for b.Loop() {
				took = append(took, firstAudio(web, desk))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "ms-median")
			b.ReportMetric(float64(took[len(took)*9/10].Milliseconds()), "ms-p90")
		})
	}
}

func firstAudio(web *peers.WebPeer, desk *peers.Baresip) time.Duration {
	web.Forget()
	desk.Forget()
	web.Call(uri("1003"))
	heard := web.Event("sound", soon).At
	answered := int64(0)
	for _, e := range web.Events() {
		if e.Type == "wire" && e.Originator == "remote" && strings.HasPrefix(e.Text, "SIP/2.0 200") && strings.HasSuffix(e.CSeq, " INVITE") {
			answered = e.At
		}
	}
	web.Hangup()
	desk.Event("CALL_CLOSED", soon)
	return time.Duration(heard-answered) * time.Millisecond
}
