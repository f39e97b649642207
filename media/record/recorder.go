package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

// ErrClosed is returned by a Recorder after its Close.
var ErrClosed = errors.New("record: closed")

// Format is how a recording is kept.
type Format string

// The formats.
const (
	WAV Format = "wav" // PCM of 16 bits
	Ogg Format = "ogg" // Opus (RFC 7845)
)

const (
	// writers is how many goroutines write for all recordings: what the
	// disk may hold up at one time.
	writers = 2
	// maxRecordings bounds the recordings at one time.
	maxRecordings = 1000
	// maxName bounds what a name is made of, in octets.
	maxName = 64
)

// Config is what a Recorder is made of. It must not be changed
// afterwards.
type Config struct {
	// Folder is where the files are; it is made, readable by nobody else, with
	// the first of them.
	Folder string
	// Format of the files; "" is WAV.
	Format Format
	// KeepDigits leaves the tones of digits in the recordings of calls, and puts
	// those of RFC 4733 there. Else digits are silent, since they are card
	// numbers and PINs.
	KeepDigits bool
	// Checksums puts a file beside each recording that is whole: its SHA-256 as
	// sha256sum writes and checks it, and ".sha256" behind its name.
	Checksums bool
	// Create makes a file that must not be there yet; nil makes it in Folder.
	Create func(name string) (File, error)
	// Log may be nil.
	Log *slog.Logger
}

// File is what a recording is written to.
type File interface {
	io.Writer
	io.WriterAt
	io.Closer
}

// Recorder writes recordings in the background. Its goroutines are a few for
// all recordings, so that a disk that stands still holds up nothing else.
type Recorder struct {
	c    Config
	log  *slog.Logger
	work chan *Recording // capacity maxRecordings: each recording is in it once at most
	last chan *Recording // the same, of those that are to be finished
	done sync.WaitGroup

	mu     sync.Mutex // a leaf: guards what follows
	open   map[*Recording]struct{}
	closed bool
}

// New starts the writers. The error is about the Format.
func New(c Config) (*Recorder, error) {
	switch c.Format {
	case "":
		c.Format = WAV
	case WAV, Ogg:
	default:
		return nil, fmt.Errorf("recordings in %q", c.Format)
	}
	r := &Recorder{
		c: c, log: c.Log, open: make(map[*Recording]struct{}),
		work: make(chan *Recording, maxRecordings), last: make(chan *Recording, maxRecordings),
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if c.Create == nil {
		r.c.Create = r.create
	}
	r.done.Add(writers + 1)
	for range writers {
		go r.write()
	}
	go r.finish()
	return r, nil
}

// KeepDigits says whether digits stay in the recordings of calls.
func (r *Recorder) KeepDigits() bool { return r.c.KeepDigits }

// Options are what a Recording is made with.
type Options struct {
	// Name is a part of the file's name beside the time: the call's identifier,
	// or the room's. Whatever cannot be part of a file's name is left out.
	Name string
	// Rate is the rate of the samples.
	Rate codecs.Rate
	// Channels is 1, or 2 for stereo.
	Channels int
	// Create makes its file, which then has Name; nil leaves that to the Recorder.
	Create func() (File, error)
	// Events hears what becomes of it.
	Events Events
}

// Events are told what becomes of a recording. Each may be nil. They
// are called on a goroutine of the Recorder and must not block.
type Events struct {
	// Opened: the file is there.
	Opened func(name string)
	// Failed: nothing more is recorded; the disk is full, as a rule. What was
	// written stays. Closed is called after it.
	Failed func(err error)
	// Closed: the file is whole and closed.
	Closed func(Result)
}

// Result is what a recording came to.
type Result struct {
	Name    string        // of the file, in the folder
	Length  time.Duration // of the sound in it
	Dropped time.Duration // of it, silent since the disk was too slow
	Err     error         // why it failed; nil when it did not
}

// Open begins a recording. Nothing of it is written before its first sound. The
// error is ErrClosed, about the options, or says that there are too many.
func (r *Recorder) Open(o Options) (*Recording, error) {
	switch {
	case !o.Rate.Valid():
		return nil, fmt.Errorf("record at %d samples a second: no such rate", o.Rate)
	case o.Channels != 1 && o.Channels != 2:
		return nil, fmt.Errorf("record %d channels: want 1 or 2", o.Channels)
	}
	rec := &Recording{r: r, o: o, began: time.Now()}
	rec.limit = o.Rate.Samples(bufferTime) * o.Channels
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return nil, ErrClosed
	case len(r.open) >= maxRecordings:
		return nil, fmt.Errorf("record: %d are recorded already", maxRecordings)
	}
	r.open[rec] = struct{}{}
	return rec, nil
}

// Close ends every recording and waits until all that was recorded is written,
// or ctx is done: a disk that stands still for good is not waited for.
func (r *Recorder) Close(ctx context.Context) error {
	r.mu.Lock()
	already := r.closed
	r.closed = true
	all := make([]*Recording, 0, len(r.open))
	for rec := range r.open {
		all = append(all, rec)
	}
	r.mu.Unlock()
	for _, rec := range all {
		rec.Close()
	}
	if !already && len(all) == 0 {
		r.over() // else whoever finishes the last one does
	}
	done := make(chan struct{})
	go func() { r.done.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("write the rest of the recordings: %w", ctx.Err())
	}
}

// InUse returns how many recordings are not yet finished.
func (r *Recorder) InUse() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.open)
}

// forget takes a finished recording out.
func (r *Recorder) forget(rec *Recording) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, there := r.open[rec]; !there {
		return
	}
	delete(r.open, rec)
	if r.closed && len(r.open) == 0 {
		r.over()
	}
}

// over ends the goroutines: nothing is recorded any more.
func (r *Recorder) over() {
	close(r.work)
	close(r.last)
}

// write is a goroutine: a stretch of one recording after the other.
func (r *Recorder) write() {
	defer r.done.Done()
	buf := make([]int16, codecs.Rate48k.Samples(stretchTime)*2)
	for rec := range r.work {
		rec.serve(buf)
	}
}

// finish is a goroutine: it ends one recording after the other. A long one takes a while,
// since its checksum is that of the whole file, and those that go on are not to wait for it.
func (r *Recorder) finish() {
	defer r.done.Done()
	for rec := range r.last {
		rec.finish()
	}
}

// name is the name of a file, by time and by what is recorded; n makes another
// one of it.
func (r *Recorder) name(rec *Recording, n int) string {
	var b strings.Builder
	b.WriteString(rec.began.Format("20060102-150405"))
	if part := fileName(rec.o.Name); part != "" {
		b.WriteString("-" + part)
	}
	if n > 1 {
		b.WriteString("-" + strconv.Itoa(n))
	}
	b.WriteString("." + string(r.c.Format))
	return b.String()
}

// fileName leaves out what may not be in a file's name.
func fileName(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
			return c
		}
		return -1
	}, s)
	return s[:min(len(s), maxName)]
}

// make makes the file of a recording under a name that is free.
func (r *Recorder) make(rec *Recording) (name string, f File, err error) {
	if rec.o.Create != nil {
		f, err = rec.o.Create()
		return rec.o.Name, f, err
	}
	for n := 1; n <= 100; n++ {
		name = r.name(rec, n)
		if f, err = r.c.Create(name); !errors.Is(err, os.ErrExist) {
			break
		}
	}
	return name, f, err
}
