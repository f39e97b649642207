package main

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
// asked for.
func keepHeap(ctx context.Context) error {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	before := debug.SetGCPercent(percentFor(0))
	defer debug.SetGCPercent(before)
	if before != 100 {
		return nil
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := percentFor(0)
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
		}
	}
}

// percentFor is what debug.SetGCPercent is told where so many octets live.
func percentFor(live uint64) int {
	live = max(live, 8<<20)
	return int(max(100, spareHeap*100/live/50*50))
}
