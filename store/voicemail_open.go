package store

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge/voicemail"
)

// messageNote is what is written of a message beside its sound.
type messageNote struct {
	Box      string      `json:"box"`
	From     string      `json:"from"`
	FromName string      `json:"from_name,omitempty"`
	To       string      `json:"to,omitempty"`
	At       time.Time   `json:"at"`
	Millis   int64       `json:"ms"`
	Folder   string      `json:"folder"`
	Letter   *letterNote `json:"mail,omitempty"`
}

type letterNote struct {
	Tries int       `json:"tries"`
	Next  time.Time `json:"next,omitzero"`
	Since time.Time `json:"since,omitzero"`
	Error string    `json:"error,omitempty"`
}

func noteOf(m voicemail.Message) []byte {
	n := messageNote{
		Box: m.Box, From: m.From.User, FromName: m.From.Name, To: m.To, At: m.At.UTC(), Millis: m.Length.Milliseconds(), Folder: string(m.Folder),
	}
	if l := m.Letter; l != nil {
		n.Letter = &letterNote{l.Tries, l.Next.UTC(), l.Since.UTC(), l.Error}
	}
	b, err := json.Marshal(n)
	if err != nil { // plain values always can be written
		return nil
	}
	return append(b, '\n')
}

// readNote reads what noteOf has written.
func readNote(path string) (voicemail.Message, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return voicemail.Message{}, err
	}
	var n messageNote
	if err := json.Unmarshal(b, &n); err != nil || n.Box == "" {
		return voicemail.Message{}, errTorn
	}
	m := voicemail.Message{
		ID: strings.TrimSuffix(filepath.Base(path), ".json"), Box: n.Box, From: tandem.Address{Name: n.FromName, User: n.From}, To: n.To, At: n.At,
		Length: time.Duration(n.Millis) * time.Millisecond, Folder: voicemail.Folder(n.Folder),
	}
	if l := n.Letter; l != nil {
		m.Letter = &voicemail.Letter{Tries: l.Tries, Next: l.Next, Since: l.Since, Error: l.Error}
	}
	return m, nil
}

// readBox reads the messages and settings of a box.
func (v *Voicemail) readBox(box string) error {
	files, err := os.ReadDir(v.file(box, ""))
	if err != nil {
		return err
	}
	for _, f := range files {
		id, note := strings.CutSuffix(f.Name(), ".json")
		if f.Name() == settingsFile {
			v.readSettings(box)
			continue
		}
		if _, ok := idTime(id); !ok || !note {
			continue
		}
		m, err := readNote(v.file(box, f.Name()))
		if err == nil {
			_, err = os.Stat(v.file(box, id+".wav"))
		}
		if err != nil || m.Box != box { // a person may want to look at it
			v.log.Warn("voicemail cannot be read", "box", box, "id", id, "error", err)
			continue
		}
		v.add(m)
	}
	return nil
}

// recover delivers what is in incoming.
func (v *Voicemail) recover() error {
	files, err := os.ReadDir(v.incoming(""))
	if err != nil {
		return err
	}
	for _, f := range files {
		id, note := strings.CutSuffix(f.Name(), ".json")
		if _, ok := idTime(id); !ok || !note {
			continue
		}
		if err := v.recoverOne(id); err != nil {
			v.log.Error("a message that was being recorded cannot be delivered", "id", id, "error", err)
		}
	}
	files, err = os.ReadDir(v.incoming(""))
	if err != nil {
		return err
	}
	for _, f := range files { // sound without a note, and notes that were never whole
		if strings.HasSuffix(f.Name(), unfinished) || strings.HasSuffix(f.Name(), ".wav") && !exists(v.incoming(strings.TrimSuffix(f.Name(), ".wav")+".json")) {
			_ = v.disk.remove(v.incoming(f.Name()))
		}
	}
	return nil
}

// recoverOne delivers one message that was being recorded, or being delivered.
func (v *Voicemail) recoverOne(id string) error {
	m, err := readNote(v.incoming(id + ".json"))
	if err != nil {
		return err
	}
	if _, there := v.Get(m.Box, id); there {
		return v.disk.remove(v.incoming(id + ".json"))
	}
	m, err = v.deliver(m, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNoSound) {
		return errors.Join(v.disk.remove(v.incoming(id+".wav")), v.disk.remove(v.incoming(id+".json")))
	}
	if err == nil {
		v.log.Info("a message that was being recorded is delivered", "box", m.Box, "id", id, "length", m.Length)
	}
	return err
}

// sweep takes away what belongs to no message: sound whose note was deleted, and
// files that were never whole.
func (v *Voicemail) sweep(box string) {
	files, err := os.ReadDir(v.file(box, ""))
	if err != nil {
		return
	}
	for _, f := range files {
		id, sound := strings.CutSuffix(f.Name(), ".wav")
		_, named := idTime(id)
		if strings.HasSuffix(f.Name(), unfinished) || sound && named && !exists(v.file(box, id+".json")) {
			_ = v.disk.remove(v.file(box, f.Name()))
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
