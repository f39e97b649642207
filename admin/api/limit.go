package api

import (
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// What one principal, or one address of nobody, may ask.
const (
	requestsPerSecond = 50
	requestBurst      = 200
	maxLimited        = 4096
)

// limits bound the requests of each principal over the web.
type limits struct {
	mu  sync.Mutex
	all map[string]*limited // guarded by mu, at most maxLimited
}

type limited struct {
	*rate.Limiter
	last time.Time
}

// take says whether somebody may ask now.
func (l *limits) take(now time.Time, who string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[string]*limited{}
	}
	one := l.all[who]
	if one == nil {
		if len(l.all) >= maxLimited {
			l.makeRoomLocked()
		}
		one = &limited{Limiter: rate.NewLimiter(requestsPerSecond, requestBurst)}
		l.all[who] = one
	}
	one.last = now
	return one.AllowN(now, 1)
}

// makeRoomLocked forgets whoever has asked longest ago.
func (l *limits) makeRoomLocked() {
	oldest, at := "", time.Time{}
	for who, one := range l.all {
		if at.IsZero() || one.last.Before(at) {
			oldest, at = who, one.last
		}
	}
	delete(l.all, oldest)
}

// limit refuses who asks too much.
func (a *API) limit(now time.Time, p Principal) *Refusal {
	who := p.Via + " " + p.Name
	if p.Role == Nobody {
		who = p.From
	}
	if a.limits.take(now, who) {
		return nil
	}
	return refuse(http.StatusTooManyRequests, "too_many", "at most %d requests a second, please", requestsPerSecond)
}
