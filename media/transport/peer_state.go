package transport

import "sync"

// peerStatus is what the state of a peer is made of.
type peerStatus struct {
	last     PeerState
	secured  bool // keys are there
	iceDown  bool // nothing heard for a while
	withheld bool // consent has expired
	iceGone  bool // ICE gave up
	dtlsGone bool // DTLS came to nothing
	gone     bool // closed, by either side
	reason   string
}

func (s peerStatus) state() PeerState {
	switch {
	case s.gone:
		return PeerClosed
	case s.iceGone, s.dtlsGone:
		return PeerFailed
	case s.secured && s.iceDown:
		return PeerDisconnected
	case s.secured:
		return PeerConnected
	default:
		return PeerNew
	}
}

// tellLocked passes a change of the state on.
func (p *Peer) tellLocked() {
	if s := p.status.state(); s != p.status.last {
		p.status.last = s
		p.news.add(s)
	}
}

// notifier tells states in order, on a goroutine that lives only while there
// is something to tell.
type notifier struct {
	tell func(PeerState)

	mu      sync.Mutex
	queue   []PeerState // guarded by mu; as many as there are changes
	running bool        // guarded by mu
}

func (n *notifier) add(s PeerState) {
	if n.tell == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.queue = append(n.queue, s)
	if !n.running {
		n.running = true
		go n.run()
	}
}

func (n *notifier) run() {
	for {
		n.mu.Lock()
		if len(n.queue) == 0 {
			n.running = false
			n.mu.Unlock()
			return
		}
		s := n.queue[0]
		n.queue = n.queue[1:]
		n.mu.Unlock()
		n.tell(s)
	}
}
