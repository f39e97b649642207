package tandem

import "time"

// How InTurns goes on: a leg takes about 5 us to look after, 30 where it is sent a
// report, and a call 20, so that packets wait for a quarter of a millisecond at most.
const (
	atOnce = 8                     // visits without a break, with few of them
	breaks = 100                   // at most: thousands are on many cores, and must be done in time
	breath = 20 * time.Microsecond // at least; the system's timers make it up to a millisecond
)

// InTurns calls visit with each of them, and lets who reads packets have the core in
// between: it is for what looks at all legs or at all calls. A goroutine that merely
// yields does not let them: as long as any other is ready, Go's scheduler does not
// ask the network who is.
func InTurns[T any](all []T, visit func(T)) {
	turn := max(atOnce, (len(all)+breaks-1)/breaks)
	for i, one := range all {
		if i > 0 && i%turn == 0 {
			time.Sleep(breath)
		}
		visit(one)
	}
}
