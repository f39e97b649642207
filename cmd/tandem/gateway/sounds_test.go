package gateway

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// writeSound writes a WAV file of some silence.
func writeSound(t *testing.T, path string, length time.Duration) {
	t.Helper()
	data := make([]byte, 2*int(length.Seconds()*8000))
	le := binary.LittleEndian
	b := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt "), 16, 0, 0, 0, 1, 0, 1, 0)
	b = le.AppendUint32(b, 8000)
	b = le.AppendUint32(b, 16000)
	b = append(b, 2, 0, 16, 0)
	b = append(b, "data"...)
	b = append(le.AppendUint32(b, uint32(len(data))), data...)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSoundsAreDecodedOnceAndAnewWhenTheFileIs(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "sounds"), 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "sounds", "a.wav")
	s := newSounds(folder)
	if _, ok := s.find("a.wav"); ok {
		t.Error("found before it is there")
	}
	again := func() { // as if a while had gone by
		for _, k := range s.clips {
			k.looked = time.Time{}
		}
	}
	writeSound(t, path, time.Second)
	again()
	first, ok := s.find("a.wav")
	if !ok || first.Length() != time.Second {
		t.Fatalf("%v, %v", first, ok)
	}
	again()
	if same, _ := s.find("a.wav"); same != first {
		t.Error("decoded twice")
	}
	writeSound(t, path, 2*time.Second)
	again()
	if other, _ := s.find("a.wav"); other == nil || other.Length() != 2*time.Second {
		t.Errorf("the file that was before is played: %v", other)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	again()
	if _, ok := s.find("a.wav"); ok {
		t.Error("found after it has gone")
	}
	for i := range maxClips + 20 {
		s.find(fmt.Sprintf("none%d.wav", i))
	}
	if len(s.clips) > maxClips || s.length != 0 {
		t.Errorf("%d sounds are kept, %v", len(s.clips), s.length)
	}
}
