package trace

import (
	"fmt"
	"testing"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/txn"
)

// BenchmarkCall is what a call costs that is traced: the fourteen messages of both its
// legs, its events, and what is forgotten of calls before it.
func BenchmarkCall(b *testing.B) {
	f := udpFlow()
	messages := make([][]byte, 0, 14)
	for _, text := range []func(int) string{sampleInvite, sampleTrying, sampleRinging, sampleOK, sampleAck, sampleBye, sampleEnded} {
		messages = append(messages, []byte(text(0)), []byte(text(1)))
	}
	for _, memory := range []int64{64 << 20, -1} {
		b.Run(fmt.Sprintf("memory=%d", max(memory, 0)), func(b *testing.B) {
			s := New(Config{Memory: memory})
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				id := tandem.CallID(fmt.Sprintf("call%d", n))
				s.Message(f, txn.In, messages[0])
				s.Observe(began(id, 0, "ref-0"))
				s.Observe(began(id, 1, "ref-1"))
				for _, m := range messages[1:] {
					s.Message(f, txn.Out, m)
				}
				s.Observe(bridge.Event{Kind: bridge.Answered, Call: id, Leg: id.Leg(1), Ref: "ref-1"})
				s.Observe(over(id, 200))
				s.settle = s.settle[:0]
			}
		})
	}
}

func sampleTrying(n int) string {
	return sampleMessage(n, "SIP/2.0 100 Trying", "1 INVITE", "", "")
}

func sampleRinging(n int) string {
	return sampleMessage(n, "SIP/2.0 180 Ringing", "1 INVITE", "", "")
}

func sampleEnded(n int) string { return sampleMessage(n, "SIP/2.0 200 OK", "2 BYE", "", "") }
