package record

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// sum writes the checksum of a recording beside it, so that whoever is shown it later can
// tell whether it is the one that was made. The sum is of the whole file, read again at
// its end: headers are written when all else is.
func sum(f *os.File) error {
	h := sha256.New()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("sum a recording: %w", err)
	}
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("sum a recording: %w", err)
	}
	line := fmt.Sprintf("%x  %s\n", h.Sum(nil), filepath.Base(f.Name()))
	if err := os.WriteFile(f.Name()+".sha256", []byte(line), 0o400); err != nil {
		_ = os.Remove(f.Name() + ".sha256") // half a sum is none: the disk is full, as a rule
		return fmt.Errorf("sum a recording: %w", err)
	}
	return nil
}
