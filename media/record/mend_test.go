package record

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/record/recordtest"
)

// killedIn says in which folder, and how, a process records that is to be killed: the test
// starts itself anew.
const killedIn, killedAs = "TANDEM_TEST_RECORD_IN", "TANDEM_TEST_RECORD_AS"

func TestMain(m *testing.M) {
	if folder := os.Getenv(killedIn); folder != "" {
		recordForEver(folder, Format(os.Getenv(killedAs)))
	}
	os.Exit(m.Run())
}

// recordForEver records 2 s, says when they are in the file, and ends no recording.
func recordForEver(folder string, format Format) {
	r, err := New(Config{Folder: folder, Format: format, Checksums: true})
	if err != nil {
		panic(err)
	}
	opened := make(chan string, 1)
	rec, err := r.Open(Options{Name: "killed", Rate: 8000, Channels: 2, Events: Events{Opened: func(name string) { opened <- name }}})
	if err != nil {
		panic(err)
	}
	for i := range 100 {
		rec.WriteStereo(ramp(160*i, 160))
	}
	name := <-opened
	for there := false; !there; runtime.Gosched() {
		b, _ := os.ReadFile(filepath.Join(folder, name))
		there = len(b) == wavHeader+2*8000*4 || bytes.Count(b, []byte("OggS")) == 4
	}
	fmt.Println(name)
	_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
}

// killed records in a process that is killed, and returns the name of what it leaves.
func killed(t *testing.T, folder string, format Format) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), killedIn+"="+folder, killedAs+"="+string(format))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(out)
	said.Scan()
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if said.Text() == "" {
		t.Fatal("it recorded nothing")
	}
	return said.Text()
}

func TestARecordingOfAKilledProcessIsMended(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no locks that end with a process")
	}
	for _, format := range []Format{WAV, Ogg} {
		t.Run(string(format), func(t *testing.T) {
			folder := t.TempDir()
			name := killed(t, folder, format)
			path := filepath.Join(folder, name)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if format == WAV && len(recordtest.Sound(t, before)) != 0 {
				t.Error("the header speaks of sound already: nothing is to be mended")
			}
			// A machine that stops leaves the last write in part.
			torn := map[Format][]byte{WAV: {1, 2, 3}, Ogg: before[:len(before)/2]}[format]
			if err := os.WriteFile(path, append(bytes.Clone(before), torn...), 0o600); err != nil {
				t.Fatal(err)
			}
			r := newTestRecorder(t, Config{Folder: folder, Format: format, Checksums: true})
			if n := r.Mend(t.Context()); n != 1 {
				t.Errorf("%d were mended", n)
			}
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if format == Ogg {
				checkMendedOgg(t, after)
			} else {
				checkMendedWAV(t, path)
			}
			if len(after) != len(before) {
				t.Errorf("%d octets of %d", len(after), len(before))
			}
			line, err := os.ReadFile(path + ".sha256")
			if want := fmt.Sprintf("%x  %s\n", sha256.Sum256(after), name); string(line) != want {
				t.Errorf("beside it is %q (%v), want %q", line, err, want)
			}
			if n := r.Mend(t.Context()); n != 0 {
				t.Errorf("%d were mended again", n)
			}
		})
	}
}

func checkMendedWAV(t *testing.T, path string) {
	t.Helper()
	left, right, rate := recordtest.Stereo(t, path)
	if len(left) != 2*8000 || rate != 8000 {
		t.Fatalf("%d samples at %d, want 2 s", len(left), rate)
	}
	for i := range left {
		if left[i] != int16(i) || right[i] != -int16(i) {
			t.Fatalf("sample %d is %d, %d", i, left[i], right[i])
		}
	}
}

func checkMendedOgg(t *testing.T, b []byte) {
	t.Helper()
	o := readOgg(t, b)
	if got := o.length(); got < 2*time.Second-10*time.Millisecond || got > 2*time.Second {
		t.Errorf("it lasts %v, want 2 s", got)
	}
	if last := o.flags[len(o.flags)-1]; last != oggLast || o.flags[0] != 2 {
		t.Errorf("flags %v, want the last page to say so", o.flags)
	}
	o.decode(t, codecs.Rate8k)
}

// What goes on is not touched, neither in this process nor, as after an upgrade that lets
// calls end, in another; and is no more than marked.
func TestARecordingThatGoesOnIsNotMended(t *testing.T) {
	folder := t.TempDir()
	r := newTestRecorder(t, Config{Folder: folder})
	events, wait := ended(t)
	opened := make(chan string, 1)
	events.Opened = func(name string) { opened <- name }
	rec, err := r.Open(Options{Rate: 8000, Channels: 2, Events: events})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		rec.WriteStereo(ramp(160*i, 160))
	}
	name := <-opened
	other := newTestRecorder(t, Config{Folder: folder})
	if n := other.Mend(t.Context()); n != 0 {
		t.Errorf("%d were mended", n)
	}
	mark := filepath.Join(folder, unfinishedFolder, name)
	if _, err := os.Stat(mark); err != nil {
		t.Errorf("the mark is gone: %v", err)
	}
	rec.Close()
	if got := wait(); got.Err != nil || got.Length != time.Second {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(mark); !os.IsNotExist(err) {
		t.Errorf("the mark of a recording that is whole is there: %v", err)
	}
}

// What is not ours, or holds nothing, is left as it is; nothing outside of the folder is
// touched.
func TestOnlyOurRecordingsAreMended(t *testing.T) {
	folder, outside := t.TempDir(), filepath.Join(t.TempDir(), "outside.wav")
	marks := filepath.Join(folder, unfinishedFolder)
	if err := os.Mkdir(marks, 0o700); err != nil {
		t.Fatal(err)
	}
	foreign := "RIFF____WAVEfmt " + strings.Repeat("x", 100)
	files := map[string]string{"foreign.wav": foreign, "short.wav": "RIFF", "no.ogg": foreign, "notes.txt": foreign, "empty.wav": ""}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := &wavFile{rate: 8000, channels: 1}
	out := string(w.header()) + "0123456789"
	if err := os.WriteFile(outside, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(folder, "link.wav")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"foreign.wav", "short.wav", "no.ogg", "notes.txt", "empty.wav", "link.wav", "gone.wav"} {
		mark := filepath.Join(marks, name)
		if err := os.WriteFile(mark, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		long := time.Now().Add(-2 * emptyRest)
		if err := os.Chtimes(mark, long, long); err != nil {
			t.Fatal(err)
		}
	}
	r := newTestRecorder(t, Config{Folder: folder})
	if n := r.Mend(t.Context()); n != 0 {
		t.Errorf("%d were mended", n)
	}
	for name, text := range files {
		if b, err := os.ReadFile(filepath.Join(folder, name)); string(b) != text {
			t.Errorf("%s is %q, %v", name, b, err)
		}
	}
	if b, _ := os.ReadFile(outside); string(b) != out {
		t.Errorf("what a link led to is %q", b)
	}
	if _, err := os.Stat(filepath.Join(marks, "gone.wav")); !os.IsNotExist(err) {
		t.Errorf("the mark of what is not there stays: %v", err)
	}
}
