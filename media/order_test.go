package media

import (
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// slowWire lets time go by while a packet is relayed, as when its reader is
// preempted there.
type slowWire struct {
	*fakeWire
	once   sync.Once
	during func()
}

func (w *slowWire) RelayRTP(b []byte, q *transport.Batch) error {
	w.once.Do(w.during)
	return w.fakeWire.RelayRTP(b, q)
}

// A packet that has its number is written before the next one gets its own,
// whoever sends that: here the worker begins a tone, or a digit, while the reader
// relays a packet of sound.
func TestPacketsLeaveInTheOrderOfTheirNumbers(t *testing.T) {
	for name, as := range map[string]Digits{"tone": {Send: DigitsAsTones}, "event": {}} {
		t.Run(name, func(t *testing.T) {
			e := newTestEngine(t, Config{Workers: 1})
			a := newTestLeg(t, e, Options{Call: "c"}, testStream(formatPCMU))
			w := &slowWire{fakeWire: newFakeWire()}
			b := &testLeg{Endpoint: e.newEndpoint(Options{Call: "c"}), wire: w.fakeWire}
			b.up.Store(true)
			if err := b.open(w); err != nil {
				t.Fatal(err)
			}
			if err := b.Apply(testStream(formatPCMU)); err != nil {
				t.Fatal(err)
			}
			b.SetDigits(as)
			Join(a.Endpoint, b.Endpoint)
			w.during = func() {
				if err := b.SendDigit('5', time.Second); err != nil {
					t.Error(err)
				}
				select {
				case <-w.notify: // it has gone out before
				case <-time.After(50 * time.Millisecond):
				}
			}
			a.talk(0, voice(160, 0xff), 160, transport.Now())
			checkLine(t, b.line.ssrc, w.await(t, 5))
		})
	}
}
