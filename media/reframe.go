package media

import "sync"

// Packets that are passed through keep their length, unless the listener has said
// how long they are to be (a=ptime, a=maxptime) and they are not. Then, and where
// the source says that it pauses and the listener knows nothing of comfort noise,
// the leg's worker decodes and encodes them, in the same codec: for G.711 that
// loses nothing and costs a fortieth of what Opus does. It begins with the first
// packet that asks for it and ends when the listener's terms change. Opus and what
// we cannot decode is passed on at whatever length it has.

// lengths bounds the payloads that are passed through, in octets; most 0 is no
// bound.
type lengths struct{ least, most uint16 }

// fits reports whether a payload of n octets is passed through.
func (l lengths) fits(n int) bool { return l.most == 0 || n >= int(l.least) && n <= int(l.most) }

// octets reports whether the length of a payload of f says how long it lasts, and
// f can be decoded.
func (f format) octets() bool { return f.rate() != 0 && f != formatOpus }

// sizeOf returns how many octets last for a time in ms.
func (f format) sizeOf(ms int) int {
	if f == formatG722 || f.g711() {
		return 8 * ms
	}
	return 2 * int(f.rate()) / 1000 * ms
}

// wanted returns how long packets of f may be for a listener with terms t.
func (t *terms) wanted(f format) lengths {
	if t == nil || !f.octets() || t.wantsExact == 0 && t.wantsMost == 0 {
		return lengths{}
	}
	if t.wantsExact != 0 {
		n := uint16(f.sizeOf(t.wantsExact))
		return lengths{n, n}
	}
	return lengths{0, uint16(f.sizeOf(t.wantsMost))}
}

// reframe asks the worker to take the packets of ep over, once for each terms of
// the listener. It runs on readers.
func (ep *Endpoint) reframe(r *route) {
	if r.to == nil || r.frames {
		return
	}
	if t := r.to.terms.Load(); t != nil && ep.reframed.Swap(t) != t {
		ep.reframing.job.wake()
	}
}

// reframing is the job that has the worker take packets over, and the comfort noise that
// asked for it: many telephones send it once a pause, and the first pause is to be heard too.
type reframing struct {
	job job

	mu      sync.Mutex // a leaf: guards what follows
	pauses  bool       // there is one
	h       header
	at      int64
	size    int
	payload [maxComfort]byte
}

// maxComfort is how much of comfort noise is kept: the level and what is made of the shape.
const maxComfort = 11

// keep keeps a packet of comfort noise for the path that there will be.
func (f *reframing) keep(h *header, b []byte, at int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pauses, f.h, f.at = true, *h, at
	f.size = copy(f.payload[:], b)
}

// give hands it to the path, if it has just come.
func (f *reframing) give(p *path, now int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fresh := f.pauses && now-f.at < int64(longestGap)
	f.pauses = false
	if fresh {
		p.begins()
		p.push(&f.h, formatComfort, f.payload[:f.size], f.at)
	}
}

// relink is the job that does it. The engine's lock is no reader's to wait for.
func (ep *Endpoint) relink(now int64) int64 {
	ep.engine.mu.Lock()
	defer ep.engine.mu.Unlock()
	ep.linkLocked()
	if r := ep.route.Load(); r != nil && r.path != nil {
		ep.reframing.give(r.path, now)
	}
	return 0
}
