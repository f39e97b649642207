package transport

import (
	"net/netip"
	"sync"
)

// checkTable finds the ICE session that awaits a response by the transaction
// of its check. Responses carry no user name, and their source address may be
// one that two peers have named as a candidate; the transaction is neither
// ambiguous nor guessable.
type checkTable struct {
	mu      sync.Mutex
	waiting map[transactionID]check // guarded by mu; at most maxChecksOut a session
}

type check struct {
	session *iceSession
	to      netip.AddrPort
	consent bool // the session's own, not the agent's
}

// maxChecksOut is how many checks a session may have unanswered; an older one
// is given up.
const maxChecksOut = 64

func newCheckTable() *checkTable {
	return &checkTable{waiting: map[transactionID]check{}}
}

func (t *checkTable) add(id transactionID, c check) {
	t.mu.Lock()
	t.waiting[id] = c
	t.mu.Unlock()
}

func (t *checkTable) remove(ids ...transactionID) {
	t.mu.Lock()
	for _, id := range ids {
		delete(t.waiting, id)
	}
	t.mu.Unlock()
}

// take returns the check id and forgets it, if from is where it went.
func (t *checkTable) take(id transactionID, from netip.AddrPort) (check, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, ok := t.waiting[id]
	if !ok || c.to != from {
		return check{}, false
	}
	delete(t.waiting, id)
	return c, true
}

func (t *checkTable) size() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.waiting)
}

// fragTable finds the ICE session that a request is for by our user fragment.
type fragTable struct {
	mu       sync.RWMutex
	sessions map[string]*iceSession // guarded by mu; at most two a peer
}

func newFragTable() *fragTable { return &fragTable{sessions: map[string]*iceSession{}} }

func (t *fragTable) find(frag []byte) *iceSession {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.sessions[string(frag)]
}

func (t *fragTable) add(s *iceSession) {
	t.mu.Lock()
	t.sessions[s.ufrag] = s
	t.mu.Unlock()
}

func (t *fragTable) remove(s *iceSession) {
	t.mu.Lock()
	delete(t.sessions, s.ufrag)
	t.mu.Unlock()
}

func (t *fragTable) size() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.sessions)
}
