package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// unfinishedFolder stands in the folder of recordings and has an empty file for each that
// is not whole yet, of the same name: whoever starts after a process that was killed need
// look at nothing else, however many recordings there are.
const unfinishedFolder = ".unfinished"

// keptFile is a recording in the folder. It is marked as unfinished until it is closed
// whole, and held by a lock that ends with the process.
type keptFile struct {
	*os.File
	mark string // the path of what marks it
	sums bool   // its checksum is to stand beside it
	torn bool   // something of it could not be written
}

// create makes a file in the folder, for the owner's eyes alone. Its mark comes first, so
// that there is no moment at which it stands there without one.
func (r *Recorder) create(name string) (File, error) {
	marks := filepath.Join(r.c.Folder, unfinishedFolder)
	if err := os.MkdirAll(marks, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of recordings: %w", err)
	}
	mark := filepath.Join(marks, name)
	m, err := os.OpenFile(mark, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("begin a recording: %w", err)
	}
	_ = m.Close()
	f, err := os.OpenFile(filepath.Join(r.c.Folder, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		_ = os.Remove(mark)
		return nil, fmt.Errorf("begin a recording: %w", err)
	}
	_ = lock(f) // where there are no locks, nothing is mended either
	return &keptFile{File: f, mark: mark, sums: r.c.Checksums}, nil
}

// Write implements io.Writer.
func (f *keptFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	f.torn = f.torn || err != nil
	return n, err
}

// Close ends the file and writes its sum. What is not whole then keeps its mark, for the
// next start.
func (f *keptFile) Close() error {
	var err error
	if f.sums {
		err = sum(f.File)
	}
	err = errors.Join(err, f.File.Close())
	if err != nil || f.torn {
		return err
	}
	if err := os.Remove(f.mark); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("end a recording: %w", err)
	}
	return nil
}
