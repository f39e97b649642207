package gateway

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/tandemgw/tandem/media/sound"
)

const (
	// maxClips and maxClipTime bound the sound files that are kept decoded: an hour
	// takes 170 MB at most.
	maxClips    = 256
	maxClipTime = time.Hour
	// soundPatience is how long a file that was looked at is not looked at again.
	soundPatience = time.Second
)

// sounds are the sound files beside the configuration, each decoded once for all
// who play it, and anew when the file is another one.
type sounds struct {
	folder string
	mu     sync.Mutex // guards what follows
	clips  map[string]*soundFile
	length time.Duration // of all
}

// soundFile is one file as it was when it was read.
type soundFile struct {
	clip   *sound.Clip // nil: it cannot be played
	size   int64
	at     time.Time // its time of change
	looked time.Time
	used   time.Time
}

func newSounds(folder string) *sounds {
	return &sounds{folder: filepath.Join(folder, "sounds"), clips: make(map[string]*soundFile)}
}

// find implements bridge.Config.Sounds. The name was checked with the dialplan:
// relative, without "..".
func (s *sounds) find(name string) (*sound.Clip, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	known := s.clips[name]
	if known == nil || now.Sub(known.looked) >= soundPatience {
		known = s.look(name, known, now)
	}
	known.used = now
	return known.clip, known.clip != nil
}

// look reads a file where it is not the one that is known.
func (s *sounds) look(name string, known *soundFile, now time.Time) *soundFile {
	root, err := os.OpenRoot(s.folder)
	if err != nil {
		return s.keep(name, &soundFile{looked: now})
	}
	defer root.Close()
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return s.keep(name, &soundFile{looked: now})
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Mode()&fs.ModeType != 0 {
		return s.keep(name, &soundFile{looked: now})
	}
	if known != nil && known.size == info.Size() && known.at.Equal(info.ModTime()) {
		known.looked = now
		return known
	}
	read := &soundFile{size: info.Size(), at: info.ModTime(), looked: now}
	if clip, err := sound.OpenWAV(f); err == nil {
		read.clip = clip
	}
	return s.keep(name, read)
}

// keep puts a sound into the table, in the place of those that were played longest
// ago where there is no room.
func (s *sounds) keep(name string, read *soundFile) *soundFile {
	s.drop(name)
	for len(s.clips) > 0 && (len(s.clips) >= maxClips || s.length+read.length() > maxClipTime) {
		oldest := ""
		for other, k := range s.clips {
			if oldest == "" || k.used.Before(s.clips[oldest].used) {
				oldest = other
			}
		}
		s.drop(oldest)
	}
	s.clips[name] = read
	s.length += read.length()
	return read
}

func (s *sounds) drop(name string) {
	if k := s.clips[name]; k != nil {
		s.length -= k.length()
		delete(s.clips, name)
	}
}

func (k *soundFile) length() time.Duration {
	if k.clip == nil {
		return 0
	}
	return k.clip.Length()
}
