//go:build unix

package media

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"testing"

	"github.com/tandemgw/tandem/media/sdp"
)

// For whoever looks for what holds the memory of a call.
var (
	costCalls    = flag.Int("cost-calls", 20, "how many calls TestCostOfACall holds")
	heapProfiles = flag.String("heap-profiles", "", "folder for a profile of the heap of each kind of call")
)

// TestCostOfACall counts the memory that calls hold while sound passes both ways, heap
// and stacks, with the browsers and telephones in another process.
func TestCostOfACall(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector costs more than a call")
	}
	for _, c := range []struct {
		load loadOf
		most float64 // KiB
	}{
		{loadOf{0, "phone", "phone"}, 40},
		{loadOf{0, "pcmu", "phone"}, 120},
		// An encoder and a decoder of gopus are 490 of it: its buffers have the longest
		// packet's size, many times over.
		{loadOf{0, "opus", "phone"}, 620},
	} {
		t.Run(fmt.Sprintf("%s-%s", c.load.A, c.load.B), func(t *testing.T) {
			c.load.Calls = *costCalls
			if cost := costOf(t, c.load); cost > c.most {
				t.Errorf("a call holds %.1f KiB, more than %.0f", cost, c.most)
			}
		})
	}
}

// costOf returns what each call of a load holds, in KiB.
func costOf(t *testing.T, l loadOf) float64 {
	t.Helper()
	e := newNetwork(t)
	far := startLoad(t, l)
	first, err := e.NewPlain(Options{Call: "first", Toward: netip.MustParseAddr("127.0.0.1")}) // what reads all ports is started with the first
	if err != nil {
		t.Fatal(err)
	}
	first.Local([]sdp.Codec{sdp.PCMU()}, sdp.SendRecv)
	before, stacks := heldMemory(), stackMemory()
	all := make([]*Endpoint, 0, 2*l.Calls)
	for i := range l.Calls {
		o := Options{Call: strconv.Itoa(i)}
		x, y := far.party(t, e, l.A, o), far.party(t, e, l.B, o)
		Join(x, y)
		all = append(all, x, y)
	}
	eventually(t, "all have heard a second", func() bool {
		for _, ep := range all {
			if ep.Stats().Received.Packets < 50 {
				return false
			}
		}
		return true
	})
	held := float64(heldMemory()) - float64(before)
	cost := held / 1024 / float64(l.Calls)
	t.Logf("%d calls hold %.1f KiB each, of which %.1f are stacks", l.Calls, cost, (float64(stackMemory())-float64(stacks))/1024/float64(l.Calls))
	if *heapProfiles != "" {
		f, err := os.Create(filepath.Join(*heapProfiles, l.A+"-"+l.B+".pprof"))
		if err != nil {
			t.Fatal(err)
		}
		if err := pprof.Lookup("heap").WriteTo(f, 0); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}
	runtime.KeepAlive(all)
	runtime.KeepAlive(first)
	far.end(t)
	return cost
}

func stackMemory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.StackInuse
}
