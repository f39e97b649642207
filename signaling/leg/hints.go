package leg

import (
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/media/sdp"
)

// hints are what a far end is told of the other one's packets, so that they can go
// on as they are: how long they are to be, and that pauses may be filled with
// comfort noise (RFC 3389).
type hints struct {
	ptime, maxPTime int
	comfort         bool
}

// hints are what the other leg may be told of this one's far end.
func (l *leg) hints() hints {
	r := &sdp.Remote{}
	comfort := false
	if s := l.session.Agreed(); s != nil {
		r, comfort = &s.Remote, !s.Comfort.IsZero()
	} else if in, ok := l.self.(*Incoming); ok && in.offer != nil {
		r = in.offer
		for _, c := range r.ComfortNoise {
			comfort = comfort || c.Clock == 8000
		}
	}
	h := hints{comfort: comfort && l.profile == sdp.Plain}
	if p := r.PTime / 10 * 10; l.profile == sdp.Plain && p >= 10 && p <= 60 {
		h.ptime = p
	}
	if p := r.MaxPTime / 10 * 10; l.profile == sdp.Plain && p >= 10 && p < 60 {
		h.maxPTime = p
	}
	return h
}

// hear remembers what this leg's far end is to be told of another leg's; nil is
// nobody.
func (l *leg) hear(other bridge.Leg) {
	l.told = hints{}
	if o := baseOf(other); o != nil && l.profile == sdp.Plain {
		l.told = o.hints()
	}
}

// packets puts the hints, and what is configured, into a description of ours.
func (l *leg) packets(local *sdp.Local) {
	if l.profile != sdp.Plain {
		return
	}
	local.Comfort = l.told.comfort
	local.PTime, local.MaxPTime = l.told.ptime, l.told.maxPTime
	if local.PTime == 20 {
		local.PTime = 0 // as when nothing is said
	}
	ptime, most := l.namedPackets()
	if ptime != 0 {
		local.PTime = ptime
	}
	if most != 0 {
		local.MaxPTime = most
	}
	if local.MaxPTime != 0 && local.PTime > local.MaxPTime {
		local.PTime = local.MaxPTime
	}
}
