package record

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tandemgw/tandem/codecs"
)

func TestChecksumStandsBesideARecording(t *testing.T) {
	for _, format := range []Format{WAV, Ogg} {
		t.Run(string(format), func(t *testing.T) {
			folder := t.TempDir()
			r := newTestRecorder(t, Config{Folder: folder, Format: format, Checksums: true})
			events, result := ended(t)
			rec, err := r.Open(Options{Name: "c7", Rate: codecs.Rate8k, Channels: 2, Events: events})
			if err != nil {
				t.Fatal(err)
			}
			rec.WriteStereo(ramp(0, 8000))
			rec.Close()
			got := result()
			if got.Err != nil {
				t.Fatal(got.Err)
			}
			whole, err := os.ReadFile(filepath.Join(folder, got.Name))
			if err != nil {
				t.Fatal(err)
			}
			line, err := os.ReadFile(filepath.Join(folder, got.Name+".sha256"))
			if want := fmt.Sprintf("%x  %s\n", sha256.Sum256(whole), got.Name); string(line) != want {
				t.Errorf("beside it is %q (%v), want %q", line, err, want)
			}
		})
	}
}
