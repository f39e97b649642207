package bridge

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sound"
)

// Config is what a Bridge is made of. It must not be changed afterwards.
type Config struct {
	// Plan decides where calls go. Required; SetPlan replaces it.
	Plan *dialplan.Plan
	// State tells conditions of the dialplan who is registered, busy or asleep; nil
	// means that everybody is there and free.
	State dialplan.State
	// Dialer calls people. Required.
	Dialer Dialer
	// Observers hear of every event.
	Observers []Observer
	// Meters are told at the end of each call how its media has gone.
	Meters []Meter
	// Watchers are told how users stand.
	Watchers []Watcher
	// Sounds finds a sound file by its name; nil means that there are none.
	Sounds func(name string) (*sound.Clip, bool)
	// Tones is the country whose tones are heard, by its ISO 3166 code; empty means
	// media's own. SetTones replaces it.
	Tones string
	// NewRoom makes the sound of a room; nil means that rooms have none.
	NewRoom func(media.RoomConfig) (*media.Room, error)
	// Busy says that no room can be opened, since sound would suffer; nil means
	// never.
	Busy func() bool
	// RoomChanged is told the name of a room that somebody has entered or left, or
	// in which somebody is muted or not any more, or that is locked or not. It is
	// called on goroutines of calls and must not block. Nil is fine.
	RoomChanged func(name string)
	// Mailboxes takes messages and gives them out; nil means that there are no boxes.
	Mailboxes *voicemail.Desk
	// Asker puts the questions of ask() to programs; nil means that nobody is asked.
	Asker Asker
	// Recorder records calls; nil means that none are.
	Recorder Recorder
	// MaxCalls bounds the calls at one time; zero means 2000.
	MaxCalls int
	// Log gets one line for each phase of a call; nil means none.
	Log *slog.Logger
}

// Bridge owns the calls.
type Bridge struct {
	cfg     Config
	plan    atomic.Pointer[dialplan.Plan]
	ctx     context.Context
	stop    context.CancelFunc
	wg      sync.WaitGroup // the goroutines of calls
	rooms   rooms
	queues  queues
	told    journal
	talkers talkers
	country atomic.Pointer[string]

	mu     sync.Mutex // guards what follows; never held while calling out
	calls  map[tandem.CallID]*Call
	closed bool
	drains bool // no new calls
}

// New returns a Bridge without calls.
func New(c Config) *Bridge {
	if c.MaxCalls == 0 {
		c.MaxCalls = 2000
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	b := &Bridge{cfg: c, calls: make(map[tandem.CallID]*Call)}
	b.rooms.open = make(map[string]*Room)
	b.queues.open, b.queues.members = make(map[string]*queue), make(map[string]*agent)
	b.ctx, b.stop = context.WithCancel(context.Background())
	b.plan.Store(c.Plan)
	b.SetTones(c.Tones)
	return b
}

// SetPlan replaces the dialplan for the calls that come from now on.
func (b *Bridge) SetPlan(p *dialplan.Plan) { b.plan.Store(p) }

// SetTones replaces the country whose tones are heard from now on.
func (b *Bridge) SetTones(country string) { b.country.Store(&country) }

// tones is the country whose tones are heard.
func (b *Bridge) tones() string { return *b.country.Load() }

// Arrival is a call that has come in, its caller already authenticated.
type Arrival struct {
	From   dialplan.Source
	To     string // what was dialed
	Caller tandem.Address
	Hops   int // RFC 3261 §20.22: the Max-Forwards left for the calls we make of it
	// Diverted says by whom the call was sent on before it came here, the newest
	// first; at most tandem.MaxDiversions.
	Diverted []tandem.Diversion
	// Device is the one device of its user that is meant; zero for all of them.
	Device Device
}

// Device is one device of a user (RFC 5627: what a GRUU names).
type Device struct{ User, Instance string }

// Accept takes a call. open is called at once, on the caller's goroutine, to make
// the incoming leg; it must not block. A Cause with a Status means that the call
// was refused (and open not called): 503 when the gateway is full or stopping.
func (b *Bridge) Accept(a Arrival, open func(Owner, tandem.CallID) Leg) tandem.Cause {
	c := b.newCall(a)
	if c == nil {
		return refuse(503, "max_calls reached, or the gateway is stopping or draining")
	}
	c.caller, c.named = open(c, c.id), 1
	c.legs = append(c.legs, c.caller)
	go c.run()
	return tandem.Cause{}
}

// callBack makes a call by itself after a time: to the target, with an echo for
// whoever answers (test number 603).
func (b *Bridge) callBack(to dialplan.Target, caller tandem.Address, after time.Duration) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return
	}
	b.wg.Add(1)
	b.mu.Unlock()
	go func() {
		defer b.wg.Done()
		t := time.NewTimer(after)
		defer t.Stop()
		select {
		case <-t.C:
		case <-b.ctx.Done():
			return
		}
		if c := b.newCall(Arrival{Caller: caller, To: to.Name, Hops: maxHops}); c != nil {
			go c.runOwn(to)
		}
	}()
}

// newCall enters a call into the table; nil when there is no room for it.
func (b *Bridge) newCall(a Arrival) *Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.drains || len(b.calls) >= b.cfg.MaxCalls {
		return nil
	}
	c := &Call{
		bridge: b, id: tandem.NewCallID(), arrival: a, began: time.Now(),
		inbox: make(chan func(), inboxSize), holds: make(map[Leg]bool, 2), faded: make(map[Leg]bool),
	}
	c.from, c.shown, c.diverted = a.From, a.Caller, a.Diverted
	c.log = b.cfg.Log.With("call", string(c.id))
	b.calls[c.id] = c
	b.wg.Add(1)
	return c
}

// Drain takes no more calls: 503, which Retry-After goes with. Those that there are
// go on.
func (b *Bridge) Drain() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drains = true
}

// forget takes a call that is over out of the table; its goroutine may linger.
func (b *Bridge) forget(c *Call) {
	b.mu.Lock()
	delete(b.calls, c.id)
	b.mu.Unlock()
}

// Calls returns how many calls there are, ringing ones included.
func (b *Bridge) Calls() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.calls)
}

// Hangup ends one call; false means that there is no such call.
func (b *Bridge) Hangup(id tandem.CallID, why tandem.Cause) bool {
	b.mu.Lock()
	c := b.calls[id]
	b.mu.Unlock()
	return c != nil && c.Post(func() { c.over(why) })
}

// Close takes no more calls, ends those that there are (503 to the ones that
// ring, BYE to the others), and waits until their goroutines are done or ctx is.
func (b *Bridge) Close(ctx context.Context) error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.stop()
	done := make(chan struct{})
	go func() { b.wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// refuse is a Cause with the setting that decided.
func refuse(status int, detail string) tandem.Cause {
	c := tandem.FromStatus(status, "")
	c.Detail = detail
	return c
}
