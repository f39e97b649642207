package machine

import (
	"context"
	"log/slog"
	"time"
)

// Priority is how a process stands among the others of its machine.
type Priority struct {
	Raise func() error         // runs ahead of them from now on; the error says that it may not
	Lower func() error         // runs among them
	Used  func() time.Duration // processor time of all its threads so far
	May   func() int           // how many cores it may run on; 0: not known
	Cores int                  // that the machine has, whichever of them the process may use; 0: not known
}

// Who takes nearly all of the cores that it may for a second, which calls hardly do and
// floods may, gives way to the others until it takes much less for as long as calm is: the
// kernel would stop it for the last twentieth of each second anyway (sched_rt_runtime_us,
// sched(7)).
const (
	nearlyAll = 0.92
	muchLess  = 0.7
	calm      = 10 * time.Second
)

// Yield has a process that runs ahead of others give way to them while it takes nearly all
// of the cores that it may, until ctx ends. What it does it says in the log.
func (p *Priority) Yield(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	ahead, last, used := true, time.Now(), p.Used()
	var since time.Time // it has taken much less
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, all := time.Now(), p.Used()
		share := float64(all-used) / (float64(now.Sub(last)) * float64(max(1, p.May())))
		last, used = now, all
		if share > muchLess {
			since = time.Time{}
		} else if since.IsZero() {
			since = now
		}
		switch {
		case ahead && share >= nearlyAll:
			ahead = false
			if err := p.Lower(); err != nil {
				log.Error("others have hardly any processor time left", "error", err)
				continue
			}
			log.Warn("others have hardly any processor time left: packets wait like them until it is calmer")
		case !ahead && !since.IsZero() && now.Sub(since) >= calm:
			if err := p.Raise(); err != nil {
				log.Warn("packets wait for whatever else runs", "error", err)
				return
			}
			ahead = true
			log.Info("packets go before what else the machine does", "scheduling", "SCHED_RR")
		}
	}
}
