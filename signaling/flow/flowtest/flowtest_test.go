package flowtest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/tandemgw/tandem/signaling/flow"
)

// record is a Handler that keeps what it gets.
type record struct {
	mu     sync.Mutex
	got    []string
	last   *flow.Flow
	closed int
}

func (r *record) Message(f *flow.Flow, raw []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got, r.last = append(r.got, string(raw)), f
}

func (r *record) Closed(*flow.Flow) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed++
}

func TestPairDeliversInOrderAndThenCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &record{}, &record{}
		p := NewPair(flow.WSS, a, b, func(_ *flow.Flow, raw []byte) bool { return string(raw) != "lost" })
		for _, m := range []string{"1", "lost", "2", "3"} {
			if err := p.A.Send([]byte(m)); err != nil {
				t.Fatal(err)
			}
		}
		p.Close()
		if got := fmt.Sprint(a.got, b.got, a.closed, b.closed); got != "[] [1 2 3] 1 1" {
			t.Errorf("got %s", got)
		}
		if err := p.B.Send([]byte("late")); !errors.Is(err, flow.ErrClosed) {
			t.Errorf("Send: %v", err)
		}
		<-p.A.Closed()
	})
}

func TestNetCarriesDatagrams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNet(nil)
		a, b := &record{}, &record{}
		sa, err := n.Listen("192.0.2.1:5060", a)
		if err != nil {
			t.Fatal(err)
		}
		sb, err := n.Listen("192.0.2.2:5060", b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := n.Listen("192.0.2.2:5060", b); err == nil {
			t.Error("an address was given twice")
		}
		if err := sa.Flow(sb.Addr()).Send([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := b.last.Send([]byte("and back")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := fmt.Sprint(a.got, b.got); got != "[and back] [hello]" || a.last.Key() != sa.Flow(sb.Addr()).Key() {
			t.Errorf("got %s", got)
		}
		n.Close()
	})
}
