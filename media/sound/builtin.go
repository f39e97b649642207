package sound

import (
	"bytes"
	"embed"
	"slices"
	"strings"
	"sync"
)

//go:embed files/*.wav
var soundFiles embed.FS

// builtIn decodes the built-in sounds, once, when the first is asked for.
var builtIn = sync.OnceValue(func() map[string]*Clip {
	clips := map[string]*Clip{}
	for _, name := range Names() {
		b, err := soundFiles.ReadFile("files/" + name)
		if err != nil {
			continue
		}
		if c, err := OpenWAV(bytes.NewReader(b)); err == nil {
			clips[name] = c
		}
	}
	return clips
})

// Names returns the names of the built-in sounds, sorted: "0.wav" to
// "9.wav", "star.wav", "hash.wav", "a.wav" to "d.wav", "welcome.wav",
// "digits.wav" and "goodbye.wav".
func Names() []string {
	entries, err := soundFiles.ReadDir("files")
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}

// Find returns a built-in sound, or one of the chimes of voicemail, by its name, with or without ".wav", in upper
// or lower case. It is shared; do not change it.
func Find(name string) (*Clip, bool) {
	name = strings.TrimSuffix(strings.ToLower(name), ".wav")
	if c, ok := builtIn()[name+".wav"]; ok {
		return c, true
	}
	return chime(name)
}
