package media

import (
	"slices"
	"testing"

	"github.com/tandemgw/tandem/media/transport"
)

// scoutWire notes what it is asked for.
type scoutWire struct {
	discardWire
	asked []int
}

func (w *scoutWire) FetchOut(step int) { w.asked = append(w.asked, step) }

// TestMemoryIsAskedForDownToTheWire of whoever hears, and wherever it ends before that.
func TestMemoryIsAskedForDownToTheWire(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatPCMU)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	w := &scoutWire{}
	b.Endpoint.wire = w
	all := func() {
		for step := range 7 {
			a.FetchIn(step)
		}
	}
	e.newEndpoint(Options{}).FetchIn(1) // nothing is agreed
	if all(); w.asked != nil {
		t.Errorf("asked for %v of a leg that nobody is joined with", w.asked)
	}
	Join(a.Endpoint, b.Endpoint)
	if all(); !slices.Equal(w.asked, []int{0, 1, 2, 3}) {
		t.Errorf("asked for %v, want all steps from the wire on", w.asked)
	}
	if n := testing.AllocsPerRun(100, func() { all(); w.asked = w.asked[:0] }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	a.talk(101, make([]byte, 4), 160, transport.Now())
	if got := a.heardType.Load(); got != 101 {
		t.Errorf("the next packet is looked for as type %d", got)
	}
	b.Close()
	w.asked = nil
	all()
	if w.asked != nil {
		t.Errorf("asked for %v of a leg that is closed", w.asked)
	}
}
