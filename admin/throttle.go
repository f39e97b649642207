package admin

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// signInBurst wrong tries are free, then one every signInRefill.
	signInBurst  = 10
	signInRefill = 30 * time.Second
	maxThrottled = 4096
)

// throttle counts wrong sign-ins by address. Right ones cost nothing, so an
// office behind one address is not locked out by its own people. An IPv6 host
// owns a whole /64 and is counted by it.
type throttle struct {
	mu   sync.Mutex
	from map[netip.Addr]bucket // guarded by mu, at most maxThrottled
}

type bucket struct {
	debt float64   // wrong tries not yet forgiven
	at   time.Time // when debt was that
}

func (b bucket) now(now time.Time) bucket {
	b.debt = max(0, b.debt-float64(now.Sub(b.at))/float64(signInRefill))
	b.at = now
	return b
}

// wait returns how long the address must wait before its next try; 0 is none.
func (t *throttle) wait(now time.Time, a netip.Addr) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	over := t.from[network(a)].now(now).debt - (signInBurst - 1)
	if over <= 0 {
		return 0
	}
	return time.Duration(over * float64(signInRefill))
}

// wrong counts one wrong try.
func (t *throttle) wrong(now time.Time, a netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.from == nil {
		t.from = map[netip.Addr]bucket{}
	}
	k := network(a)
	if _, known := t.from[k]; !known && len(t.from) >= maxThrottled {
		t.makeRoomLocked(now)
	}
	b := t.from[k].now(now)
	b.debt = min(b.debt+1, 2*signInBurst)
	t.from[k] = b
}

// makeRoomLocked drops what is forgiven, else whoever owes least: a flood from
// many addresses must not wash out the one that guesses hardest.
func (t *throttle) makeRoomLocked(now time.Time) {
	var least netip.Addr
	low := -1.0
	for a, b := range t.from {
		debt := b.now(now).debt
		if debt == 0 {
			delete(t.from, a)
			continue
		}
		if low < 0 || debt < low {
			least, low = a, debt
		}
	}
	if len(t.from) >= maxThrottled {
		delete(t.from, least)
	}
}

func network(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

// Tries counts wrong sign-ins by address: ten are free, then one every 30 s is. The
// zero Tries is usable; it remembers at most 4096 addresses (IPv6: a /64).
type Tries struct{ throttle throttle }

// Wait returns how long an address must wait before its next try; 0 is none.
func (t *Tries) Wait(now time.Time, a netip.Addr) time.Duration { return t.throttle.wait(now, a) }

// Wrong counts one wrong try.
func (t *Tries) Wrong(now time.Time, a netip.Addr) { t.throttle.wrong(now, a) }
