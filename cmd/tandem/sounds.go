package main

import (
	"os"
	"path/filepath"
	"sync"

	"github.com/tandemgw/tandem/media"
)

// maxClips bounds the sound files that are kept decoded.
const maxClips = 256

// sounds are the sound files beside the configuration, each decoded once.
type sounds struct {
	folder string
	mu     sync.Mutex // guards clips
	clips  map[string]*media.Clip
}

func newSounds(folder string) *sounds {
	return &sounds{folder: filepath.Join(folder, "sounds"), clips: make(map[string]*media.Clip)}
}

// find implements bridge.Config.Sounds. The name was checked with the dialplan:
// relative, without "..".
func (s *sounds) find(name string) (*media.Clip, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.clips[name]; ok {
		return c, c != nil
	}
	clip := s.read(name)
	if len(s.clips) < maxClips {
		s.clips[name] = clip
	}
	return clip, clip != nil
}

func (s *sounds) read(name string) *media.Clip {
	root, err := os.OpenRoot(s.folder)
	if err != nil {
		return nil
	}
	defer root.Close()
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil
	}
	defer f.Close()
	clip, err := media.OpenWAV(f)
	if err != nil {
		return nil
	}
	return clip
}
