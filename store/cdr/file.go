package cdr

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
)

// tailSize is how much of the end of a file is looked through for records that come
// again: more than a batch.
const tailSize = 1 << 20

// File is a Sink that appends to a file. Records that came before and come again are
// left out, as far as the end of the file tells. Whoever moves the file away gets a new
// one.
type File struct {
	name, path string
	head       []byte // of a new file
	line       func(*Record) []byte
	mark       func(*Record) string // in the line of this record, and of no other
	file       *os.File             // Take's goroutine only
}

// NewJSONLines makes the Sink of a file that has a record as JSON in each line.
func NewJSONLines(path string) *File {
	line := func(r *Record) []byte {
		text, err := json.Marshal(r)
		if err != nil { // numbers and text: it cannot err
			return nil
		}
		return append(text, '\n')
	}
	return &File{name: "json", path: path, line: line, mark: func(r *Record) string { return `{"call_id":"` + string(r.CallID) + `",` }}
}

// Name implements Sink.
func (f *File) Name() string { return f.name }

// Take implements Sink. The records are on the disk when it returns nil.
func (f *File) Take(_ context.Context, records []Record) error {
	if err := f.open(); err != nil {
		return err
	}
	size, tail, err := f.tail()
	if err != nil {
		return err
	}
	var text []byte
	if size == 0 {
		text, tail = append(text, f.head...), append(tail, f.head...)
	} else if len(tail) > 0 && tail[len(tail)-1] != '\n' { // torn off when a process was killed
		cut := bytes.LastIndexByte(tail, '\n') + 1
		size -= int64(len(tail) - cut)
		tail = tail[:cut]
	}
	for i := range records {
		if !bytes.Contains(tail, []byte(f.mark(&records[i]))) {
			line := f.line(&records[i])
			text, tail = append(text, line...), append(tail, line...)
		}
	}
	_, err = f.file.WriteAt(text, size)
	if err == nil {
		err = f.file.Sync()
	}
	if err != nil {
		_ = f.file.Truncate(size)
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	return nil
}

// open opens the file, again where another one has its name by now.
func (f *File) open() error {
	if f.file != nil {
		ours, err := f.file.Stat()
		there, gone := os.Stat(f.path)
		if err == nil && gone == nil && os.SameFile(ours, there) {
			return nil
		}
		_ = f.file.Close()
		f.file = nil
	}
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return fmt.Errorf("open file of records: %w", err)
	}
	f.file = file
	return nil
}

func (f *File) tail() (size int64, tail []byte, err error) {
	info, err := f.file.Stat()
	if err != nil {
		return 0, nil, err
	}
	size = info.Size()
	tail = make([]byte, min(size, tailSize))
	if _, err := f.file.ReadAt(tail, size-int64(len(tail))); err != nil {
		return 0, nil, fmt.Errorf("read %s: %w", f.path, err)
	}
	return size, tail, nil
}

// Close closes the file.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}
