package gateway

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// spareHeap is how much garbage may gather before it is collected, at least: with
// a small heap the collector would otherwise run several times a second under
// load, for a few MiB each time.
const spareHeap = 48 << 20

// keepHeap sets how much garbage may gather, by what lives: spareHeap, or as much
// as lives where that is more, which is Go's own choice. It leaves alone what GOGC
// asked for. Memory is given back to the system while calm says that nobody talks: it
// holds up every packet of that moment, by 10 ms and more where there is much of it.
func keepHeap(ctx context.Context, calm func() bool) error {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	before := debug.SetGCPercent(percentFor(0))
	defer debug.SetGCPercent(before)
	if before != 100 {
		return nil
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last, rest := percentFor(0), heapRest{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			metrics.Read(live)
			if now := percentFor(live[0].Value.Uint64()); now != last {
				debug.SetGCPercent(now)
				last = now
			}
			rest.look(calm())
		}
	}
}

const (
	// idleHeap is after how many seconds without a collection the memory of a burst of
	// calls is given back; Go itself would wait for two minutes, and then begin slowly.
	idleHeap = 15
	// restHeap is how many seconds later that is done once more: transactions and ports
	// are remembered for half a minute after the last call (RFC 3261 §17), and nothing
	// would collect them where nothing else happens.
	restHeap = 45
	// tired is how many seconds lie between two times at least.
	tired = 30
	// worthwhile is how much more must be held than after the last time.
	worthwhile = 8 << 20
)

// heapRest gives memory back to the system when there is nothing to do.
type heapRest struct {
	cycles  uint64 // collections so far
	idle    int    // seconds without one
	settled uint64 // octets held when memory was last given back
	again   bool   // it is to be given back once more
	since   int    // seconds since it was
}

func (r *heapRest) look(calm bool) {
	cycles, held := heapNow()
	r.since++
	if r.idle++; cycles != r.cycles {
		r.cycles, r.idle = cycles, 0
	}
	switch {
	case !calm:
		return
	case r.again && r.idle >= restHeap:
		r.again = false
	case r.idle >= idleHeap && r.since >= tired && held >= r.settled+r.settled/8+worthwhile:
		r.again = true
	default:
		return
	}
	debug.FreeOSMemory()
	r.cycles, r.settled = heapNow()
	r.idle, r.since = 0, 0
}

// heapNow reads how often has been collected, and how much Go holds of the system.
func heapNow() (cycles, held uint64) {
	s := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64(), s[1].Value.Uint64() - s[2].Value.Uint64()
}

// percentFor is what debug.SetGCPercent is told where so many octets live.
func percentFor(live uint64) int {
	live = max(live, 8<<20)
	return int(max(100, spareHeap*100/live/50*50))
}
