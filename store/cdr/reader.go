package cdr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Reader is a place in a Spool, which is kept on disk. One goroutine uses it.
type Reader struct {
	spool *Spool
	name  string
	at    place // guarded by spool.mu
	lost  int   // guarded by spool.mu
}

// Batch is what a Reader reads at once: whole records, without their ends of line.
type Batch struct {
	Lines [][]byte
	from  place
	next  place
}

// Reader returns the reader of a name, where it was before. A new one begins with what
// is appended next, and one whose place cannot be read with the oldest: records come
// again rather than never.
func (s *Spool) Reader(name string) *Reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.segments[len(s.segments)-1]
	r := &Reader{spool: s, name: name, at: place{last.number, last.size}}
	if text, err := os.ReadFile(r.path()); !errors.Is(err, fs.ErrNotExist) {
		var at place // before all others, where a loss of power has left nothing of it
		if n, _ := fmt.Sscanf(string(text), "%d %d", &at.segment, &at.offset); n != 2 {
			at = place{}
		}
		r.at = s.fitLocked(at)
	}
	_ = r.keep(r.at) // a place that is not kept is read again
	s.readers = append(s.readers, r)
	return r
}

// fitLocked is a place that there is: the one given, or the next.
func (s *Spool) fitLocked(at place) place {
	first, last := s.segments[0], s.segments[len(s.segments)-1]
	size, ok := s.sizeLocked(at.segment)
	switch {
	case ok && at.offset <= size:
		return at
	case at.segment < first.number:
		return place{first.number, 0}
	}
	return place{last.number, last.size}
}

func (r *Reader) path() string { return filepath.Join(r.spool.dir, r.name+positionEnd) }

// Next waits until there are records and returns some, at most most.
func (r *Reader) Next(ctx context.Context, most int) (Batch, error) {
	for {
		b, grown, err := r.now(most)
		if err != nil || len(b.Lines) > 0 {
			return b, err
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return Batch{}, ctx.Err()
		}
	}
}

func (r *Reader) now(most int) (Batch, <-chan struct{}, error) {
	s := r.spool
	s.mu.Lock()
	last := s.segments[len(s.segments)-1].number
	r.at = s.fitLocked(r.at)
	size, _ := s.sizeLocked(r.at.segment)
	for r.at.offset >= size && r.at.segment < last {
		r.at = s.fitLocked(place{r.at.segment + 1, 0})
		size, _ = s.sizeLocked(r.at.segment)
	}
	at, grown := r.at, s.grown
	s.mu.Unlock()
	if at.offset >= size {
		return Batch{}, grown, nil
	}
	text, err := s.readAt(at, min(size-at.offset, maxLine))
	if errors.Is(err, fs.ErrNotExist) { // given up meanwhile, or deleted by hand
		return Batch{}, closed(), r.skip(at.segment)
	}
	if err != nil {
		return Batch{}, nil, err
	}
	b := Batch{from: at, next: at}
	for len(b.Lines) < most {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			break
		}
		b.Lines = append(b.Lines, line)
		b.next.offset += int64(len(line)) + 1
		text = rest
	}
	if len(b.Lines) == 0 { // longer than a line may be: nobody can take it
		return Batch{}, closed(), r.skip(at.segment)
	}
	return b, grown, nil
}

func closed() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// skip gives up the rest of a segment that cannot be read.
func (r *Reader) skip(segment int64) error {
	s := r.spool
	s.mu.Lock()
	defer s.mu.Unlock()
	if size, ok := s.sizeLocked(segment); ok && r.at.segment == segment {
		r.at.offset = size
		r.lost++
	}
	return nil
}

// Done says that a batch need not come again.
func (r *Reader) Done(b Batch) error {
	s := r.spool
	s.mu.Lock()
	if r.at == b.from {
		r.at = b.next
	} else { // it was given up while it was under way, and came through
		r.lost = max(r.lost-len(b.Lines), 0)
	}
	at := r.at
	s.trimLocked()
	s.mu.Unlock()
	return r.keep(at)
}

// keep writes the place down. It is not forced to the disk: an older one means that
// records come again.
func (r *Reader) keep(at place) error {
	part := r.path() + ".part"
	if err := os.WriteFile(part, fmt.Appendf(nil, "%d %d\n", at.segment, at.offset), 0o600); err != nil {
		return err
	}
	return os.Rename(part, r.path())
}

// Close takes the reader out of those whom the Spool waits for; its place stays.
func (r *Reader) Close() {
	s := r.spool
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, o := range s.readers {
		if o == r {
			s.readers = append(s.readers[:i:i], s.readers[i+1:]...)
			return
		}
	}
}

// Behind says how many octets wait to be read, and how many records were given up.
func (r *Reader) Behind() (octets int64, lost int) {
	s := r.spool
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.segments {
		switch {
		case g.number == r.at.segment:
			octets += g.size - r.at.offset
		case g.number > r.at.segment:
			octets += g.size
		}
	}
	return octets, r.lost
}
