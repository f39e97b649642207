package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/message"
)

func openMessages(t *testing.T, c MessagesConfig) *Messages {
	t.Helper()
	m, err := OpenMessages(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func keptFor(user, text string) message.Kept {
	at := time.Now().Add(-time.Minute).UTC()
	return message.Kept{
		To: user, From: tandem.Address{Name: `An"n`, User: "1001"}, At: at, Until: at.Add(time.Hour), Type: "text/plain;charset=UTF-8", Body: []byte(text),
	}
}

// texts are the bodies of what is kept for a user, in order.
func texts(m *Messages, user string) (out []string) {
	for id := ""; ; {
		k, ok := m.Next(time.Now(), user, id)
		if !ok {
			return out
		}
		out, id = append(out, string(k.Body)), k.ID
	}
}

func TestMessagesOutliveTheProcessInOrder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "messages")
	m := openMessages(t, MessagesConfig{Dir: dir})
	var first message.Kept
	for i := range 5 {
		k := keptFor("1002", fmt.Sprintf("%d\r\nnéxt\x00", i))
		if i > 0 {
			k.At = first.At // the same instant, or a clock that went back
		}
		id, err := m.Keep(k)
		if err != nil {
			t.Fatal(err)
		}
		if k.ID = id; i == 0 {
			first = k
		}
	}
	if _, err := m.Keep(keptFor("an/../other", "x")); err != nil {
		t.Fatal(err)
	}
	again := openMessages(t, MessagesConfig{Dir: dir})
	if got := texts(again, "1002"); len(got) != 5 || got[0] != "0\r\nnéxt\x00" || got[4] != "4\r\nnéxt\x00" {
		t.Errorf("after a start there is %q", got)
	}
	k, _ := again.Next(time.Now(), "1002", "")
	if diff := cmp.Diff(first, k); diff != "" {
		t.Errorf("the first message came back otherwise (-want +got):\n%s", diff)
	}
	if got := texts(again, "an/../other"); len(got) != 1 {
		t.Errorf("the user with an odd name has %q", got)
	}
	if again.Count("1002") != 5 || again.Total() != 6 {
		t.Errorf("counts are %d and %d, want 5 and 6", again.Count("1002"), again.Total())
	}
	id, err := again.Keep(keptFor("1002", "later"))
	if err != nil || id <= k.ID {
		t.Errorf("a message after a start is named %q, %v, not after %q", id, err, k.ID)
	}
}

func TestDroppedMessagesAreGone(t *testing.T) {
	dir := t.TempDir()
	m := openMessages(t, MessagesConfig{Dir: dir})
	a, _ := m.Keep(keptFor("1002", "a"))
	if _, err := m.Keep(keptFor("1002", "b")); err != nil {
		t.Fatal(err)
	}
	m.Drop("1002", a)
	m.Drop("1002", a)
	m.Drop("1003", a)
	if got := texts(m, "1002"); len(got) != 1 || got[0] != "b" {
		t.Errorf("left is %q, want b", got)
	}
	if got := texts(openMessages(t, MessagesConfig{Dir: dir}), "1002"); len(got) != 1 {
		t.Errorf("after a start there is %q, want b", got)
	}
	k, _ := m.Next(time.Now(), "1002", "")
	m.Drop("1002", k.ID)
	if _, err := os.Stat(filepath.Join(dir, "1002")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the empty folder is still there: %v", err)
	}
}

func TestMessagesAreBounded(t *testing.T) {
	m := openMessages(t, MessagesConfig{Dir: t.TempDir(), PerUser: 2, Total: 3})
	for _, c := range []struct {
		user string
		want error
	}{{"a", nil}, {"a", nil}, {"a", ErrNoRoom}, {"b", nil}, {"c", ErrNoRoom}} {
		if _, err := m.Keep(keptFor(c.user, "x")); !errors.Is(err, c.want) {
			t.Errorf("Keep for %s = %v, want %v", c.user, err, c.want)
		}
	}
}

func TestMessagesPastTheirTimeMakeRoom(t *testing.T) {
	dir := t.TempDir()
	m := openMessages(t, MessagesConfig{Dir: dir, PerUser: 1, Total: 2})
	old := keptFor("a", "old")
	old.Until = time.Now().Add(-time.Second)
	if _, err := m.Keep(old); err != nil {
		t.Fatal(err)
	}
	if _, ok := m.Next(time.Now(), "a", ""); ok || m.Count("a") != 0 {
		t.Error("a message past its time is still handed out")
	}
	if _, err := m.Keep(keptFor("a", "new")); err != nil {
		t.Errorf("it takes the room of another one: %v", err)
	}
	old.To = "b"
	if _, err := m.Keep(old); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Keep(keptFor("c", "new")); err != nil {
		t.Errorf("it takes the room of another user's: %v", err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*", "*")); len(files) != 2 {
		t.Errorf("files are %v, want the two that count", files)
	}
}

func TestTornFilesAreNotHandedOut(t *testing.T) {
	dir := t.TempDir()
	m := openMessages(t, MessagesConfig{Dir: dir})
	a, _ := m.Keep(keptFor("1002", "first"))
	if _, err := m.Keep(keptFor("1002", "second")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "1002", a)
	if err := os.Truncate(path, 40); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, "1002", strings.Repeat("0", 16)+unfinished)
	if err := os.WriteFile(half, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := texts(m, "1002"); len(got) != 1 || got[0] != "second" {
		t.Errorf("handed out are %q", got)
	}
	if got := texts(openMessages(t, MessagesConfig{Dir: dir}), "1002"); len(got) != 1 || got[0] != "second" {
		t.Errorf("handed out after a start are %q", got)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the torn file is gone, and nobody can look at it: %v", err)
	}
	if _, err := os.Stat(half); err == nil {
		t.Error("the half-written file is still there")
	}
	info, err := os.Stat(filepath.Join(dir, "1002"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder can be read by others: %v %v", info.Mode(), err)
	}
}

func TestMessagesAreKeptFromSeveralSides(t *testing.T) {
	m := openMessages(t, MessagesConfig{Dir: t.TempDir()})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10 {
				id, err := m.Keep(keptFor("1002", "x"))
				if err != nil {
					t.Error(err)
				}
				m.Drop("1002", id)
			}
		})
	}
	wg.Wait()
	if m.Total() != 0 {
		t.Errorf("%d messages are left", m.Total())
	}
}
