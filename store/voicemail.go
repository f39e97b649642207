package store

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/media/record"
)

var _ voicemail.Keeper = (*Voicemail)(nil)

// VoicemailConfig is what Voicemail is opened with.
type VoicemailConfig struct {
	// Dir is its folder; it is made where it is not there. Required.
	Dir string
	// Log may be nil.
	Log *slog.Logger
	// before is told of every change of the disk before it is made, and may refuse
	// it; nil for none. For tests that break off in between.
	before func(change string) error
}

// Voicemail keeps voice messages, each as two files:
//
//	voicemail/incoming/ID.json   from the first sound of a message to its delivery
//	voicemail/incoming/ID.wav
//	voicemail/boxes/202/ID.json  a message: it is there when this file is
//	voicemail/boxes/202/ID.wav
//	voicemail/boxes/202/greeting-away.wav, greeting-busy.wav, settings.json
//
// Each change is one rename or removal, in such an order that a crash at any moment
// leaves either what was before or what is to be; what is in incoming then is
// delivered by the next OpenVoicemail. The files are the owner's alone.
//
// It is safe for concurrent use. mu is never held while the disk is waited for;
// writing is, and lets one change after the other be made.
type Voicemail struct {
	c    VoicemailConfig
	log  *slog.Logger
	disk disk

	writing sync.Mutex // taken before mu

	mu       sync.Mutex // a leaf: guards what follows
	boxes    map[string][]voicemail.Message
	settings map[string]voicemail.Settings
	last     int64  // the greatest ID given
	edits    uint64 // of the messages
}

// Edits is another number whenever the messages are others.
func (v *Voicemail) Edits() uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.edits
}

// OpenVoicemail reads what is kept, delivers what was being recorded when the last
// process ended, and takes away what belongs to nothing.
func OpenVoicemail(c VoicemailConfig) (*Voicemail, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	v := &Voicemail{
		c: c, log: c.Log, disk: disk{c.before}, boxes: map[string][]voicemail.Message{}, settings: map[string]voicemail.Settings{},
	}
	for _, dir := range []string{v.incoming(""), filepath.Join(c.Dir, "boxes")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("open voicemail: %w", err)
		}
	}
	folders, err := os.ReadDir(filepath.Join(c.Dir, "boxes"))
	if err != nil {
		return nil, fmt.Errorf("open voicemail: %w", err)
	}
	for _, f := range folders {
		if box, ok := unescapeName(f.Name()); ok && f.IsDir() {
			if err := v.readBox(box); err != nil {
				return nil, fmt.Errorf("open voicemail: %w", err)
			}
		}
	}
	if err := v.recover(); err != nil {
		return nil, fmt.Errorf("open voicemail: %w", err)
	}
	for _, f := range folders {
		if box, ok := unescapeName(f.Name()); ok {
			v.sweep(box)
		}
	}
	return v, nil
}

func (v *Voicemail) incoming(name string) string { return filepath.Join(v.c.Dir, "incoming", name) }

func (v *Voicemail) file(box, name string) string {
	return filepath.Join(v.c.Dir, "boxes", escapeName(box), name)
}

// NewID implements voicemail.Keeper.
func (v *Voicemail) NewID(at time.Time) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last = max(v.last+1, at.UnixNano())
	return idOf(v.last)
}

// Draft implements voicemail.Keeper.
func (v *Voicemail) Draft(m voicemail.Message) (record.File, error) {
	v.writing.Lock()
	defer v.writing.Unlock()
	if err := v.disk.write(v.incoming(m.ID+".json"), noteOf(m)); err != nil {
		return nil, fmt.Errorf("begin a message: %w", err)
	}
	f, err := v.disk.create(v.incoming(m.ID + ".wav"))
	if err != nil {
		return nil, fmt.Errorf("begin a message: %w", err)
	}
	return f, nil
}

// Deliver implements voicemail.Keeper.
func (v *Voicemail) Deliver(m voicemail.Message, cut time.Duration) (voicemail.Message, error) {
	v.writing.Lock()
	defer v.writing.Unlock()
	m, err := v.deliver(m, cut)
	if err != nil {
		return m, fmt.Errorf("deliver a message: %w", err)
	}
	return m, nil
}

// deliver puts a draft into its box: sound first, so that a message is whole once it
// is there.
func (v *Voicemail) deliver(m voicemail.Message, cut time.Duration) (voicemail.Message, error) {
	draft, final := v.incoming(m.ID+".wav"), v.file(m.Box, m.ID+".wav")
	if err := os.MkdirAll(filepath.Dir(final), 0o700); err != nil {
		return m, err
	}
	from := draft
	if _, err := os.Stat(final); err == nil { // moved before a crash
		from = final
	}
	length, err := v.disk.seal(from, cut)
	if err != nil {
		return m, err
	}
	m.Length = length
	if from == draft {
		if err := v.disk.rename(draft, final); err != nil {
			return m, err
		}
	}
	if err := v.disk.write(v.file(m.Box, m.ID+".json"), noteOf(m)); err != nil {
		return m, err
	}
	_ = v.disk.remove(v.incoming(m.ID + ".json")) // else the next process finds that it is delivered
	v.add(m)
	return m, nil
}

// add enters a message that is on the disk.
func (v *Voicemail) add(m voicemail.Message) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.edits++
	v.boxes[m.Box] = append(v.boxes[m.Box], m)
	slices.SortFunc(v.boxes[m.Box], func(a, b voicemail.Message) int { return strings.Compare(a.ID, b.ID) })
	if at, ok := idTime(m.ID); ok {
		v.last = max(v.last, at)
	}
}

// Discard implements voicemail.Keeper: the sound first, since a note without sound
// is nothing.
func (v *Voicemail) Discard(id string) error {
	v.writing.Lock()
	defer v.writing.Unlock()
	return errors.Join(v.disk.remove(v.incoming(id+".wav")), v.disk.remove(v.incoming(id+".json")))
}

// Boxes implements voicemail.Keeper.
func (v *Voicemail) Boxes() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Sorted(maps.Keys(v.boxes))
}

// Messages implements voicemail.Keeper.
func (v *Voicemail) Messages(box string) []voicemail.Message {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.boxes[box])
}

// Get implements voicemail.Keeper.
func (v *Voicemail) Get(box, id string) (voicemail.Message, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := v.indexLocked(box, id)
	if i < 0 {
		return voicemail.Message{}, false
	}
	return v.boxes[box][i], true
}

func (v *Voicemail) indexLocked(box, id string) int {
	return slices.IndexFunc(v.boxes[box], func(m voicemail.Message) bool { return m.ID == id })
}

// Update implements voicemail.Keeper.
func (v *Voicemail) Update(box, id string, change func(*voicemail.Message)) error {
	v.writing.Lock()
	defer v.writing.Unlock()
	m, ok := v.Get(box, id)
	if !ok {
		return voicemail.ErrGone
	}
	change(&m)
	if err := v.disk.write(v.file(box, id+".json"), noteOf(m)); err != nil {
		return fmt.Errorf("keep a message: %w", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if i := v.indexLocked(box, id); i >= 0 {
		v.edits++
		v.boxes[box][i] = m
	}
	return nil
}

// Delete implements voicemail.Keeper: the note first, without which there is no
// message.
func (v *Voicemail) Delete(box, id string) error {
	v.writing.Lock()
	defer v.writing.Unlock()
	if _, ok := v.Get(box, id); !ok {
		return nil
	}
	if err := v.disk.remove(v.file(box, id+".json")); err != nil {
		return fmt.Errorf("delete a message: %w", err)
	}
	v.mu.Lock()
	v.edits++
	v.boxes[box] = slices.Delete(v.boxes[box], v.indexLocked(box, id), v.indexLocked(box, id)+1)
	if len(v.boxes[box]) == 0 {
		delete(v.boxes, box)
	}
	v.mu.Unlock()
	_ = v.disk.remove(v.file(box, id+".wav")) // else the next process sweeps it
	return nil
}

// Sound implements voicemail.Keeper.
func (v *Voicemail) Sound(box, id string) (io.ReadCloser, error) {
	if _, ok := v.Get(box, id); !ok {
		return nil, voicemail.ErrGone
	}
	return open(v.file(box, id+".wav"))
}

func open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, voicemail.ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("open a sound: %w", err)
	}
	return f, nil
}
