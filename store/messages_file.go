package store

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/message"
)

// messageHead is the first line of a message's file.
type messageHead struct {
	From     string    `json:"from"`
	FromName string    `json:"from_name,omitempty"`
	At       time.Time `json:"at"`
	Until    time.Time `json:"until"`
	Type     string    `json:"type"`
	Octets   int       `json:"octets"`
}

// unfinished ends the name of a file that is not whole yet.
const unfinished = ".new"

// idOf writes a name whose order is that of the numbers.
func idOf(n int64) string { return fmt.Sprintf("%016x", n) }

// idTime reads a name.
func idTime(id string) (int64, bool) {
	n, err := strconv.ParseInt(id, 16, 64)
	return n, err == nil && len(id) == 16
}

func (m *Messages) folder(user string) string { return filepath.Join(m.cfg.Dir, escapeName(user)) }

func (m *Messages) file(user, id string) string { return filepath.Join(m.folder(user), id) }

// escapeName makes a file name of whatever a user is called: letters, digits, - and
// _ stay, the rest becomes hexadecimal.
func escapeName(user string) string {
	var b strings.Builder
	for i := 0; i < len(user); i++ {
		ch := user[i]
		switch {
		case ch >= '0' && ch <= '9', ch >= 'a' && ch <= 'z', ch >= 'A' && ch <= 'Z', ch == '-', ch == '_':
			b.WriteByte(ch)
		default:
			b.WriteString("%" + hex.EncodeToString([]byte{ch}))
		}
	}
	return b.String()
}

// unescapeName undoes escapeName; false means that it did not make the name.
func unescapeName(name string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] != '%' {
			b.WriteByte(name[i])
			continue
		}
		if i+3 > len(name) {
			return "", false
		}
		ch, err := hex.DecodeString(name[i+1 : i+3])
		if err != nil {
			return "", false
		}
		b.Write(ch)
		i += 2
	}
	return b.String(), b.Len() > 0 && escapeName(b.String()) == name
}

// write makes the file of a message, whole or not at all.
func (m *Messages) write(k message.Kept) error {
	head, err := json.Marshal(messageHead{
		From: k.From.User, FromName: k.From.Name, At: k.At.UTC(), Until: k.Until.UTC(), Type: k.Type, Octets: len(k.Body),
	})
	if err != nil {
		return err
	}
	dir := m.folder(k.To)
	path := filepath.Join(dir, k.ID)
	for range 5 { // the folder was empty, and has been taken away in between
		err = errors.Join(os.MkdirAll(dir, 0o700), writeSynced(path+unfinished, append(append(head, '\n'), k.Body...)))
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err != nil {
		_ = os.Remove(path + unfinished)
		return err
	}
	if err := os.Rename(path+unfinished, path); err != nil {
		return err
	}
	return errors.Join(syncFolder(dir), syncFolder(m.cfg.Dir))
}

func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolder makes names last.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

var errTorn = errors.New("the file is not whole")

// readMessage reads a file that write made.
func readMessage(path string) (message.Kept, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return message.Kept{}, err
	}
	line, body, ok := bytes.Cut(b, []byte{'\n'})
	var h messageHead
	if !ok || json.Unmarshal(line, &h) != nil || h.Octets != len(body) {
		return message.Kept{}, errTorn
	}
	return message.Kept{
		From: tandem.Address{Name: h.FromName, User: h.From}, At: h.At, Until: h.Until, Type: h.Type, Body: body,
	}, nil
}

// remove takes files away, and their folders where they are empty then. What stays
// because of the disk is past its time one day.
func (m *Messages) remove(files []string) {
	for _, f := range files {
		_ = os.Remove(f)
		_ = os.Remove(filepath.Dir(f))
	}
}
