package media

import "time"

// How walk goes on: a leg takes about 5 us to look after, so that packets wait for
// 80 us at most.
const (
	atOnce = 16                    // Endpoints without a break
	breath = 20 * time.Microsecond // at least; the system's timers make it up to a millisecond
)

// walk calls visit with each Endpoint, and lets who reads packets have the core in
// between. A goroutine that merely yields does not: as long as any other is ready,
// Go's scheduler does not ask the network who is.
func walk(all []*Endpoint, visit func(*Endpoint)) {
	for i, ep := range all {
		if i > 0 && i%atOnce == 0 {
			time.Sleep(breath)
		}
		visit(ep)
	}
}
