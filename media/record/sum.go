package record

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// summedFile is a recording whose checksum is kept beside it, so that whoever is
// shown it later can tell whether it is the one that was made. The sum is of the
// whole file, read again at its end: headers are written when all else is.
type summedFile struct{ *os.File }

// Close ends the file and writes its sum.
func (f *summedFile) Close() error {
	err := f.sum()
	return errors.Join(err, f.File.Close())
}

func (f *summedFile) sum() error {
	h := sha256.New()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("sum a recording: %w", err)
	}
	if _, err := io.Copy(h, f.File); err != nil {
		return fmt.Errorf("sum a recording: %w", err)
	}
	line := fmt.Sprintf("%x  %s\n", h.Sum(nil), filepath.Base(f.Name()))
	if err := os.WriteFile(f.Name()+".sha256", []byte(line), 0o400); err != nil {
		_ = os.Remove(f.Name() + ".sha256") // half a sum is none: the disk is full, as a rule
		return fmt.Errorf("sum a recording: %w", err)
	}
	return nil
}
