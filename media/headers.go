package media

import (
	"slices"
	"sync"
	"time"

	"github.com/tandemgw/tandem/media/transport"
)

// The last headers of a direction are kept in chunks, 60 s of them at 50 packets a
// second. Chunks are made by the keeper, never on the way of a packet, while fewer than
// Config.Headers octets are in use; the oldest is written over then.
const (
	chunkHeaders = 256
	maxChunks    = 12
	chunkSize    = chunkHeaders*20 + 8 // octets, about
)

// keptHeader is what is kept of a packet.
type keptHeader struct {
	at   uint32 // in ticks since the ring was made; it wraps after six days
	ts   uint32
	ssrc uint32
	seq  uint16
	size uint16 // octets of payload
	pt   uint8  // with the marker as its highest bit
}

// headerTick is the unit of keptHeader.at, as a power of two of nanoseconds: 131 us.
const headerTick = 17

type headerChunk struct {
	n       int // how many are kept; of the one that is written now, headerRing.n counts
	headers [chunkHeaders]keptHeader
}

// headerRing is the last headers of one direction. It is guarded by the mutex of the
// one whose packets they are: reception or line. Its zero value keeps nothing.
//
// Between two packets of a call its memory is long out of the processor's caches, so a
// packet touches the ring's first fields and its place in a chunk, and nothing else: a
// slice of the chunk, which needs no look at where the chunk begins.
type headerRing struct {
	room   []keptHeader   // the chunk that is written now; nil before the first
	n      int            // how many it has
	base   int64          // transport.Now when the ring was made
	at     int            // place of the chunk that is written now
	chunks []*headerChunk // in the order in which they are written
}

// note keeps a header. It allocates nothing.
func (r *headerRing) note(h *header, size int, at int64) {
	if r.n == len(r.room) {
		if r.room == nil {
			return
		}
		r.turn()
	}
	pt := h.pt
	if h.marker {
		pt |= 0x80
	}
	r.room[r.n] = keptHeader{
		at: uint32((at - r.base) >> headerTick), ts: h.ts, ssrc: h.ssrc, seq: h.seq, size: uint16(min(size, 0xffff)), pt: pt,
	}
	r.n++
}

// turn goes on to the next chunk, the oldest.
func (r *headerRing) turn() {
	r.chunks[r.at].n = r.n
	if r.at++; r.at == len(r.chunks) {
		r.at = 0
	}
	r.room, r.n = r.chunks[r.at].headers[:], 0
}

// wants says whether there is to be one more chunk soon.
func (r *headerRing) wants() bool {
	n := len(r.chunks)
	if n == 0 {
		return true
	}
	next := r.chunks[(r.at+1)%n]
	return n < maxChunks && r.n > chunkHeaders/2 && (n == 1 || next.n > 0)
}

// grow puts a chunk behind the one that is written now.
func (r *headerRing) grow(c *headerChunk, now int64) {
	if len(r.chunks) == 0 {
		r.base, r.room = now, c.headers[:]
		r.chunks = append(make([]*headerChunk, 0, maxChunks), c)
		return
	}
	r.chunks = slices.Insert(r.chunks, r.at+1, c)
}

// list returns the headers, the oldest first.
func (r *headerRing) list(in bool, wall time.Time, now int64) []PacketHeader {
	var all []PacketHeader
	ticks := uint32((now - r.base) >> headerTick)
	for i := range r.chunks {
		c := r.chunks[(r.at+1+i)%len(r.chunks)]
		n := c.n
		if i == len(r.chunks)-1 {
			n = r.n
		}
		for _, h := range c.headers[:n] {
			all = append(all, PacketHeader{
				At: wall.Add(time.Duration(int64(int32(h.at-ticks)) << headerTick)), In: in,
				SSRC: h.ssrc, Seq: h.seq, Timestamp: h.ts, PayloadType: h.pt & 0x7f, Marker: h.pt&0x80 != 0, Size: int(h.size),
			})
		}
	}
	return all
}

// PacketHeader is the header of an RTP packet that came or went.
type PacketHeader struct {
	At          time.Time
	In          bool
	SSRC        uint32
	Seq         uint16
	Timestamp   uint32
	PayloadType uint8
	Marker      bool
	Size        int // octets of payload
}

// HeaderLog is what was kept of an Endpoint that is closed. It does not change.
type HeaderLog struct {
	in, out headerRing
	wall    time.Time
	now     int64
}

// List returns the headers of the last packets, each direction in its order.
func (l *HeaderLog) List() []PacketHeader {
	if l == nil {
		return nil
	}
	return append(l.in.list(true, l.wall, l.now), l.out.list(false, l.wall, l.now)...)
}

// Size is how much memory it takes, in octets.
func (l *HeaderLog) Size() int {
	if l == nil {
		return 0
	}
	return (len(l.in.chunks) + len(l.out.chunks)) * chunkSize
}

// Headers returns the headers of the last packets, each direction in its order; none
// where Config.Headers is 0, and after Close.
func (ep *Endpoint) Headers() []PacketHeader {
	now, wall := transport.Now(), time.Now()
	ep.in.mu.Lock()
	all := ep.in.headers.list(true, wall, now)
	ep.in.mu.Unlock()
	ep.line.mu.Lock()
	defer ep.line.mu.Unlock()
	return append(all, ep.line.headers.list(false, wall, now)...)
}

// keepHeaders makes room for headers to come, off the way of packets.
func (ep *Endpoint) keepHeaders(now int64) {
	e := ep.engine
	if e.c.Headers <= 0 {
		return
	}
	e.growHeaders(&ep.in.mu, &ep.in.headers, now)
	e.growHeaders(&ep.line.mu, &ep.line.headers, now)
}

// growHeaders gives a ring that wants it one more chunk, which is made while its mutex is
// free: packets come meanwhile.
func (e *Engine) growHeaders(mu sync.Locker, r *headerRing, now int64) {
	mu.Lock()
	wants := r.wants()
	mu.Unlock()
	if !wants || !e.takeChunk() {
		return
	}
	c := new(headerChunk)
	mu.Lock()
	r.grow(c, now)
	mu.Unlock()
}

// takeChunk says whether one more chunk may be made.
func (e *Engine) takeChunk() bool {
	if e.chunks.Add(1)*chunkSize <= e.c.Headers {
		return true
	}
	e.chunks.Add(-1)
	return false
}

// takeHeaders returns what was kept, and lets go of it.
func (ep *Endpoint) takeHeaders() *HeaderLog {
	l := &HeaderLog{wall: time.Now(), now: transport.Now()}
	ep.in.mu.Lock()
	l.in, ep.in.headers = ep.in.headers, headerRing{}
	ep.in.mu.Unlock()
	ep.line.mu.Lock()
	l.out, ep.line.headers = ep.line.headers, headerRing{}
	ep.line.mu.Unlock()
	ep.engine.chunks.Add(-int64(len(l.in.chunks) + len(l.out.chunks)))
	return l
}
