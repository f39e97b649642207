package transport

import (
	"errors"
	"slices"
	"time"

	"github.com/tandemgw/tandem/media/sdp"
)

// oldFor is how long a replaced ICE session still answers, so that what the
// far end has on the way reaches us.
const oldFor = 3 * time.Second

var (
	errNotRestarted = errors.New("new ICE credentials without a restart of ours")
	errSetup        = errors.New("DTLS role is neither active nor passive")
	errKeyChange    = errors.New("new certificate fingerprint without an ICE restart")
)

// Connect says what the far end is and starts ICE and DTLS. It may come
// before the SIP answer. Repeated with the same data it does nothing; with
// more candidates it adds them; with new credentials after Restart it starts
// the restarted ICE, DTLS and SRTP going on as they are; with a new
// fingerprint besides it also runs DTLS anew. The error tells of credentials
// or fingerprints that cannot be used; the peer stays as it was.
func (p *Peer) Connect(r PeerRemote) error {
	if err := checkCredentials(r.ICE); err != nil {
		return err
	}
	prints, err := parseFingerprints(r.Fingerprints)
	if err != nil {
		return err
	}
	if r.Setup != sdp.Active && r.Setup != sdp.Passive {
		return errSetup
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed.Load() {
		return ErrClosed
	}
	s, fresh, err := p.sessionLocked(r.ICE)
	switch {
	case err != nil:
		return err
	case p.secure != nil && !fresh && !p.secure.prints.equal(prints):
		return errKeyChange
	case !fresh:
		s.addMore(r.ICE.Candidates)
		return nil
	}
	if p.connectedAt.IsZero() {
		p.connectedAt = time.Now()
	}
	if err := s.start(r.ICE, p.c.Controlling); err != nil {
		return err
	}
	p.secureLocked(s, prints, r.Setup)
	return nil
}

// sessionLocked finds the session that a description belongs to; fresh says
// that it has not been started.
func (p *Peer) sessionLocked(remote sdp.ICE) (s *iceSession, fresh bool, err error) {
	for _, s := range []*iceSession{p.current, p.next} {
		if s == nil {
			continue
		}
		switch known := s.far(); {
		case known.Ufrag == "":
			return s, true, nil
		case known.Ufrag == remote.Ufrag && known.Pwd == remote.Pwd:
			return s, false, nil
		}
	}
	return nil, false, errNotRestarted
}

// Restart makes new local credentials, to answer or to begin an ICE restart
// (RFC 8839 §4.4). The old pair carries the media until the new one is found.
// A restart that never came to Connect is replaced by the next.
func (p *Peer) Restart() (sdp.ICE, error) {
	p.mu.Lock()
	if p.closed.Load() {
		p.mu.Unlock()
		return sdp.ICE{}, ErrClosed
	}
	unused := p.next
	p.next = newICESession(p)
	keep := p.current
	p.mu.Unlock()
	if unused != nil {
		unused.close(keep)
	}
	return p.ICE(), nil
}

// reach says that the far end can be reached by this session, which carries
// the media: DTLS may begin.
func (s *iceSession) reach() { s.reached.Do(func() { close(s.ready) }) }

// far returns what is known of the far end, zero before start.
func (s *iceSession) far() sdp.ICE {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remote
}

// addMore adds the candidates that were not described before.
func (s *iceSession) addMore(values []string) {
	s.mu.Lock()
	var more []string
	for _, v := range values {
		if len(s.remote.Candidates)+len(more) < maxPaths && !slices.Contains(s.remote.Candidates, v) {
			more = append(more, v)
		}
	}
	s.remote.Candidates = append(slices.Clip(s.remote.Candidates), more...)
	s.mu.Unlock()
	s.addCandidates(more)
}

// usable takes the first address that the far end is known to be reached at,
// before any is selected: DTLS need not wait for that.
func (p *Peer) usable(s *iceSession, t target) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s == p.current && p.flow.Load() == nil && !p.status.iceGone {
		p.aimLocked(t)
		s.reach()
		if p.status.withheld {
			p.status.withheld, p.status.iceDown = false, false
			p.tellLocked()
		}
	}
}

// selected takes the pair that ICE has chosen. With that a restart is over.
func (p *Peer) selected(s *iceSession, t target) {
	p.mu.Lock()
	defer p.mu.Unlock()
	former := p.current
	switch {
	case p.closed.Load():
		return
	case s == p.next:
		p.retireLocked()
	case s != p.current:
		return
	}
	p.mux.flows.claim(t.addr, p, true)
	p.status.iceGone, p.status.iceDown, p.status.withheld = false, false, false
	p.aimLocked(t)
	s.reach()
	former.reach() // its DTLS, if it never got so far, goes on with this pair
	p.tellLocked()
}

func (p *Peer) aimLocked(t target) {
	p.flow.Store(&t)
	if p.reachedAt.IsZero() {
		p.reachedAt = time.Now()
	}
}

// retireLocked makes next current and ends the former one a little later.
func (p *Peer) retireLocked() {
	former, current := p.current, p.next
	if elder := p.old; elder != nil && p.retire.Stop() {
		p.running.Go(func() { elder.close(current) }) // two restarts in a row
	}
	p.old, p.current, p.next = former, current, nil
	if p.secure != nil && p.secure.session == current {
		// Another far end, with another certificate: what the former one
		// agreed is not for it.
		p.keys.Store(nil)
		p.status.secured = false
	}
	p.retire = time.AfterFunc(oldFor, func() {
		former.close(current)
		p.mu.Lock()
		if p.old == former {
			p.old = nil
		}
		p.mu.Unlock()
	})
}
