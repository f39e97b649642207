package record

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/media/record/recordtest"
)

// newTestRecorder returns a Recorder that is closed with the test.
func newTestRecorder(t testing.TB, c Config) *Recorder {
	t.Helper()
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return r
}

// ended returns events that keep what a recording came to, and what waits for it.
func ended(t testing.TB) (Events, func() Result) {
	done := make(chan Result, 1)
	return Events{Closed: func(r Result) { done <- r }}, func() Result {
		t.Helper()
		select {
		case r := <-done:
			return r
		case <-time.After(20 * time.Second):
			t.Fatal("the recording was not closed")
		}
		return Result{}
	}
}

// ramp returns stereo samples from n on that tell where they are.
func ramp(n, length int) []int16 {
	pcm := make([]int16, 2*length)
	for i := range length {
		pcm[2*i], pcm[2*i+1] = int16(n+i), int16(-(n + i))
	}
	return pcm
}

func TestRecordingHoldsWhatWasWritten(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "recordings")
	r := newTestRecorder(t, Config{Folder: folder})
	events, wait := ended(t)
	rec, err := r.Open(Options{Name: "../c4/11", Rate: 8000, Channels: 2, Events: events})
	if err != nil {
		t.Fatal(err)
	}
	const frames = 110
	for i := range frames {
		rec.Pause(i >= 50 && i < 60)
		rec.WriteStereo(ramp(160*i, 160))
	}
	rec.Close()
	rec.Close()
	rec.WriteStereo(ramp(0, 160)) // nothing
	got := wait()
	if got.Err != nil || got.Length != frames*20*time.Millisecond || got.Dropped != 0 || !strings.HasSuffix(got.Name, "-c411.wav") {
		t.Errorf("%+v", got)
	}
	left, right, rate := recordtest.Stereo(t, filepath.Join(folder, got.Name))
	if len(left) != frames*160 || rate != 8000 {
		t.Fatalf("%d samples at %d", len(left), rate)
	}
	for i := range left {
		want := int16(i)
		if i >= 50*160 && i < 60*160 {
			want = 0
		}
		if left[i] != want || right[i] != -want {
			t.Fatalf("sample %d is %d, %d", i, left[i], right[i])
		}
	}
	info, _ := os.Stat(filepath.Join(folder, got.Name))
	if info.Mode().Perm() != 0o600 {
		t.Errorf("file mode %v", info.Mode())
	}
	if info, _ = os.Stat(folder); info.Mode().Perm() != 0o700 {
		t.Errorf("folder mode %v", info.Mode())
	}
}

func TestRecordingsOfOneMomentHaveTheirOwnFiles(t *testing.T) {
	folder := t.TempDir()
	r := newTestRecorder(t, Config{Folder: folder})
	for range 3 {
		events, wait := ended(t)
		rec, err := r.Open(Options{Name: "room", Rate: 16000, Channels: 1, Events: events})
		if err != nil {
			t.Fatal(err)
		}
		rec.began = time.Unix(1e9, 0)
		rec.WriteMono(make([]int16, 320))
		rec.Close()
		wait()
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*-room*.wav"))
	if len(files) != 3 {
		t.Errorf("files %v", files)
	}
}

func TestRecordingAllocatesNothing(t *testing.T) {
	f := &recordtest.File{}
	r := newTestRecorder(t, Config{Create: func(string) (File, error) { return f, nil }})
	rec, err := r.Open(Options{Rate: 8000, Channels: 2})
	if err != nil {
		t.Fatal(err)
	}
	pcm := ramp(0, 160)
	rec.limit = 1 << 20 // nothing is written meanwhile
	rec.queued = true
	rec.WriteStereo(pcm)
	if n := testing.AllocsPerRun(1000, func() { rec.WriteStereo(pcm) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
	rec.mu.Lock()
	rec.queued = false
	rec.mu.Unlock()
	rec.Close()
}

func TestRecorderIsBounded(t *testing.T) {
	r, err := New(Config{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for range maxRecordings {
		if _, err := r.Open(Options{Rate: 8000, Channels: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Open(Options{Rate: 8000, Channels: 1}); err == nil {
		t.Error("one too many was opened")
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Open(Options{Rate: 8000, Channels: 1}); !errors.Is(err, ErrClosed) {
		t.Errorf("opened after Close: %v", err)
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}
