// Package recordtest has what tests of recordings need: a file that is slow or full,
// and the two sides of a recording read back.
package recordtest

import (
	"bytes"
	"encoding/binary"
	"os"
	"sync"
	"syscall"
	"testing"
)

// header is how many octets of a recording stand before its sound.
const header = 44

// File keeps what is written to it. It may be used by several goroutines.
type File struct {
	// Gate lets one write pass for each value; nil lets all pass.
	Gate chan struct{}
	// Room is how many octets fit, after which the disk is full; 0 means any number.
	Room int

	mu     sync.Mutex
	b      []byte
	closed bool
}

// Write implements io.Writer.
func (f *File) Write(b []byte) (int, error) {
	if f.Gate != nil {
		<-f.Gate
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(b)
	if f.Room > 0 && len(f.b)+n > f.Room {
		n = f.Room - len(f.b)
		f.b = append(f.b, b[:n]...)
		return n, &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	}
	f.b = append(f.b, b...)
	return n, nil
}

// WriteAt implements io.WriterAt, within what was written.
func (f *File) WriteAt(b []byte, at int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return copy(f.b[at:], b), nil
}

// Close implements io.Closer.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return nil
}

// Octets returns a copy of what was written.
func (f *File) Octets() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return bytes.Clone(f.b)
}

// Closed says whether the file was closed.
func (f *File) Closed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

// Stereo reads the two sides of a recording as WAV, and its rate in samples a
// second.
func Stereo(t testing.TB, name string) (left, right []int16, rate int) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	data := Sound(t, b)
	if n := binary.LittleEndian.Uint16(b[22:]); n != 2 {
		t.Fatalf("%d channels, want 2", n)
	}
	for i := 0; i+3 < len(data); i += 4 {
		left = append(left, int16(binary.LittleEndian.Uint16(data[i:])))
		right = append(right, int16(binary.LittleEndian.Uint16(data[i+2:])))
	}
	return left, right, int(binary.LittleEndian.Uint32(b[24:]))
}

// Sound returns the octets of sound that the header of a recording as WAV speaks of.
func Sound(t testing.TB, b []byte) []byte {
	t.Helper()
	le := binary.LittleEndian
	if len(b) < header || string(b[:4]) != "RIFF" || string(b[8:16]) != "WAVEfmt " || string(b[36:40]) != "data" {
		t.Fatalf("no WAV file: % x", b[:min(len(b), header)])
	}
	if code, bits := le.Uint16(b[20:]), le.Uint16(b[34:]); code != 1 || bits != 16 {
		t.Fatalf("format %d of %d bits, want PCM of 16", code, bits)
	}
	return b[header:min(len(b), header+int(le.Uint32(b[40:])))]
}
