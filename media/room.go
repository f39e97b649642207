package media

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/media/transport"
)

// Errors of Room.Join.
var (
	// ErrRoomFull says that a room has as many members as it may.
	ErrRoomFull = errors.New("media: the room is full")
	// ErrOtherEngine says that an endpoint and a room are not of one Engine.
	ErrOtherEngine = errors.New("media: the endpoint is of another engine")
)

// DefaultRoomMembers is how many members a room may have unless RoomConfig says.
const DefaultRoomMembers = 100

// Rate is a sampling rate in samples a second: 8000, 16000 or 48000.
type Rate = codecs.Rate

// RoomConfig is what a Room is made of. It must not be changed afterwards.
type RoomConfig struct {
	// Name is for logs.
	Name string
	// Rate is what is mixed at: 8000, 16000 or 48000. Zero means 8000 until two
	// members have better than telephone sound, and 16000 from then on.
	Rate codecs.Rate
	// Max is how many members there may be; zero means DefaultRoomMembers.
	Max int
	// Sounds says that all hear who joins and who leaves.
	Sounds bool
	// Speaker is told who speaks most whenever that is somebody else; nil for
	// nobody. It is called on a goroutine of the media and must not block nor call
	// the Engine. It may be nil.
	Speaker func(*Member)
	// Log may be nil.
	Log *slog.Logger
}

// Room lets any number of endpoints hear each other, none of them itself.
//
//	packets of a member -> its jitter buffer -> decoder -> who speaks? -> sum
//	sum                    -> one encoder for each codec -> all who are silent
//	sum less the own voice -> an encoder of its own      -> each who speaks
//
// It belongs to one worker, on whose clock it mixes 20 ms at a time. Its methods
// may be called from any goroutine and never wait for the worker. It costs nothing
// while it is empty.
type Room struct {
	engine *Engine // immutable, as what follows
	c      RoomConfig
	log    *slog.Logger
	job    job
	phase  uint32

	mu      sync.Mutex // a leaf: guards what follows
	changes []roomChange
	members int
	closed  bool

	rate      atomic.Int32 // that is mixed at now
	recording atomic.Pointer[roomRecording]

	mixer roomMixer // worker only
}

// roomChange is a member who has come, or gone.
type roomChange struct {
	m    *Member
	come bool
}

// NewRoom returns an empty room. The error says that the rate is none.
func NewRoom(e *Engine, c RoomConfig) (*Room, error) {
	if c.Rate != 0 && !c.Rate.Valid() {
		return nil, errors.New("media: a room is mixed at 8000, 16000 or 48000 samples a second")
	}
	if c.Max <= 0 {
		c.Max = DefaultRoomMembers
	}
	r := &Room{engine: e, c: c, log: c.Log}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	e.mu.Lock()
	w := e.leastLoadedLocked()
	e.mu.Unlock()
	r.phase = w.phase()
	r.job.worker, r.job.run, r.job.broken = w, r.run, r.discard
	r.job.gather = true
	r.mixer.room = r
	r.rate.Store(int32(max(c.Rate, codecs.Rate8k)))
	return r, nil
}

// Join lets ep hear the room and the room hear ep, whatever each heard before. It
// lasts until ep hears something else, is closed, or Member.Leave. The error is
// ErrClosed, ErrRoomFull or ErrOtherEngine.
func (r *Room) Join(ep *Endpoint) (*Member, error) {
	if ep.engine != r.engine {
		return nil, ErrOtherEngine
	}
	m := &Member{room: r, ep: ep}
	m.input.engines, m.input.count = &r.engine.codecs, &ep.count
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	if ep.closed.Load() || r.engine.closed {
		return nil, ErrClosed
	}
	if err := r.enter(m); err != nil {
		return nil, err
	}
	ep.hearLocked(source{member: m})
	return m, nil
}

// enter counts a member in and tells the worker.
func (r *Room) enter(m *Member) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return ErrClosed
	case r.members >= r.c.Max:
		return ErrRoomFull
	}
	r.members++
	r.changes = append(r.changes, roomChange{m, true})
	r.job.wake()
	return nil
}

// exit counts a member out and tells the worker. It does so once.
func (r *Room) exit(m *Member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m.gone {
		return
	}
	m.gone = true
	r.members--
	r.changes = append(r.changes, roomChange{m, false})
	r.job.wake()
}

// Members returns how many members there are.
func (r *Room) Members() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.members
}

// Rate returns at which rate is mixed now.
func (r *Room) Rate() codecs.Rate { return codecs.Rate(r.rate.Load()) }

// Crowded reports whether a member more would make what the room's worker has to
// do sound worse.
func (r *Room) Crowded() bool {
	now, a, w := transport.Now(), &r.engine.admission, r.job.worker
	return w.load.late(now) || w.expected(a, now)+2*a.perDirection() > full || a.process.Load() > fullProcess
}

// Record writes what silent listeners hear to rec from now on, at rate; nil ends
// that. rec stays the caller's to close.
func (r *Room) Record(rec *record.Recording, rate codecs.Rate) {
	if rec == nil {
		r.recording.Store(nil)
		return
	}
	r.recording.Store(&roomRecording{to: rec, rate: int(rate)})
}

// Close lets every member hear nothing, and takes none any more. It is
// idempotent; what the worker holds of the room is given back soon after.
func (r *Room) Close() {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	for ep := range r.engine.endpoints {
		if m := ep.hears.member; m != nil && m.room == r {
			ep.hearLocked(source{})
		}
	}
	r.job.wake()
}

// settle takes the changes since the last tick, on the worker.
func (r *Room) settle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.changes {
		r.mixer.change(c)
	}
	clear(r.changes)
	r.changes = r.changes[:0]
}

// run is the job: the frames that are due.
func (r *Room) run(now int64) int64 {
	r.settle()
	x := &r.mixer
	if len(x.members) == 0 {
		x.rest()
		return 0
	}
	if !x.running {
		x.running = true
		x.clock.start(now, r.phase)
	}
	for {
		at, skipped, due := x.clock.tick(now)
		if !due {
			return x.clock.next
		}
		if skipped > 0 {
			x.renew()
		}
		x.tick(at)
	}
}

// discard drops what a panic may have left in any state: the room is silent from
// then on, and whoever is in it hears nothing.
func (r *Room) discard() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	for _, m := range r.mixer.members {
		m.input.discard()
	}
	r.mixer = roomMixer{room: r}
}

// route lets packets of a leg that is in a room go there.
func (r *route) enterRoom(m *Member) {
	if m == nil {
		return
	}
	r.input, r.chain = &m.input, "mixed in room "+m.room.c.Name
	for pt := range r.entries {
		if e := &r.entries[pt]; e.do == doIgnore && e.format.rate() != 0 {
			e.do = doMix
		}
	}
}

// enterLocked is hearLocked for a room: who heard ep before hears nothing.
func (ep *Endpoint) enterLocked(m *Member) {
	if before := ep.listener; before != nil {
		before.hears = source{}
		before.line.source(nil)
		ep.listener = nil
	}
	ep.line.source(&m.origin)
	ep.linkLocked()
	ep.settleLocked()
	m.room.job.worker.load.promise(ep.engine.admission.perMember(ep.terms.Load()))
}

// best returns the rate for a room with these members.
func bestRate(members []*Member) codecs.Rate {
	wide := 0
	for _, m := range members {
		if t := m.ep.terms.Load(); t != nil && t.send.rate() > codecs.Rate8k {
			wide++
		}
	}
	if wide > 1 {
		return codecs.Rate16k
	}
	return codecs.Rate8k
}

// drop takes a member out of a list, in order.
func drop(all []*Member, m *Member) []*Member {
	if i := slices.Index(all, m); i >= 0 {
		return slices.Delete(all, i, i+1)
	}
	return all
}
