package message

import (
	"runtime/debug"
	"sync"
	"time"

	"github.com/tandemgw/tandem/signaling/registrar"
)

// clerkQueue bounds what waits for the clerk.
const clerkQueue = 1024

// maxRefusals is how often a kept message may be refused for good (415, 405, 603)
// before it is given up.
const maxRefusals = 3

// clerk is the goroutine that reads and writes what is kept, which may wait for a
// disk.
type clerk struct {
	s    *Service
	wake chan struct{} // capacity 1: there is something in the queue
	quit chan struct{}
	once sync.Once
	wg   sync.WaitGroup

	mu    sync.Mutex // a leaf: guards what follows
	queue []func()
	busy  map[string]struct{} // users whose messages are on their way

	// What follows belongs to the clerk's goroutine.

	again    map[string]bool            // users whose devices changed while theirs were released
	refusals map[string]int             // of kept messages, by user and ID
	deaf     map[string]map[string]bool // devices of each user that take no messages
}

func newClerk(s *Service) *clerk {
	c := &clerk{
		s: s, wake: make(chan struct{}, 1), quit: make(chan struct{}), busy: make(map[string]struct{}),
		again: make(map[string]bool), refusals: make(map[string]int), deaf: make(map[string]map[string]bool),
	}
	c.wg.Go(c.run)
	return c
}

func (c *clerk) run() {
	for {
		select {
		case <-c.wake:
		case <-c.quit:
			return
		}
		c.mu.Lock()
		todo := c.queue
		c.queue = nil
		c.mu.Unlock()
		for _, f := range todo {
			c.guard(f)
		}
	}
}

// guard runs f, whose panic ends no more than f.
func (c *clerk) guard(f func()) {
	defer func() {
		if p := recover(); p != nil {
			c.s.cfg.Log.Error("a message panicked", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	f()
}

func (c *clerk) close() {
	c.once.Do(func() { close(c.quit) })
	c.wg.Wait()
}

// ask gives the clerk something to do; false means that it cannot keep up.
func (c *clerk) ask(f func()) bool { return c.enqueue(f, clerkQueue) }

// must is ask for what may not be lost: the end of something that ask has let in,
// and so bounded with it.
func (c *clerk) must(f func()) { c.enqueue(f, 1<<30) }

func (c *clerk) enqueue(f func(), most int) bool {
	c.mu.Lock()
	if len(c.queue) >= most {
		c.mu.Unlock()
		return false
	}
	c.queue = append(c.queue, f)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return true
}

// keep keeps a message and answers its sender. The user may have come in the
// meantime, which look looks after.
func (c *clerk) keep(a answer, l letter, user string, look bool) {
	if !c.ask(func() {
		if _, ok := c.store(a, l, user); ok && look {
			c.release(user)
		}
	}) {
		a.refuse(refused(503, "too many messages wait for the disk"))
	}
}

// keepLate keeps a message that no device has answered.
func (c *clerk) keepLate(w *waiting) {
	c.must(func() {
		if id, ok := c.store(w.a, w.l, w.user); ok && !w.keptAs(id) {
			c.forget(w.user, id)
		}
	})
}

// drop forgets a message that has arrived after all.
func (c *clerk) drop(user, id string) { c.must(func() { c.forget(user, id) }) }

// store keeps a message and answers its sender, on the clerk's goroutine.
func (c *clerk) store(a answer, l letter, user string) (string, bool) {
	id, err := c.s.kept().Keep(Kept{
		To: user, From: l.from, At: l.at, Until: l.at.Add(min(l.lasts, c.s.now().KeepFor)), Type: l.typ, Body: l.body,
	})
	if err != nil {
		c.s.cfg.Log.Warn("message not kept", "user", user, "error", err)
		a.refuse(refused(480, "no device of user "+user+" is registered, and no more messages are kept for him"))
		return "", false
	}
	c.s.counts.kept.Add(1)
	a.accept(202)
	c.changed(user)
	return id, true
}

func (c *clerk) forget(user, id string) {
	c.s.kept().Drop(user, id)
	delete(c.refusals, user+" "+id)
	c.changed(user)
}

func (c *clerk) changed(user string) {
	if c.s.cfg.Changed != nil {
		c.s.cfg.Changed(user)
	}
}

// releasing says whether messages of a user are on their way: what comes now has
// to wait behind them.
func (c *clerk) releasing(user string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, yes := c.busy[user]
	return yes
}

// Registered is to be told each change of the registrar: kept messages go out when
// a device comes. It does not block; a change that is lost is made good by the
// device's next REGISTER.
func (s *Service) Registered(ch registrar.Change) {
	if s.kept() == nil {
		return
	}
	s.clerk.ask(func() { s.clerk.device(ch) })
}

// device takes a change of one device.
func (c *clerk) device(ch registrar.Change) {
	user := ch.Binding.User
	if ch.Kind != registrar.Refreshed { // who comes anew may have learned it
		delete(c.deaf[user], key(ch.Binding))
		if len(c.deaf[user]) == 0 {
			delete(c.deaf, user)
		}
	}
	if ch.Kind == registrar.Registered || ch.Kind == registrar.Refreshed {
		c.release(user)
	}
}

// key tells the devices of a user apart.
func key(b registrar.Binding) string { return b.Instance + " " + b.Contact.String() }

// release sends a user's kept messages, one after the other, unless that is under
// way.
func (c *clerk) release(user string) {
	if c.releasing(user) {
		c.again[user] = true
		return
	}
	if c.s.kept().Count(user) == 0 {
		return
	}
	c.mu.Lock()
	c.busy[user] = struct{}{}
	c.mu.Unlock()
	c.next(user, "")
}

// next sends the first message after the one named to all devices of a user that
// take messages.
func (c *clerk) next(user, after string) {
	now := time.Now()
	hear := c.hearing(now, user)
	m, ok := c.s.kept().Next(now, user, after)
	if !ok || len(hear) == 0 {
		c.rest(user)
		return
	}
	l := letter{from: m.From, at: m.At, typ: m.Type, body: m.Body, hops: 70}
	c.s.deliver(l, c.s.places(l, user, hear), 0, func(o outcome) { c.must(func() { c.released(user, m.ID, hear, o) }) }, nil)
}

// released takes what came of one message.
func (c *clerk) released(user, id string, to [][]registrar.Binding, o outcome) {
	switch {
	case o.arrived:
		c.s.counts.released.Add(1)
		c.forget(user, id)
	case o.away:
		c.rest(user)
		return
	default:
		if o.deaf {
			c.deafen(user, to)
			break
		}
		if c.refusals[user+" "+id]++; c.refusals[user+" "+id] >= maxRefusals {
			c.s.cfg.Log.Warn("message given up", "user", user, "cause", o.cause.String())
			c.s.counts.abandoned.Add(1)
			c.forget(user, id)
		}
	}
	c.next(user, id)
}

// hearing are the devices of a user that are not known to take no messages; what
// is known of others is forgotten.
func (c *clerk) hearing(now time.Time, user string) [][]registrar.Binding {
	var hear, not [][]registrar.Binding
	for _, flows := range registrar.Devices(c.s.cfg.Registrar.Lookup(now, user)) {
		if c.deaf[user][key(flows[0])] {
			not = append(not, flows)
		} else {
			hear = append(hear, flows)
		}
	}
	delete(c.deaf, user)
	if len(not) > 0 {
		c.deafen(user, not)
	}
	return hear
}

// deafen remembers devices that take no messages, for as long as they are
// registered.
func (c *clerk) deafen(user string, to [][]registrar.Binding) {
	if c.deaf[user] == nil {
		c.deaf[user] = make(map[string]bool)
	}
	for _, flows := range to {
		c.deaf[user][key(flows[0])] = true
	}
}

// rest ends a release, or begins it anew where a device came while it went on.
func (c *clerk) rest(user string) {
	c.mu.Lock()
	delete(c.busy, user)
	c.mu.Unlock()
	if c.again[user] {
		delete(c.again, user)
		c.release(user)
	}
}
