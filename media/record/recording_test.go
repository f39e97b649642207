package record

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem/codecs"
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

func TestChecksumStandsBesideARecording(t *testing.T) {
	for _, format := range []Format{WAV, Ogg} {
		t.Run(string(format), func(t *testing.T) {
			folder := t.TempDir()
			r := newTestRecorder(t, Config{Folder: folder, Format: format, Checksums: true})
			events, result := ended(t)
			rec, err := r.Open(Options{Name: "c7", Rate: codecs.Rate8k, Channels: 2, Events: events})
			if err != nil {
				t.Fatal(err)
			}
			rec.WriteStereo(ramp(0, 8000))
			rec.Close()
			got := result()
			if got.Err != nil {
				t.Fatal(got.Err)
			}
			whole, err := os.ReadFile(filepath.Join(folder, got.Name))
			if err != nil {
				t.Fatal(err)
			}
			line, err := os.ReadFile(filepath.Join(folder, got.Name+".sha256"))
			if want := fmt.Sprintf("%x  %s\n", sha256.Sum256(whole), got.Name); string(line) != want {
				t.Errorf("beside it is %q (%v), want %q", line, err, want)
			}
		})
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

// oggStream is what is in an Ogg Opus file.
type oggStream struct {
	head, tags []byte
	packets    [][]byte
	granule    uint64
	flags      []byte
}

func (o *oggStream) length() time.Duration {
	if len(o.head) == 0 || o.granule < oggPreSkip {
		return 0
	}
	return time.Duration(o.granule-oggPreSkip) * time.Second / oggRate
}

// readOgg takes pages apart and checks each.
func readOgg(t testing.TB, b []byte) *oggStream {
	t.Helper()
	o := &oggStream{}
	var all [][]byte
	for page := 0; len(b) >= 27; page++ {
		segments := int(b[26])
		if string(b[:4]) != "OggS" || len(b) < 27+segments {
			t.Fatalf("page %d is none", page)
		}
		size := 27 + segments
		for _, n := range b[27 : 27+segments] {
			size += int(n)
		}
		if len(b) < size {
			break
		}
		p := bytes.Clone(b[:size])
		if sum := binary.LittleEndian.Uint32(p[22:]); true {
			clear(p[22:26])
			if sum != oggChecksum(p) || binary.LittleEndian.Uint32(p[18:]) != uint32(page) {
				t.Fatalf("page %d: wrong checksum or number", page)
			}
		}
		o.granule = binary.LittleEndian.Uint64(p[6:])
		o.flags = append(o.flags, p[5])
		body := p[27+segments:]
		var packet []byte
		for _, n := range p[27 : 27+segments] {
			packet = append(packet, body[:n]...)
			body = body[n:]
			if n < 255 {
				all, packet = append(all, packet), nil
			}
		}
		b = b[size:]
	}
	if len(all) >= 2 {
		o.head, o.tags, o.packets = all[0], all[1], all[2:]
	}
	return o
}

// decode returns the two channels.
func (o *oggStream) decode(t testing.TB, rate codecs.Rate) (out [2][]int16) {
	t.Helper()
	for c := range 2 {
		d, err := codecs.NewOpusDecoder(rate)
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int16, rate.MaxFrame())
		for i, p := range o.packets {
			n, at := int(p[1]), 2
			if n >= 252 {
				n, at = n+4*int(p[2]), 3
			}
			one := append([]byte{p[0]}, p[at:at+n]...)
			if c == 1 {
				one = p[at+n:]
			}
			n, err := d.Decode(pcm, one)
			if err != nil || n != rate.Frame() {
				t.Fatalf("packet %d of channel %d: %d samples, %v", i, c, n, err)
			}
			out[c] = append(out[c], pcm[:n]...)
		}
	}
	return out
}

func TestOggHoldsBothSides(t *testing.T) {
	for _, rate := range []codecs.Rate{8000, 16000} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			folder := t.TempDir()
			r := newTestRecorder(t, Config{Folder: folder, Format: Ogg})
			events, wait := ended(t)
			rec, err := r.Open(Options{Name: "x", Rate: rate, Channels: 2, Events: events})
			if err != nil {
				t.Fatal(err)
			}
			// 440 Hz on the left for a second, then 1000 Hz on the right, and 13 ms.
			left, _ := codecs.NewTone(rate, codecs.Spec{Times: 1, Steps: []codecs.Step{{Length: time.Second, Sines: [2]codecs.Sine{{Hz: 440, Level: -10}}}}})
			right, _ := codecs.NewTone(rate, codecs.Spec{Times: 1, Steps: []codecs.Step{{Length: time.Second}, {Length: time.Second, Sines: [2]codecs.Sine{{Hz: 1000, Level: -10}}}}})
			total := rate.Samples(2013 * time.Millisecond)
			l, q, both := make([]int16, total), make([]int16, total), make([]int16, 2*total)
			left.Frame(l)
			right.Frame(q)
			for i := range total {
				both[2*i], both[2*i+1] = l[i], q[i]
			}
			for n := 2 * 160; len(both) > 0; {
				n = min(n, len(both))
				rec.WriteStereo(both[:n])
				both = both[n:]
			}
			rec.Close()
			got := wait()
			b, err := os.ReadFile(filepath.Join(folder, got.Name))
			if err != nil {
				t.Fatal(err)
			}
			o := readOgg(t, b)
			if o.length() != 2013*time.Millisecond || got.Length != o.length() {
				t.Errorf("length %v, told %v, want 2.013 s", o.length(), got.Length)
			}
			if o.flags[0] != 2 || o.flags[len(o.flags)-1] != 4 || !bytes.HasPrefix(o.tags, []byte("OpusTags")) {
				t.Errorf("flags %v, tags %q", o.flags, o.tags)
			}
			want := append([]byte("OpusHead\x01\x02\x38\x01"), byte(rate), byte(rate>>8), 0, 0, 0, 0, 1, 2, 0, 0, 1)
			if !bytes.Equal(o.head, want) {
				t.Errorf("head %x, want %x", o.head, want)
			}
			sides := o.decode(t, rate)
			loud := func(pcm []int16, from, to float64) (sum float64) {
				skip := oggPreSkip * int(rate) / oggRate
				part := pcm[skip+int(from*float64(rate)) : skip+int(to*float64(rate))]
				for _, v := range part {
					sum += float64(v) * float64(v)
				}
				return sum / float64(len(part))
			}
			if a, b := loud(sides[0], 0.1, 0.9), loud(sides[0], 1.1, 1.9); a < 1e6 || b > a/1e4 {
				t.Errorf("left: %g then %g", a, b)
			}
			if a, b := loud(sides[1], 0.1, 0.9), loud(sides[1], 1.1, 1.9); b < 1e6 || a > b/1e4 {
				t.Errorf("right: %g then %g", a, b)
			}
		})
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

// The header of a WAV counts octets in 32 bits (4 GiB): a file ends before it says less than it holds.
func TestAWAVIsNoLongerThanItsHeaderCanSay(t *testing.T) {
	r := newTestRecorder(t, Config{Create: func(string) (File, error) { return &recordtest.File{}, nil }})
	for _, rate := range []codecs.Rate{codecs.Rate8k, codecs.Rate16k, codecs.Rate48k} {
		for channels := 1; channels <= 2; channels++ {
			events, wait := ended(t)
			rec, err := r.Open(Options{Rate: rate, Channels: channels, Events: events})
			if err != nil {
				t.Fatal(err)
			}
			// As if it had lasted until one second fits no more.
			full := int64(math.MaxUint32-wavHeader)/2 - int64(int(rate)*channels)
			rec.written = full
			rec.patched = full
			second := make([]int16, int(rate)*channels)
			rec.write(second)
			rec.Close()
			got := wait()
			if sixteen := rec.samples(maxRecording); full < sixteen && got.Err == nil {
				t.Errorf("%d channels at %d: goes on after %v", channels, rate, got.Length)
			}
			if octets := 2 * int64(got.Length/time.Second) * int64(rate) * int64(channels); octets+wavHeader > math.MaxUint32 {
				t.Errorf("%d channels at %d: %d octets", channels, rate, octets)
			}
		}
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
