package leg

import (
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
	"github.com/tandemgw/tandem/signaling/uac"
)

// way returns the flow to the far end: the one of the dialog, or, when that is
// closed, the one that the same device has registered on since. Who is no user, a
// trunk or the server of a URI, is connected to anew.
func (l *leg) way() *flow.Flow {
	if f := l.nextHop(); f != nil {
		return f
	}
	if isOpen(l.flow) {
		return l.flow
	}
	if l.peerUser == "" {
		l.redial()
	} else if now, ok := l.core.Registrar.Current(l.peerUser, l.instance); ok {
		l.core.move(l, now)
	}
	return l.flow
}

// redial opens another connection to where the leg was called, or where its trunk
// is. A place that must be resolved first is found by the time it is looked for
// again.
func (l *leg) redial() {
	dest, ok := l.destination()
	if !ok || l.resolving {
		return
	}
	if targets, known := l.core.Client.Known(dest); known {
		l.connect(targets, dest)
		return
	}
	l.resolving = true
	cancel := l.core.Client.Resolve(dest, func(targets []locate.Target, _ error) {
		l.owner.Post(func() {
			l.resolving = false
			if l.state != done && !isOpen(l.flow) {
				l.connect(targets, dest)
			}
		})
	})
	l.cancelResolve = cancel
}

func (l *leg) connect(targets []locate.Target, dest uac.Destination) {
	for _, t := range targets {
		if f, err := l.core.Client.Way(t, dest.Identity); err == nil && isOpen(f) {
			l.core.move(l, f)
			return
		}
	}
}

// destination is where a leg without a user is reached.
func (l *leg) destination() (uac.Destination, bool) {
	if out, ok := l.self.(*Outgoing); ok && out.dest.URI.Host != "" {
		return out.dest, true
	}
	if t := l.core.Trunks.Serving(l.peerTrunk); t != nil {
		return t.Destination(""), true
	}
	return uac.Destination{}, false
}
