package api

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// LinkLife is how long a link to the console waits to be opened.
	LinkLife = 10 * time.Minute
	maxLinks = 64
)

// links are tokens that sign in once, as the demo prints them.
type links struct {
	mu  sync.Mutex
	all map[[sha256.Size]byte]link // by the SHA-256 of the token; guarded by mu, at most maxLinks
}

type link struct {
	name  string
	role  Role
	until time.Time
}

// issue makes a token. One more than maxLinks displaces the one that ends first.
func (l *links) issue(now time.Time, name string, role Role) string {
	token := rand.Text()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[[sha256.Size]byte]link{}
	}
	var first [sha256.Size]byte
	for k, one := range l.all {
		if other, ok := l.all[first]; !ok || one.until.Before(other.until) {
			first = k
		}
	}
	if len(l.all) >= maxLinks {
		delete(l.all, first)
	}
	l.all[sha256.Sum256([]byte(token))] = link{name, role, now.Add(LinkLife)}
	return token
}

// redeem uses a token up.
func (l *links) redeem(now time.Time, token string) (link, bool) {
	k := sha256.Sum256([]byte(token))
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.all[k]
	delete(l.all, k)
	return one, ok && now.Before(one.until)
}
