package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"
)

const (
	// LinkLife is how long a link waits to be opened.
	LinkLife = 10 * time.Minute
	// CookieLife is how long a browser stays signed in.
	CookieLife = 24 * time.Hour
	// PasswordLife is how long an ephemeral password is good for.
	PasswordLife = time.Hour
	// MaxLinks bounds the links that wait; one more displaces the oldest.
	MaxLinks = 1024
	// MaxPasswords bounds the ephemeral passwords of one user; one more
	// displaces the oldest.
	MaxPasswords = 8

	maxUsers   = 4096
	maxRevoked = 4096
)

// SessionsConfig says how sessions are kept. The zero value is usable.
type SessionsConfig struct {
	// Key signs cookies; at least 32 octets. Kept over a restart, browsers stay
	// signed in. Nil makes a random one.
	Key []byte
	// Grant is told of each ephemeral password that the registrar shall accept
	// for user until the given time. Nil ignores it.
	Grant func(user, password string, until time.Time)
	// Revoke is told when a password ends before its time: its browser signed
	// out, or too many were given out. Nil ignores it.
	Revoke func(user, password string)
}

// Validate reports a key that is too short.
func (c SessionsConfig) Validate() error {
	if n := len(c.Key); n != 0 && n < 32 {
		return fmt.Errorf("session key has %d octets, want at least 32", n)
	}
	return nil
}

// Sessions are the links, cookies and ephemeral passwords of the phones. All
// methods may be called from any goroutine.
type Sessions struct {
	config SessionsConfig
	key    []byte // immutable

	mu      sync.Mutex
	links   map[[32]byte]link    // by SHA-256 of the token; guarded by mu, at most MaxLinks
	grants  map[string][]grant   // by user, oldest first; guarded by mu, at most maxUsers of MaxPasswords
	revoked map[string]time.Time // cookie ids signed out, until they would end; guarded by mu, at most maxRevoked
}

// link is a token given out. It stays until it expires after it was opened, so
// that the browser that opened it may open it again: people reload, and browsers
// restore tabs.
type link struct {
	user    string
	expires time.Time
	opened  string // id of the cookie it was traded for
}

type grant struct {
	password string
	cookie   string // id of the cookie it was given to
	until    time.Time
}

// NewSessions returns empty sessions. It errs on a key that is too short.
func NewSessions(c SessionsConfig) (*Sessions, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Sessions{
		config:  c,
		key:     append([]byte(nil), c.Key...),
		links:   map[[32]byte]link{},
		grants:  map[string][]grant{},
		revoked: map[string]time.Time{},
	}
	if len(s.key) == 0 {
		s.key = []byte(rand.Text() + rand.Text())
	}
	return s, nil
}

// Issue returns a token for a link `/p/{token}` that opens user's phone once
// within LinkLife. It carries 128 random bits and is not kept in the clear.
func (s *Sessions) Issue(user string) string {
	token := rand.Text()
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweepLinksLocked(now)
	s.links[sha256.Sum256([]byte(token))] = link{user: user, expires: now.Add(LinkLife)}
	return token
}

// sweepLinksLocked drops what has expired, and the oldest when all are fresh.
func (s *Sessions) sweepLinksLocked(now time.Time) {
	if len(s.links) < MaxLinks {
		return
	}
	var oldest [32]byte
	var at time.Time
	for k, l := range s.links {
		if !now.Before(l.expires) {
			delete(s.links, k)
			continue
		}
		if at.IsZero() || l.expires.Before(at) {
			oldest, at = k, l.expires
		}
	}
	if len(s.links) >= MaxLinks {
		delete(s.links, oldest)
	}
}

// redeem trades a token for a user and the id of a new cookie. A token that was
// traded before is good only for the browser that did: the cookie it got must be
// among those it holds.
func (s *Sessions) redeem(now time.Time, token string, holds []cookie) (user, id string, ok bool) {
	k := sha256.Sum256([]byte(token))
	s.mu.Lock()
	defer s.mu.Unlock()
	l, found := s.links[k]
	switch {
	case !found:
		return "", "", false
	case !now.Before(l.expires):
		delete(s.links, k)
		return "", "", false
	case l.opened == "":
		l.opened = rand.Text()
		s.links[k] = l
		return l.user, l.opened, true
	}
	for _, c := range holds {
		if c.user == l.user && c.id == l.opened {
			return l.user, l.opened, true
		}
	}
	return "", "", false
}

// password makes, announces and returns an ephemeral password for user, bound
// to the browser with the cookie of this id.
func (s *Sessions) password(now time.Time, user, cookie string) (string, time.Time) {
	g := grant{password: rand.Text(), cookie: cookie, until: now.Add(PasswordLife)}
	var ended []string
	s.mu.Lock()
	kept := make([]grant, 0, MaxPasswords)
	for _, old := range s.grants[user] {
		if now.Before(old.until) {
			kept = append(kept, old)
		}
	}
	for len(kept) >= MaxPasswords {
		ended = append(ended, kept[0].password)
		kept = kept[1:]
	}
	s.boundUsersLocked(now, user)
	s.grants[user] = append(kept, g)
	s.mu.Unlock()

	s.revokeAll(user, ended)
	if s.config.Grant != nil {
		s.config.Grant(user, g.password, g.until)
	}
	return g.password, g.until
}

// boundUsersLocked makes room for one more user among the grants.
func (s *Sessions) boundUsersLocked(now time.Time, user string) {
	if _, known := s.grants[user]; known || len(s.grants) < maxUsers {
		return
	}
	for u, gs := range s.grants {
		if !now.Before(gs[len(gs)-1].until) {
			delete(s.grants, u)
		}
	}
	for u := range s.grants {
		if len(s.grants) < maxUsers {
			return
		}
		// Forgotten here, not revoked: the registrar ends it at its time.
		delete(s.grants, u)
	}
}

// signOut ends a cookie and the passwords that were given to it.
func (s *Sessions) signOut(now time.Time, c cookie) {
	var ended []string
	s.mu.Lock()
	for id, until := range s.revoked {
		if !now.Before(until) {
			delete(s.revoked, id)
		}
	}
	if len(s.revoked) < maxRevoked {
		s.revoked[c.id] = c.expires
	}
	kept := s.grants[c.user][:0]
	for _, g := range s.grants[c.user] {
		if g.cookie == c.id {
			ended = append(ended, g.password)
			continue
		}
		kept = append(kept, g)
	}
	s.grants[c.user] = kept
	if len(kept) == 0 {
		delete(s.grants, c.user)
	}
	s.mu.Unlock()
	s.revokeAll(c.user, ended)
}

func (s *Sessions) revokeAll(user string, passwords []string) {
	if s.config.Revoke == nil {
		return
	}
	for _, p := range passwords {
		s.config.Revoke(user, p)
	}
}

// isRevoked reports whether a cookie was signed out.
func (s *Sessions) isRevoked(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.revoked[id]
	return ok
}
