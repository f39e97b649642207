package voicemail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/record"
)

// maxTakes bounds what is recorded at a time, of all boxes.
const maxTakes = 200

// purgeEvery is how often messages past their time are looked for.
const purgeEvery = 10 * time.Minute

// Errors of Begin.
var (
	// ErrFull: as many messages are kept as the box may have, or as long ones.
	ErrFull = errors.New("the box is full")
	// ErrNoBox: there is no such box.
	ErrNoBox = errors.New("there is no such box")
	// ErrBusy: too much is recorded already.
	ErrBusy = errors.New("too many messages are being recorded")
)

// Config is what a Desk is made of. It must not be changed afterwards.
type Config struct {
	// Keeper keeps the messages. Required.
	Keeper Keeper
	// Engine and Recorder have the sound. Required.
	Engine   *media.Engine
	Recorder *record.Recorder
	// Changed is told the user for whom something else waits. It is called on
	// goroutines of the Desk and of calls, and must not block. Nil is fine.
	Changed func(user string)
	// Send sends mail; nil means that none is.
	Send func(ctx context.Context, m Mail) error
	// Log may be nil.
	Log *slog.Logger
}

// Desk takes and gives out messages.
type Desk struct {
	c       Config
	log     *slog.Logger
	wg      sync.WaitGroup // deliveries
	letters chan struct{}  // capacity 1: there may be mail to send
	counts  struct{ wrongPINs, locks, taken, refused, mailed, mailFailed atomic.Uint64 }

	mu      sync.Mutex // a leaf: guards what follows
	boxes   map[string]Box
	guesses map[string]*guesses // only of boxes that there are
	takes   map[string]int      // messages that are being recorded, by box
	active  int
	closed  bool
}

// New returns a Desk without boxes.
func New(c Config) *Desk {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Changed == nil {
		c.Changed = func(string) {}
	}
	return &Desk{
		c: c, log: c.Log, letters: make(chan struct{}, 1),
		boxes: map[string]Box{}, guesses: map[string]*guesses{}, takes: map[string]int{},
	}
}

// SetBoxes replaces the boxes for what comes from now on. Messages of a box that is
// not among them are kept.
func (d *Desk) SetBoxes(all []Box) {
	boxes := make(map[string]Box, len(all))
	for _, b := range all {
		boxes[b.Name] = b.withDefaults()
	}
	d.mu.Lock()
	d.boxes = boxes
	for name := range d.guesses {
		if _, there := boxes[name]; !there {
			delete(d.guesses, name)
		}
	}
	d.mu.Unlock()
	d.wake()
	for _, b := range all {
		d.changed(b.Name)
	}
}

// Box returns a box by its name.
func (d *Desk) Box(name string) (Box, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, ok := d.boxes[name]
	return b, ok
}

// Boxes returns all boxes, by name.
func (d *Desk) Boxes() []Box {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]Box, 0, len(d.boxes))
	for _, b := range d.boxes {
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b Box) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Messages returns the messages of a box, the oldest first.
func (d *Desk) Messages(box string) []Message { return d.c.Keeper.Messages(box) }

// Keeper returns what keeps the messages.
func (d *Desk) Keeper() Keeper { return d.c.Keeper }

// Count returns how many messages a box has, by folder.
func (d *Desk) Count(box string) (fresh, saved int) {
	for _, m := range d.c.Keeper.Messages(box) {
		if m.Folder == FolderNew {
			fresh++
		} else {
			saved++
		}
	}
	return fresh, saved
}

// Waiting returns what waits for a user in all boxes that are his; ok is false where
// he has none.
func (d *Desk) Waiting(user string) (fresh, saved int, ok bool) {
	for _, b := range d.of(user) {
		n, o := d.Count(b)
		fresh, saved, ok = fresh+n, saved+o, true
	}
	return fresh, saved, ok
}

// of returns the names of the boxes of a user.
func (d *Desk) of(user string) (names []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if b, own := d.boxes[user]; own && slices.Contains(b.Users, user) {
		names = append(names, user)
	}
	for name, b := range d.boxes {
		if name != user && len(b.Users) > 0 && slices.Contains(b.Users, user) {
			names = append(names, name)
		}
	}
	return names
}

// Move puts a message into another folder.
func (d *Desk) Move(box, id string, to Folder) error {
	m, ok := d.c.Keeper.Get(box, id)
	if !ok {
		return ErrGone
	}
	if m.Folder == to {
		return nil
	}
	if err := d.c.Keeper.Update(box, id, func(m *Message) { m.Folder = to }); err != nil {
		return fmt.Errorf("move message %s of box %s: %w", id, box, err)
	}
	d.changed(box)
	return nil
}

// Delete takes a message away.
func (d *Desk) Delete(box, id string) error {
	if _, ok := d.c.Keeper.Get(box, id); !ok {
		return ErrGone
	}
	if err := d.c.Keeper.Delete(box, id); err != nil {
		return fmt.Errorf("delete message %s of box %s: %w", id, box, err)
	}
	d.changed(box)
	return nil
}

// changed tells those whose box it is.
func (d *Desk) changed(box string) {
	b, _ := d.Box(box)
	for _, user := range b.Users {
		d.c.Changed(user)
	}
}

// Run deletes what is past its time and sends mail, until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { d.sendMail(ctx) })
	t := time.NewTicker(purgeEvery)
	defer t.Stop()
	for d.Purge(time.Now()); ; {
		select {
		case <-t.C:
			d.Purge(time.Now())
		case <-ctx.Done():
			wg.Wait()
			return nil
		}
	}
}

// Purge deletes what has been kept as long as its box says.
func (d *Desk) Purge(now time.Time) {
	for _, b := range d.Boxes() {
		if b.Keep <= 0 {
			continue
		}
		for _, m := range d.c.Keeper.Messages(b.Name) {
			if now.Sub(m.At) < b.Keep {
				continue
			}
			if err := d.Delete(b.Name, m.ID); err != nil {
				d.log.Error("a message past its time stays", "box", b.Name, "id", m.ID, "error", err)
			}
		}
	}
}

// Close takes no more messages, and waits until those that were ended are
// delivered or ctx is done. The Recorder must have been closed before.
func (d *Desk) Close(ctx context.Context) error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	done := make(chan struct{})
	go func() { d.wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Counts are how often things have happened since the Desk was made.
type Counts struct{ WrongPINs, Locks, Taken, Refused, Mailed, MailFailed uint64 }

// Counts returns them.
func (d *Desk) Counts() Counts {
	c := &d.counts
	return Counts{c.wrongPINs.Load(), c.locks.Load(), c.taken.Load(), c.refused.Load(), c.mailed.Load(), c.mailFailed.Load()}
}
