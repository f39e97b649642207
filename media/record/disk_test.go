package record

import (
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/record/recordtest"
)

func TestSlowDiskDropsButKeepsTime(t *testing.T) {
	f := &recordtest.File{Gate: make(chan struct{})}
	r := newTestRecorder(t, Config{Create: func(string) (File, error) { return f, nil }})
	events, wait := ended(t)
	rec, err := r.Open(Options{Rate: 8000, Channels: 2, Events: events})
	if err != nil {
		t.Fatal(err)
	}
	const frames = 500 // 10 s while the disk stands still
	for i := range frames {
		rec.WriteStereo(ramp(160*i%16000, 160))
	}
	close(f.Gate)
	rec.Close()
	got := wait()
	if got.Length != frames*20*time.Millisecond {
		t.Errorf("length %v, want 10 s: time must not be lost", got.Length)
	}
	if got.Dropped < 6*time.Second || got.Dropped > 8*time.Second {
		t.Errorf("%v were dropped, want all but the buffer of 3 s and what was on its way", got.Dropped)
	}
	if n := len(recordtest.Sound(t, f.Octets())); n != frames*160*4 {
		t.Errorf("%d octets of sound", n)
	}
}

func TestFullDiskEndsTheRecording(t *testing.T) {
	for _, format := range []Format{WAV, Ogg} {
		t.Run(string(format), func(t *testing.T) {
			f := &recordtest.File{Room: 9000}
			r := newTestRecorder(t, Config{Format: format, Create: func(string) (File, error) { return f, nil }})
			events, wait := ended(t)
			failed := make(chan error, 1)
			events.Failed = func(err error) { failed <- err }
			rec, err := r.Open(Options{Rate: 8000, Channels: 2, Events: events})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 700 {
				rec.WriteStereo(ramp(i*160, 160))
				if i%100 == 99 {
					runtime.Gosched() // the writers have a turn
				}
			}
			rec.Close()
			got := wait()
			if err := <-failed; !errors.Is(err, syscall.ENOSPC) || !errors.Is(got.Err, syscall.ENOSPC) || !strings.Contains(err.Error(), "disk is full") {
				t.Errorf("failed with %v, result %v", err, got.Err)
			}
			if !f.Closed() || !rec.Over() {
				t.Error("the file was left open")
			}
			rec.WriteStereo(ramp(0, 160))
			if format == WAV {
				if n := len(recordtest.Sound(t, f.Octets())); n < 8000 {
					t.Errorf("%d octets of what was written can be read", n)
				}
			}
		})
	}
}

func TestRecordingIsReadableAfterACrash(t *testing.T) {
	for _, format := range []Format{WAV, Ogg} {
		t.Run(string(format), func(t *testing.T) {
			f := &recordtest.File{}
			r := newTestRecorder(t, Config{Format: format, Create: func(string) (File, error) { return f, nil }})
			rec, err := r.Open(Options{Rate: 8000, Channels: 2})
			if err != nil {
				t.Fatal(err)
			}
			sound := time.Duration(0)
			for i := 0; sound < 6*time.Second; i++ { // 8 s are given, the rest may still wait
				if i < 400 {
					rec.WriteStereo(ramp(i, 160))
				}
				b := f.Octets()
				if format == Ogg {
					sound = readOgg(t, b).length()
				} else if len(b) > 44 {
					sound = time.Duration(binary.LittleEndian.Uint32(b[40:])) * time.Second / 32000
				}
				if i > 400 && sound < 5*time.Second { // the writers need a moment
					runtime.Gosched()
				} else if i > 400 {
					break
				}
				if i > 2000000 {
					t.Fatalf("the header says %v", sound)
				}
			}
			rec.Close()
		})
	}
}

// slowEnd is a file that takes long to close, as one does of which a checksum is made.
type slowEnd struct {
	recordtest.File
	gate chan struct{}
}

func (f *slowEnd) Close() error {
	<-f.gate
	return f.File.Close()
}

// Recordings that end, however long that takes, do not hold up those that go on.
func TestRecordingsThatEndHoldUpNoOther(t *testing.T) {
	gate := make(chan struct{})
	r := newTestRecorder(t, Config{Create: func(string) (File, error) { return &slowEnd{gate: gate}, nil }})
	open := func() *Recording {
		rec, err := r.Open(Options{Rate: 8000, Channels: 2})
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	for range 3 {
		rec := open()
		rec.WriteStereo(ramp(0, 160))
		rec.Close()
	}
	f := &slowEnd{gate: gate}
	events, wait := ended(t)
	rec, err := r.Open(Options{Rate: 8000, Channels: 2, Events: events, Create: func() (File, error) { return f, nil }})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 { // 4 s, and 3 s may wait
		rec.WriteStereo(ramp(160*i%16000, 160))
		if i == 99 {
			for began := time.Now(); len(f.Octets()) < 44+40*640 && time.Since(began) < 5*time.Second; {
				runtime.Gosched()
			}
		}
	}
	close(gate)
	rec.Close()
	if got := wait(); got.Dropped != 0 || got.Length != 4*time.Second {
		t.Errorf("%v of %v were dropped while others ended", got.Dropped, got.Length)
	}
}
