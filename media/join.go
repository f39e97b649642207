package media

import (
	"fmt"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sound"
)

// source is what an Endpoint hears. The zero source is nothing.
type source struct {
	from   *Endpoint // another leg, or the leg itself
	player *player
	member *Member // the leg's place in a room, which hears it too
}

// route is where the packets of a leg go, by payload type. It is immutable: a
// change makes a new one, so that packets need no lock to find their way.
type route struct {
	origin    origin      // what the packets are on the line of the listener
	to        *Endpoint   // who hears; nil means nobody
	out       format      // what is sent to it
	frame     int         // ms in a packet that is encoded for it
	rate      codecs.Rate // of sound that is decoded for it
	fax       bool        // T.38 goes on in place of sound
	comfort   bool        // it has agreed to comfort noise,
	comfortPT uint8       // as this
	frames    bool        // packets get another length
	relays    bool        // some formats are passed through
	behind    bool        // sound is held back until it is known to be no digit
	path      *path       // nil where nothing is decoded
	input     *roomInput  // of the room that the leg is in; nil where it is in none
	chain     string
	entries   [128]entry
}

// entry is what happens to packets of one payload type.
type entry struct {
	do     doing
	format format
	clock  uint32
	passes lengths // of what is passed through
}

// doing is a way of dealing with a packet.
type doing uint8

const (
	doRefuse    doing = iota // not agreed, or the leg may not send
	doIgnore                 // nobody hears it
	doPass                   // goes on as it is
	doPassULaw               // PCMU that goes on as PCMA
	doPassALaw               // PCMA that goes on as PCMU
	doTranscode              // must be decoded
	doEvent                  // telephone-event
	doComfort                // comfort noise: a pause begins
	doMix                    // goes to a room
)

// Join lets a and b hear each other, whatever each heard before. Where what one
// sends can go out to the other as it is, or from one G.711 law to the other by
// table, it is passed through; else it is transcoded. That is decided for each
// payload type, and again whenever Apply changes something. Whoever heard a or
// b before hears nothing. Both must be of the same Engine.
func Join(a, b *Endpoint) {
	a.engine.mu.Lock()
	defer a.engine.mu.Unlock()
	if a.closed.Load() || b.closed.Load() || a == b {
		return
	}
	a.hearLocked(source{from: b})
	b.hearLocked(source{from: a})
}

// Echo lets the leg hear itself, digits included.
func (ep *Endpoint) Echo() {
	ep.engine.mu.Lock()
	defer ep.engine.mu.Unlock()
	ep.hearLocked(source{from: ep})
}

// Quiet lets the leg hear nothing: no packets but RTCP are sent to it.
func (ep *Endpoint) Quiet() {
	ep.engine.mu.Lock()
	defer ep.engine.mu.Unlock()
	ep.hearLocked(source{})
}

// Play lets the leg hear s from the next moment on, one packet of unbroken
// sound after the other; s waits until the leg's terms are agreed and packets
// can reach it. When s ends, the leg hears nothing and done is called, on a
// goroutine of the media: it must not block nor call the Engine. It is not
// called when something else replaced s before. done may be nil.
func (ep *Endpoint) Play(s sound.Source, done func()) {
	ep.engine.mu.Lock()
	defer ep.engine.mu.Unlock()
	if !ep.closed.Load() {
		ep.hearLocked(source{player: newPlayer(ep, s, done)})
	}
}

// hearLocked makes s what ep hears.
func (ep *Endpoint) hearLocked(s source) {
	if ep.closed.Load() {
		return
	}
	old := ep.hears
	ep.hears = s
	if old.player != nil {
		old.player.stop()
	}
	if old.member != nil && old.member != s.member {
		old.member.room.exit(old.member)
		ep.linkLocked()
	}
	if old.from != nil && old.from != s.from {
		ep.sentLevel.keep(&old.from.heardLevel)
		old.from.listener = nil
		old.from.linkLocked()
	}
	switch {
	case s.from != nil:
		if before := s.from.listener; before != nil && before != ep {
			before.sentLevel.keep(&s.from.heardLevel)
			before.hears = source{}
			before.line.source(nil)
		}
		s.from.listener = ep
		s.from.linkLocked()
	case s.player != nil:
		ep.line.source(&s.player.origin)
		s.player.job.wake()
	case s.member != nil:
		ep.enterLocked(s.member)
	default:
		ep.line.source(nil)
	}
}

// leave takes a closed endpoint out of everything.
func (ep *Endpoint) leave() {
	ep.engine.mu.Lock()
	defer ep.engine.mu.Unlock()
	ep.engine.forgetLocked(ep)
	ep.untapLocked()
	if ep.hears.player != nil {
		ep.hears.player.stop()
	}
	if m := ep.hears.member; m != nil {
		m.room.exit(m)
	}
	ep.keepChain("")
	if from := ep.hears.from; from != nil && from != ep {
		from.keepChain(", until the other left")
		ep.sentLevel.keep(&from.heardLevel)
		from.listener = nil
		from.linkLocked()
	}
	if to := ep.listener; to != nil && to != ep {
		to.sentLevel.keep(&ep.heardLevel)
		to.hears = source{}
		to.line.source(nil)
	}
	ep.hears, ep.listener = source{}, nil
	ep.line.source(nil)
	if r := ep.route.Swap(nil); r != nil && r.path != nil {
		r.path.stop()
	}
}

// keepChain remembers what has become of the packets of ep, for Stats at the end of a
// call, when nobody hears them any more.
func (ep *Endpoint) keepChain(how string) {
	if r := ep.route.Load(); r != nil && r.to != nil {
		text := r.chain + how
		ep.was.Store(&text)
	}
}

// linkLocked works out where the packets of ep go, after any change of its own
// terms, its listener or the listener's terms.
func (ep *Endpoint) linkLocked() {
	t := ep.terms.Load()
	if t == nil || ep.closed.Load() {
		return
	}
	r, old := newRoute(t, ep.listener, ep.reframed.Load()), ep.route.Load()
	r.holdBackLocked(ep)
	r.enterRoom(ep.hears.member)
	if old != nil && old.same(r) {
		r = old
	} else {
		if r.needsPath() {
			r.path, r.relays = newPath(ep, r), r.passesThrough()
		}
		ep.route.Store(r)
		if r.to != nil && r.out != formatNone {
			ep.settleLocked()
		}
		if old != nil && old.path != nil {
			old.path.stop()
		}
		if r.to != nil && r.out != formatNone && (old == nil || old.chain != r.chain) {
			ep.log.Info("media joined", "chain", r.chain)
		}
	}
	if r.to != nil {
		ep.was.Store(nil)
		r.to.line.source(&r.origin)
	}
	ep.linkVideoLocked()
}

func (r *route) same(o *route) bool {
	return r.to == o.to && r.input == o.input && r.out == o.out && r.frame == o.frame && r.rate == o.rate &&
		r.frames == o.frames && r.behind == o.behind && r.fax == o.fax && r.comfort == o.comfort && r.comfortPT == o.comfortPT && r.entries == o.entries
}

func (r *route) needsPath() bool {
	for i := range r.entries {
		if r.entries[i].do == doTranscode {
			return true
		}
	}
	return false
}

// passesThrough reports whether some payload types are passed through.
func (r *route) passesThrough() bool {
	for i := range r.entries {
		switch r.entries[i].do {
		case doPass, doPassULaw, doPassALaw:
			return true
		}
	}
	return false
}

// newRoute chooses what happens to each payload type of a leg with terms t
// whose listener is to; reframed are the terms for which packets get another
// length.
func newRoute(t *terms, to *Endpoint, reframed *terms) *route {
	r := &route{to: to, chain: "not heard"}
	var theirs *terms
	if to != nil {
		theirs = to.terms.Load()
	}
	if theirs != nil {
		r.out, r.frame, r.rate = theirs.send, theirs.frame, pathRate(t.main, theirs.send)
		r.comfort, r.comfortPT = theirs.noise && theirs.sends && theirs.send.clock() == 8000, theirs.noisePT
	}
	r.frames = theirs != nil && theirs == reframed
	if !t.receives {
		r.chain = "held"
		if t.fax && theirs != nil && theirs.fax {
			r.fax, r.chain = true, "t38 passed through"
		}
		return r
	}
	for pt, f := range t.formats {
		if f != formatNone {
			e := entry{do: choose(f, theirs), format: f, clock: f.clock(), passes: theirs.wanted(f)}
			if r.frames && e.do != doIgnore && f.octets() {
				e.do = doTranscode
			}
			r.entries[pt] = e
		}
	}
	for pt, comfort := range t.comfort {
		if comfort && r.entries[pt].do == doRefuse {
			r.entries[pt] = entry{do: doComfort, clock: 8000}
		}
	}
	for pt, clock := range t.events {
		if clock != 0 {
			r.entries[pt] = entry{do: doEvent, clock: clock}
		}
	}
	if theirs != nil {
		r.chain = describe(t.main, theirs)
		if r.frames && t.main.octets() {
			r.chain = fmt.Sprintf("%s -> %s in packets of %d ms", t.main, theirs.send, theirs.frame)
		}
	}
	return r
}

// choose returns what to do with packets of format f for a listener.
func choose(f format, to *terms) doing {
	switch {
	case to == nil || !to.sends:
		return doIgnore
	case f == to.send:
		return doPass
	case f == formatPCMU && to.send == formatPCMA:
		return doPassULaw
	case f == formatPCMA && to.send == formatPCMU:
		return doPassALaw
	case f.opaque() || to.send.opaque():
		return doIgnore
	default:
		return doTranscode
	}
}

// describe says in words what happens to packets of format f.
func describe(f format, to *terms) string {
	switch choose(f, to) {
	case doPass:
		return f.String() + " passed through"
	case doPassULaw, doPassALaw:
		return f.String() + " -> " + to.send.String() + " by table"
	case doTranscode:
		return f.String() + " -> " + to.send.String() + " transcoded"
	}
	if to.sends {
		return f.String() + " not heard: it cannot be turned into " + to.send.String()
	}
	return f.String() + " not sent on: the other leg holds"
}
