package store

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/media/record"
)

const settingsFile = "settings.json"

// settingsNote is what is written of Settings.
type settingsNote struct {
	Salt    []byte `json:"salt,omitempty"`
	Hash    []byte `json:"hash,omitempty"`
	Instead []byte `json:"instead,omitempty"`
}

func greetingFile(which string) string { return "greeting-" + which + ".wav" }

// DraftGreeting implements voicemail.Keeper.
func (v *Voicemail) DraftGreeting(box, which string) (record.File, error) {
	path := v.file(box, greetingFile(which)+unfinished)
	if err := os.MkdirAll(v.file(box, ""), 0o700); err != nil {
		return nil, fmt.Errorf("begin a greeting: %w", err)
	}
	f, err := v.disk.create(path)
	if err != nil {
		return nil, fmt.Errorf("begin a greeting: %w", err)
	}
	return f, nil
}

// KeepGreeting implements voicemail.Keeper.
func (v *Voicemail) KeepGreeting(box, which string) error {
	v.writing.Lock()
	defer v.writing.Unlock()
	path := v.file(box, greetingFile(which))
	if _, err := v.disk.seal(path+unfinished, 0); err != nil {
		return fmt.Errorf("keep a greeting: %w", err)
	}
	if err := v.disk.rename(path+unfinished, path); err != nil {
		return fmt.Errorf("keep a greeting: %w", err)
	}
	return nil
}

// DropGreeting implements voicemail.Keeper.
func (v *Voicemail) DropGreeting(box, which string) {
	_ = v.disk.remove(v.file(box, greetingFile(which)+unfinished)) // else it is swept
}

// ForgetGreeting implements voicemail.Keeper.
func (v *Voicemail) ForgetGreeting(box, which string) error {
	v.writing.Lock()
	defer v.writing.Unlock()
	return v.disk.remove(v.file(box, greetingFile(which)))
}

// Greeting implements voicemail.Keeper.
func (v *Voicemail) Greeting(box, which string) (io.ReadCloser, error) {
	return open(v.file(box, greetingFile(which)))
}

// Settings implements voicemail.Keeper.
func (v *Voicemail) Settings(box string) voicemail.Settings {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.settings[box]
}

// Set implements voicemail.Keeper.
func (v *Voicemail) Set(box string, s voicemail.Settings) error {
	v.writing.Lock()
	defer v.writing.Unlock()
	b, err := json.Marshal(settingsNote(s.PIN))
	if err == nil {
		err = v.disk.write(v.file(box, settingsFile), append(b, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keep the settings of box %s: %w", box, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settings[box] = s
	return nil
}

// readSettings reads what Set has kept.
func (v *Voicemail) readSettings(box string) {
	var n settingsNote
	b, err := os.ReadFile(v.file(box, settingsFile))
	if err == nil {
		err = json.Unmarshal(b, &n)
	}
	if err != nil {
		v.log.Error("the settings of a box cannot be read", "box", box, "error", err)
		return
	}
	v.settings[box] = voicemail.Settings{PIN: voicemail.Proof(n)}
}
