package store

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/media/sound"
)

func openVoicemail(t *testing.T, dir string, before func(string) error) *Voicemail {
	t.Helper()
	v, err := OpenVoicemail(VoicemailConfig{Dir: dir, before: before})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wavBytes is a header that says nothing of its length, and seconds of sound.
func wavBytes(seconds int) (head, sound []byte) {
	le := binary.LittleEndian
	head = append(head, "RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	head = le.AppendUint32(head, 8000)
	head = le.AppendUint32(head, 16000)
	head = append(head, "\x02\x00\x10\x00data\x00\x00\x00\x00"...)
	for i := range 8000 * seconds {
		sound = le.AppendUint16(sound, uint16(int16(6000-12000*(i/8%2))))
	}
	return head, sound
}

// dictate records what a Recorder would write.
func dictate(f record.File, seconds int) error {
	head, sound := wavBytes(seconds)
	_, err := f.Write(head)
	for len(sound) > 0 && err == nil {
		_, err = f.Write(sound[:8000])
		sound = sound[8000:]
	}
	if err == nil {
		_, err = f.WriteAt(head, 0)
	}
	return errors.Join(err, f.Close())
}

func theMessage(v *Voicemail, at time.Time) voicemail.Message {
	return voicemail.Message{
		ID: v.NewID(at), Box: "202", From: tandem.Address{Name: "Ann", User: "201"}, To: "202", At: at.UTC(),
		Folder: voicemail.FolderNew, Letter: &voicemail.Letter{Tries: 1, Error: "x"},
	}
}

// leave records and delivers a message.
func leave(t *testing.T, v *Voicemail, at time.Time, seconds int, cut time.Duration) voicemail.Message {
	t.Helper()
	m := theMessage(v, at)
	f, err := v.Draft(m)
	if err == nil {
		err = dictate(f, seconds)
	}
	if err == nil {
		m, err = v.Deliver(m, cut)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func lengthOf(t *testing.T, file io.ReadCloser, err error) time.Duration {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	clip, err := sound.OpenWAV(file)
	if err != nil {
		t.Fatal(err)
	}
	return clip.Length()
}

func TestVoicemailOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	v := openVoicemail(t, dir, nil)
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	m := leave(t, v, at, 3, time.Second)
	if m.Length != 2*time.Second {
		t.Errorf("3 s less 1 s is %v", m.Length)
	}
	second := leave(t, v, at, 1, 0)
	if second.ID <= m.ID {
		t.Errorf("IDs %s and %s", m.ID, second.ID)
	}
	if err := v.Update("202", m.ID, func(m *voicemail.Message) { m.Folder, m.Letter = voicemail.FolderSaved, nil }); err != nil {
		t.Fatal(err)
	}
	m.Folder, m.Letter = voicemail.FolderSaved, nil
	settings := voicemail.Settings{PIN: voicemail.Proof{Salt: []byte{1}, Hash: []byte{2}, Instead: []byte{3}}}
	if err := v.Set("202", settings); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		v = openVoicemail(t, dir, nil)
		if diff := cmp.Diff([]voicemail.Message{m, second}, v.Messages("202")); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if diff := cmp.Diff(settings, v.Settings("202")); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	sound, err := v.Sound("202", m.ID)
	if got := lengthOf(t, sound, err); got != 2*time.Second {
		t.Errorf("%v of sound", got)
	}
	if err := v.Delete("202", m.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Sound("202", m.ID); !errors.Is(err, voicemail.ErrGone) {
		t.Errorf("a deleted message: %v", err)
	}
	if err := v.Update("202", m.ID, func(*voicemail.Message) {}); !errors.Is(err, voicemail.ErrGone) {
		t.Errorf("a deleted message: %v", err)
	}
	if files := tree(t, dir); len(files) != 3 { // the second message, and the settings
		t.Errorf("there is %v", files)
	}
	for _, f := range tree(t, dir) {
		if info, err := os.Stat(filepath.Join(dir, f)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f, info.Mode(), err)
		}
	}
}

// tree lists all files below a folder.
func tree(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			files = append(files, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// story is what a process does until it is killed, and what it was told is done.
type story struct {
	delivered, saved, deleted, greeted, set bool
	sound                                   bool // a part of it was written
	message                                 voicemail.Message
}

var errKilled = errors.New("killed")

// live does things with voicemail until the change of that number, and nothing from
// then on. It returns what it came to; over says that it was not killed.
func live(t *testing.T, dir string, change int) (s story, over bool) {
	t.Helper()
	done := 0
	v := openVoicemail(t, dir, func(what string) error {
		if done++; done > change {
			return errKilled
		}
		s.sound = s.sound || strings.HasPrefix(what, "sound") && done > 4
		return nil
	})
	m := theMessage(v, time.Now())
	s.message = m
	f, err := v.Draft(m)
	if err == nil {
		err = dictate(f, 2)
	}
	if err != nil {
		return s, false
	}
	if _, err = v.Deliver(m, 0); err != nil {
		return s, false
	}
	s.delivered = true
	if f, err = v.DraftGreeting("202", voicemail.GreetingAway); err == nil {
		err = dictate(f, 1)
	}
	if err == nil {
		err = v.KeepGreeting("202", voicemail.GreetingAway)
	}
	s.greeted = err == nil
	if err == nil {
		err = v.Set("202", voicemail.Settings{PIN: voicemail.Proof{Hash: []byte{7}}})
		s.set = err == nil
	}
	if err == nil {
		err = v.Update("202", m.ID, func(m *voicemail.Message) { m.Folder = voicemail.FolderSaved })
		s.saved = err == nil
	}
	if err == nil {
		err = v.Delete("202", m.ID)
		s.deleted = err == nil
	}
	return s, err == nil && done <= change
}

// The process is killed between any two changes of the disk, and in the midst of
// writing sound.
func TestVoicemailLosesNothingWhenItIsKilledAtAnyMoment(t *testing.T) {
	for change := 0; ; change++ {
		dir := t.TempDir()
		s, over := live(t, dir, change)
		for again := range 2 {
			v := openVoicemail(t, dir, nil)
			all := v.Messages("202")
			switch {
			case s.deleted && len(all) != 0:
				t.Errorf("killed at %d: what was deleted is back", change)
			case s.deleted:
			case s.sound && !s.saved && len(all) != 1, s.saved && len(all) > 1:
				t.Errorf("killed at %d, opened %d: %d messages, want the one", change, again, len(all))
			case len(all) > 1: // half of a stretch of sound is one, too
				t.Errorf("killed at %d: %d messages", change, len(all))
			}
			for _, m := range all {
				sound, err := v.Sound("202", m.ID)
				got := lengthOf(t, sound, err)
				if m.ID != s.message.ID || m.From != s.message.From || got != m.Length || got == 0 || s.delivered && got != 2*time.Second {
					t.Errorf("killed at %d: %+v with %v of sound", change, m, got)
				}
				if s.saved && m.Folder != voicemail.FolderSaved {
					t.Errorf("killed at %d: in %q", change, m.Folder)
				}
			}
			if g, err := v.Greeting("202", voicemail.GreetingAway); s.greeted {
				if got := lengthOf(t, g, err); got != time.Second {
					t.Errorf("killed at %d: greeting of %v", change, got)
				}
			} else if err == nil {
				_ = g.Close()
			}
			if s.set && len(v.Settings("202").PIN.Hash) == 0 {
				t.Errorf("killed at %d: the PIN is lost", change)
			}
			for _, f := range tree(t, dir) {
				if strings.HasPrefix(f, "incoming") || strings.HasSuffix(f, unfinished) {
					t.Errorf("killed at %d: %s is left", change, f)
				}
			}
		}
		if over {
			if change < 20 {
				t.Errorf("only %d changes", change)
			}
			return
		}
	}
}

func TestVoicemailThatCannotBeReadIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	v := openVoicemail(t, dir, nil)
	m := leave(t, v, time.Now(), 2, 0)
	path := v.file("202", m.ID+".json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	v = openVoicemail(t, dir, nil)
	if len(v.Messages("202")) != 0 {
		t.Error("a torn note is a message")
	}
	if len(tree(t, dir)) != 2 {
		t.Errorf("there is %v", tree(t, dir))
	}
}

func FuzzVoicemailNotes(f *testing.F) {
	f.Add([]byte(`{"box":"202","from":"201","at":"2026-11-21T09:00:00Z","ms":2000,"folder":"new"}`))
	f.Add([]byte(`{"box":"../x","mail":{"tries":-1}}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(dir, "0000000000000001.json")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := readNote(path)
		if err == nil && m.Box == "" {
			t.Error("a message of no box")
		}
	})
}
