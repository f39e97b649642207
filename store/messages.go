package store

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem/signaling/message"
)

var _ message.Keeper = (*Messages)(nil)

// ErrNoRoom says that as many messages are kept as may be.
var ErrNoRoom = errors.New("no room for another message")

// MessagesConfig is what Messages are opened with.
type MessagesConfig struct {
	// Dir is their folder; it is made where it is not there. Required.
	Dir string
	// PerUser and Total bound the messages; zero means 100 and 10000.
	PerUser, Total int
	// Log may be nil.
	Log *slog.Logger
}

// Messages keeps text messages for users who are off. Each is a file of its own in
// a folder of its user:
//
//	messages/1002/187a2c9d3f4e5a60    {"from":"1001","type":"text/plain",...} newline body
//
// A file is written under another name, synced and renamed: it is there whole or
// not at all, and once Keep returns it outlives a crash. A message that is dropped
// may come back after one: better twice than never. Messages is safe for
// concurrent use; its lock is never held while the disk is waited for.
type Messages struct {
	cfg MessagesConfig

	mu    sync.Mutex // a leaf: guards what follows
	users map[string][]entry
	total int
	last  int64 // the greatest ID given
}

// entry is a message as it is known without reading its file.
type entry struct {
	id    string
	until time.Time
}

// OpenMessages reads what is kept in the folder, and takes away what is past its
// time or was never whole.
func OpenMessages(c MessagesConfig) (*Messages, error) {
	c.PerUser, c.Total = cmp.Or(c.PerUser, 100), cmp.Or(c.Total, 10000)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	m := &Messages{cfg: c, users: make(map[string][]entry)}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open kept messages: %w", err)
	}
	folders, err := os.ReadDir(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("open kept messages: %w", err)
	}
	now := time.Now()
	for _, f := range folders {
		user, ok := unescapeName(f.Name())
		if !ok || !f.IsDir() {
			continue
		}
		if err := m.readFolder(now, user); err != nil {
			return nil, fmt.Errorf("open kept messages: %w", err)
		}
	}
	return m, nil
}

// readFolder reads what is kept for one user.
func (m *Messages) readFolder(now time.Time, user string) error {
	dir := m.folder(user)
	files, err := os.ReadDir(dir) // sorted by name: by ID
	if err != nil {
		return err
	}
	for _, f := range files {
		id := f.Name()
		path := filepath.Join(dir, id)
		at, ok := idTime(id)
		if !ok {
			if strings.HasSuffix(id, unfinished) {
				_ = os.Remove(path)
			}
			continue
		}
		k, err := readMessage(path)
		if err != nil { // a person may want to look at it
			m.cfg.Log.Warn("kept message cannot be read", "user", user, "id", id, "error", err)
			continue
		}
		if !now.Before(k.Until) {
			_ = os.Remove(path)
			continue
		}
		m.last = max(m.last, at)
		m.users[user] = append(m.users[user], entry{id, k.Until})
		m.total++
	}
	_ = os.Remove(dir) // goes only where it is empty
	return nil
}

// Keep implements message.Keeper. It errs with ErrNoRoom, or because of the disk.
func (m *Messages) Keep(k message.Kept) (string, error) {
	id, err := m.reserve(k.At, k.To)
	if err != nil {
		return "", err
	}
	k.ID = id
	err = m.write(k)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.total--
		return "", fmt.Errorf("keep message: %w", err)
	}
	m.users[k.To] = append(m.users[k.To], entry{id, k.Until})
	slices.SortFunc(m.users[k.To], func(a, b entry) int { return strings.Compare(a.id, b.id) })
	return id, nil
}

// reserve gives a message its name and counts it.
func (m *Messages) reserve(at time.Time, user string) (string, error) {
	gone := m.expired(time.Now(), user)
	m.remove(gone)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.users[user]) >= m.cfg.PerUser || m.total >= m.cfg.Total {
		return "", ErrNoRoom
	}
	m.total++
	m.last = max(m.last+1, at.UnixNano())
	return idOf(m.last), nil
}

// Next implements message.Keeper.
func (m *Messages) Next(now time.Time, user, after string) (message.Kept, bool) {
	for {
		id := m.after(now, user, after)
		if id == "" {
			return message.Kept{}, false
		}
		k, err := readMessage(m.file(user, id))
		if err == nil {
			k.ID, k.To = id, user
			return k, true
		}
		m.cfg.Log.Warn("kept message cannot be read", "user", user, "id", id, "error", err)
		m.forget(user, id)
		after = id
	}
}

// after is the name of the first message after another one.
func (m *Messages) after(now time.Time, user, after string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.users[user] {
		if e.id > after && now.Before(e.until) {
			return e.id
		}
	}
	return ""
}

// Drop implements message.Keeper.
func (m *Messages) Drop(user, id string) {
	if m.forget(user, id) {
		m.remove([]string{m.file(user, id)})
	}
}

// forget takes a message out of the table.
func (m *Messages) forget(user, id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.forgetLocked(user, func(e entry) bool { return e.id == id }) != nil
}

// forgetLocked takes out the messages of a user that match, and returns their
// files.
func (m *Messages) forgetLocked(user string, match func(entry) bool) (files []string) {
	kept := slices.DeleteFunc(m.users[user], func(e entry) bool {
		if !match(e) {
			return false
		}
		files = append(files, m.file(user, e.id))
		return true
	})
	m.total -= len(files)
	if len(kept) == 0 {
		delete(m.users, user)
	} else {
		m.users[user] = kept
	}
	return files
}

// expired takes what is past its time out of the table and returns the files: of
// one user, and of everybody where there is no room left.
func (m *Messages) expired(now time.Time, user string) (files []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	past := func(e entry) bool { return !now.Before(e.until) }
	if m.total < m.cfg.Total {
		return m.forgetLocked(user, past)
	}
	for u := range m.users {
		files = append(files, m.forgetLocked(u, past)...)
	}
	return files
}

// Count implements message.Keeper.
func (m *Messages) Count(user string) int {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, e := range m.users[user] {
		if now.Before(e.until) {
			n++
		}
	}
	return n
}

// Total returns how many messages there are.
func (m *Messages) Total() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total
}
