package media

import (
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/media/transport"
)

// keeperTick is how often pictures are looked after, and the core's load; the rest, where
// half a second matters to nobody, each other time: with many calls it is the time that
// packets wait for.
const keeperTick = 250 * time.Millisecond

// longPatience is how many times longer a far end may be silent that sends nothing while
// nobody speaks there: who only listens for long, on a telephone without RTCP, is as
// silent as who is gone.
const longPatience = 10

// keeper is the goroutine that looks after every Endpoint of an Engine, off the
// way of packets: it sends reports, watches for silence and tells what was
// dropped.
type keeper struct {
	stop, done chan struct{}
}

func (k *keeper) start(e *Engine) {
	k.stop, k.done = make(chan struct{}), make(chan struct{})
	go k.loop(e)
}

func (k *keeper) end() {
	close(k.stop)
	<-k.done
}

func (k *keeper) loop(e *Engine) {
	defer close(k.done)
	ticker := time.NewTicker(keeperTick)
	defer ticker.Stop()
	var endpoints []*Endpoint
	for all := true; ; all = !all {
		select {
		case <-k.stop:
			return
		case <-ticker.C:
		}
		e.admission.sample(cpuTime(), transport.Now())
		endpoints = e.all(endpoints)
		tandem.InTurns(endpoints, func(ep *Endpoint) {
			if all || !ep.watch.began || ep.videos.Load() != nil {
				ep.keep(transport.Now(), time.Now())
			}
		})
		clear(endpoints)
	}
}

// watch is what the keeper remembers of an Endpoint. Only the keeper uses it.
type watch struct {
	began    bool
	reportAt int64
	sent     [2]uint32 // packets sent at the last two reports
	terms    *terms    // that silence is about
	silence  silence
	warnings warnings
}

// keep does for ep what is due at now.
func (ep *Endpoint) keep(now int64, wall time.Time) {
	t := ep.terms.Load()
	if t == nil || ep.closed.Load() {
		return
	}
	ep.keepVideo(now, wall)
	ep.keepHeaders(now)
	ep.growMoreClear()
	ep.look(now, wall)
	w := &ep.watch
	if !w.began {
		w.began, w.reportAt = true, now+int64(reportInterval)/4
		w.warnings.at = now
	}
	if now >= w.reportAt {
		ep.sendReport(w, now, wall, false)
		w.reportAt = nextReport(now)
	}
	if w.terms != t {
		// A new agreement is a new beginning: a call that is answered after it
		// rang for long has its whole time.
		w.terms, w.silence = t, silence{}
	}
	if limit := ep.engine.c.SilenceAfter; limit > 0 {
		if ep.in.maySayNothing() {
			limit *= longPatience
		}
		at, ok := ep.heard()
		if w.silence.check(t.expected, at, ok, now, int64(limit)) && ep.o.Events.Silent != nil {
			ep.o.Events.Silent()
		}
	}
	w.warnings.check(ep, now)
}

// heard returns when the far end last gave a sign of life: RTP, RTCP or, at
// browsers, STUN. ok is false when never.
func (ep *Endpoint) heard() (at int64, ok bool) {
	at, ok = ep.in.lastHeard()
	if proven := ep.wire.LastHeard(); proven != 0 && (!ok || proven > at) {
		at, ok = proven, true
	}
	return at, ok
}

// Alive says whether the far end has given a sign of life within d: RTP, RTCP or,
// at browsers, STUN.
func (ep *Endpoint) Alive(d time.Duration) bool {
	at, ok := ep.heard()
	return ok && transport.Now()-at <= int64(d)
}

// silence finds legs that should send and give no sign of life. A leg that is
// on hold, by either side, need not send; a browser that is muted goes on with
// STUN.
type silence struct {
	expecting bool
	since     int64 // when media began to be expected
	told      bool
}

// check reports whether a silence of limit has just been reached.
func (s *silence) check(expected bool, heard int64, everHeard bool, now, limit int64) bool {
	if !expected {
		s.expecting, s.told = false, false
		return false
	}
	if !s.expecting {
		s.expecting, s.since = true, now
	}
	last := s.since
	if everHeard {
		last = max(last, heard)
	}
	if now-last < limit {
		s.told = false
		return false
	}
	first := !s.told
	s.told = true
	return first
}
