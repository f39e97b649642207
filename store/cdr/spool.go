package cdr

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	// segmentSize is from how many octets on a new file of the Spool is begun.
	segmentSize = 1 << 20
	// DefaultSpool bounds a Spool, in octets: about 200 000 records.
	DefaultSpool = 256 << 20
	// maxLine bounds a record, in octets.
	maxLine = 1 << 20

	segmentEnd  = ".spool"
	positionEnd = ".position"
)

// Spool is a queue on disk that has several readers:
//
//	00000007.spool   00000008.spool   00000009.spool
//	[r r r r r r r]  [r r r r r r r]  [r r r        <- Append
//	       ^                  ^             ^
//	   webhook.position   sql.position   json.position
//
// A record is a line. What Append has returned without an error is on the disk. A file
// that every reader has passed is deleted; when there are too many, the oldest goes, and
// the readers that were in it have lost what they had not read.
type Spool struct {
	dir   string
	bound int64

	mu       sync.Mutex // guards what follows; held while a batch is written to the disk, by nobody who must not wait
	file     *os.File   // of the last segment
	segments []segment  // in order; never empty
	readers  []*Reader
	grown    chan struct{} // closed, and replaced, when there is more
}

type segment struct {
	number int64
	size   int64
}

// place is where a reader is.
type place struct{ segment, offset int64 }

// OpenSpool opens a folder, which is made where it is not there. bound is in octets;
// zero means DefaultSpool.
func OpenSpool(dir string, bound int64) (*Spool, error) {
	if bound == 0 {
		bound = DefaultSpool
	}
	s := &Spool{dir: dir, bound: bound, grown: make(chan struct{})}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open queue of records: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open queue of records: %w", err)
	}
	for _, e := range entries {
		number, is := strings.CutSuffix(e.Name(), segmentEnd)
		n, err := strconv.ParseInt(number, 10, 64)
		if info, gone := e.Info(); is && err == nil && gone == nil {
			s.segments = append(s.segments, segment{n, info.Size()})
		}
	}
	slices.SortFunc(s.segments, func(a, b segment) int { return int(a.number - b.number) })
	if err := s.openLast(); err != nil {
		return nil, fmt.Errorf("open queue of records: %w", err)
	}
	return s, nil
}

func (s *Spool) path(number int64) string {
	return filepath.Join(s.dir, fmt.Sprintf("%08d%s", number, segmentEnd))
}

// openLast opens the last segment, and cuts off the line that a killed process has not
// finished.
func (s *Spool) openLast() error {
	if len(s.segments) == 0 {
		return s.begin(1)
	}
	last := &s.segments[len(s.segments)-1]
	text, err := os.ReadFile(s.path(last.number))
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.path(last.number), os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	whole := int64(bytes.LastIndexByte(text, '\n') + 1)
	if err := f.Truncate(whole); err != nil {
		_ = f.Close()
		return err
	}
	s.file, last.size = f, whole
	return nil
}

// begin makes a new last segment.
func (s *Spool) begin(number int64) error {
	f, err := os.OpenFile(s.path(number), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := syncFolder(s.dir); err != nil {
		_ = f.Close()
		return err
	}
	if s.file != nil {
		_ = s.file.Close()
	}
	s.file = f
	s.segments = append(s.segments, segment{number: number})
	return nil
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// Append writes records, each one line without its end, all of them or none.
func (s *Spool) Append(lines [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return errors.New("the queue of records is closed")
	}
	if last := s.segments[len(s.segments)-1]; last.size >= segmentSize {
		if err := s.begin(last.number + 1); err != nil {
			return err
		}
	}
	last := &s.segments[len(s.segments)-1]
	var text []byte
	for _, l := range lines {
		text = append(append(text, l...), '\n')
	}
	_, err := s.file.WriteAt(text, last.size)
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil { // what was written of it is written over by the next
		_ = s.file.Truncate(last.size)
		return err
	}
	last.size += int64(len(text))
	s.trimLocked()
	close(s.grown)
	s.grown = make(chan struct{})
	return nil
}

// trimLocked deletes what everybody has read, and the oldest where there is too much.
func (s *Spool) trimLocked() {
	var all int64
	for _, g := range s.segments {
		all += g.size
	}
	for len(s.segments) > 1 {
		first := s.segments[0]
		read := !slices.ContainsFunc(s.readers, func(r *Reader) bool { return r.at.segment <= first.number })
		if !read && all <= s.bound {
			return
		}
		for _, r := range s.readers {
			if r.at.segment <= first.number {
				r.lost += s.linesAfter(first, r.at)
				r.at = place{s.segments[1].number, 0}
			}
		}
		if err := os.Remove(s.path(first.number)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return // tried again with the next
		}
		all -= first.size
		s.segments = s.segments[1:]
	}
}

// linesAfter counts the records of a segment that a reader has not read.
func (s *Spool) linesAfter(g segment, at place) int {
	text, err := os.ReadFile(s.path(g.number))
	if err != nil || at.segment == g.number && at.offset > int64(len(text)) {
		return 0
	}
	if at.segment == g.number {
		text = text[at.offset:]
	}
	return bytes.Count(text, []byte("\n"))
}

// Close closes the files. It is idempotent.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// size is how many octets a segment has; false where it is gone.
func (s *Spool) sizeLocked(number int64) (int64, bool) {
	for _, g := range s.segments {
		if g.number == number {
			return g.size, true
		}
	}
	return 0, false
}

// readAt reads from a place to the end of its segment, at most most octets.
func (s *Spool) readAt(at place, most int64) ([]byte, error) {
	f, err := os.Open(s.path(at.segment))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.NewSectionReader(f, at.offset, most))
}

// Keep forgets the places of readers that are not among the names: a reader that comes
// back after a time begins with what is appended next.
func (s *Spool) Keep(names ...string) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return // they are where they were
	}
	for _, e := range entries {
		if name, is := strings.CutSuffix(e.Name(), positionEnd); is && !slices.Contains(names, name) {
			_ = os.Remove(filepath.Join(s.dir, e.Name()))
		}
	}
}
