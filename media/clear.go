package media

import (
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// The packets of a leg are kept in the clear, with their sound, where somebody has asked
// for it. They lie in chunks one after the other:
//
//	8 octets   when, as transport.Now has it
//	2 octets   how long the packet is
//	12 octets  header of RTP, plain
//	the rest   payload, decrypted
//
// Chunks are made by the keeper, never on the way of a packet, while fewer than
// Config.Clear octets are in use; the oldest is written over then.
const (
	clearChunkSize = 64 << 10 // octets: 7 s of G.711
	maxClearChunks = 64       // of a direction: 7 minutes of G.711, longer of Opus
	clearEntry     = 8 + 2    // octets before each packet
	maxClearPacket = 2048     // octets; longer ones are left out
)

type clearChunk struct {
	n int
	b [clearChunkSize]byte
}

// clearRing is the last packets of one direction.
type clearRing struct {
	mu     sync.Mutex    // a leaf: guards what follows
	chunks []*clearChunk // in the order in which they are written
	at     int           // the one that is written now
}

// clearing is both directions of an endpoint.
type clearing struct{ in, out clearRing }

// note keeps a packet. It allocates nothing.
func (r *clearRing) note(head [headerSize]byte, payload []byte, at int64) {
	size := headerSize + len(payload)
	if size > maxClearPacket {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.chunks) == 0 {
		return
	}
	c := r.chunks[r.at]
	if c.n+clearEntry+size > len(c.b) {
		if r.at++; r.at == len(r.chunks) {
			r.at = 0
		}
		c = r.chunks[r.at]
		c.n = 0
	}
	b := c.b[c.n:]
	binary.BigEndian.PutUint64(b, uint64(at))
	binary.BigEndian.PutUint16(b[8:], uint16(size))
	copy(b[clearEntry:], head[:])
	copy(b[clearEntry+headerSize:], payload)
	c.n += clearEntry + size
}

// wants says whether there is to be one more chunk soon.
func (r *clearRing) wants() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.chunks)
	if n == 0 {
		return true
	}
	return n < maxClearChunks && r.chunks[r.at].n > clearChunkSize/2 && r.chunks[(r.at+1)%n].n > 0
}

// grow puts a chunk behind the one that is written now.
func (r *clearRing) grow(c *clearChunk) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.chunks) == 0 {
		r.chunks = append(r.chunks, c)
		return
	}
	r.chunks = slices.Insert(r.chunks, r.at+1, c)
}

func (r *clearRing) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.chunks)
}

// list returns copies of the packets, the oldest first.
func (r *clearRing) list(in bool, wall time.Time, now int64) []ClearPacket {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []ClearPacket
	for i := range r.chunks {
		c := r.chunks[(r.at+1+i)%len(r.chunks)]
		for b := c.b[:c.n]; len(b) >= clearEntry; {
			at, size := int64(binary.BigEndian.Uint64(b)), int(binary.BigEndian.Uint16(b[8:]))
			packet := b[clearEntry : clearEntry+size]
			b = b[clearEntry+size:]
			h, begin, _, _ := parseHeader(packet) // ours, so that it is one
			all = append(all, ClearPacket{
				PacketHeader: PacketHeader{
					At: wall.Add(time.Duration(at - now)), In: in,
					SSRC: h.ssrc, Seq: h.seq, Timestamp: h.ts, PayloadType: h.pt, Marker: h.marker, Size: size - begin,
				},
				Payload: slices.Clone(packet[begin:]),
			})
		}
	}
	return all
}

// ClearPacket is an RTP packet that came or went, decrypted.
type ClearPacket struct {
	PacketHeader
	Payload []byte
}

// ClearLog is what was kept in the clear of an Endpoint that is closed. It does not
// change.
type ClearLog struct {
	kept *clearing
	wall time.Time
	now  int64
}

// List returns the packets, each direction in its order.
func (l *ClearLog) List() []ClearPacket {
	if l == nil {
		return nil
	}
	return append(l.kept.in.list(true, l.wall, l.now), l.kept.out.list(false, l.wall, l.now)...)
}

// Size is how much memory it takes, in octets.
func (l *ClearLog) Size() int {
	if l == nil {
		return 0
	}
	return l.kept.size()
}

func (c *clearing) size() int { return (c.in.size() + c.out.size()) * clearChunkSize }

// KeepClear begins to keep the packets of both directions in the clear, or ends that;
// what was kept stays until DropClear or Close. false says that it cannot begin: there
// is no memory left for it, or the endpoint is closed. It never blocks for long.
func (ep *Endpoint) KeepClear(on bool) bool {
	ep.clearMu.Lock()
	defer ep.clearMu.Unlock()
	if !on {
		ep.clear.Store(nil)
		return true
	}
	if ep.closed.Load() {
		return false
	}
	if ep.cleared == nil {
		e := ep.engine
		c := new(clearing)
		if !e.growClear(&c.in) {
			return false
		}
		if !e.growClear(&c.out) {
			e.clears.Add(-1)
			return false
		}
		ep.cleared = c
	}
	ep.clear.Store(ep.cleared)
	return true
}

// Clear returns what is kept in the clear, each direction in its order, and how many
// octets of memory that takes; nothing after Close.
func (ep *Endpoint) Clear() (all []ClearPacket, octets int) {
	ep.clearMu.Lock()
	c := ep.cleared
	ep.clearMu.Unlock()
	if c == nil {
		return nil, 0
	}
	now, wall := transport.Now(), time.Now()
	return append(c.in.list(true, wall, now), c.out.list(false, wall, now)...), c.size()
}

// ClearSize is how many octets of memory it takes what is kept in the clear.
func (ep *Endpoint) ClearSize() int {
	ep.clearMu.Lock()
	defer ep.clearMu.Unlock()
	if ep.cleared == nil {
		return 0
	}
	return ep.cleared.size()
}

// DropClear ends it, and lets go of what was kept.
func (ep *Endpoint) DropClear() { ep.takeClear() }

// takeClear returns what was kept, nil for nothing, and lets go of it.
func (ep *Endpoint) takeClear() *ClearLog {
	ep.clearMu.Lock()
	defer ep.clearMu.Unlock()
	c := ep.cleared
	ep.cleared = nil
	ep.clear.Store(nil)
	if c == nil {
		return nil
	}
	ep.engine.clears.Add(-int64(c.in.size() + c.out.size()))
	return &ClearLog{kept: c, wall: time.Now(), now: transport.Now()}
}

// growMoreClear makes room for packets to come, off their way.
func (ep *Endpoint) growMoreClear() {
	if ep.clear.Load() == nil {
		return
	}
	ep.clearMu.Lock()
	defer ep.clearMu.Unlock()
	if c := ep.clear.Load(); c != nil {
		ep.engine.growClear(&c.in)
		ep.engine.growClear(&c.out)
	}
}

// growClear gives a ring that wants it one more chunk; false where there is no memory
// for that.
func (e *Engine) growClear(r *clearRing) bool {
	if !r.wants() {
		return true
	}
	if e.clears.Add(1)*clearChunkSize > e.c.Clear {
		e.clears.Add(-1)
		return false
	}
	r.grow(new(clearChunk))
	return true
}

// keepIn keeps a packet that came, where that is wanted.
func (c *clearing) keepIn(h *header, payload []byte, at int64) {
	var head [headerSize]byte
	h.put(head[:])
	c.in.note(head, payload, at)
}

// keepOut keeps a packet that goes, header and payload, where that is wanted.
func (c *clearing) keepOut(b []byte, at int64) {
	c.out.note([headerSize]byte(b), b[headerSize:], at)
}
