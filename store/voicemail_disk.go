package store

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tandemgw/tandem/media/record"
)

// disk changes files, one step at a time: each is there whole afterwards or was
// never begun, but the writing of a file, which goes on under another name.
type disk struct {
	before func(change string) error
}

func (d disk) begin(change, path string) error {
	if d.before == nil {
		return nil
	}
	return d.before(change + " " + filepath.Base(path))
}

// write puts a file into the place of the one before, whole or not at all.
func (d disk) write(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := d.begin("write", path); err != nil {
		return err
	}
	_ = os.Remove(path + unfinished)
	if err := writeSynced(path+unfinished, b); err != nil {
		_ = os.Remove(path + unfinished)
		return err
	}
	return d.rename(path+unfinished, path)
}

// rename makes a name last.
func (d disk) rename(from, to string) error {
	if err := d.begin("rename", to); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// remove takes a file away; one that is not there is no error.
func (d disk) remove(path string) error {
	if err := d.begin("remove", path); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// soundFile is a file that is being recorded to.
type soundFile struct {
	*os.File
	disk disk
}

// create makes a file that sound is written to.
func (d disk) create(path string) (record.File, error) {
	if err := d.begin("create", path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return &soundFile{f, d}, nil
}

// Write implements io.Writer. (begin stands before it, and half of it is written
// where begin refuses: that is what a crash leaves.)
func (f *soundFile) Write(b []byte) (int, error) {
	if err := f.disk.begin("sound", f.Name()); err != nil {
		n, _ := f.File.Write(b[:len(b)/2])
		return n, err
	}
	return f.File.Write(b)
}

// WriteAt implements io.WriterAt.
func (f *soundFile) WriteAt(b []byte, off int64) (int, error) {
	if err := f.disk.begin("header", f.Name()); err != nil {
		return 0, err
	}
	return f.File.WriteAt(b, off)
}

// errNoSound says that a file has no sound in it.
var errNoSound = errors.New("there is no sound in the file")

// wavHead is the length of the header of recordings: RIFF, "fmt " and "data".
const wavHead = 44

// seal makes a recording whole: what the header says is what is there, without the
// last cut of it. It returns its length.
func (d disk) seal(path string, cut time.Duration) (time.Duration, error) {
	if err := d.begin("seal", path); err != nil {
		return 0, err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return 0, err
	}
	length, err := sealFile(f, cut)
	return length, errors.Join(err, f.Sync(), f.Close())
}

func sealFile(f *os.File, cut time.Duration) (time.Duration, error) {
	head := make([]byte, wavHead)
	if _, err := f.ReadAt(head, 0); err != nil || string(head[:4]) != "RIFF" || string(head[36:40]) != "data" {
		return 0, errNoSound // not even the header was written
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	le := binary.LittleEndian
	rate, block := int64(le.Uint32(head[24:])), int64(le.Uint16(head[32:]))
	if rate <= 0 || block <= 0 {
		return 0, errNoSound
	}
	samples := (info.Size() - wavHead) / block
	if n := int64(cut) * rate / int64(time.Second); n < samples {
		samples -= n
	}
	if samples <= 0 {
		return 0, errNoSound
	}
	le.PutUint32(head[4:], uint32(wavHead-8+samples*block))
	le.PutUint32(head[40:], uint32(samples*block))
	if _, err := f.WriteAt(head, 0); err != nil {
		return 0, err
	}
	if err := f.Truncate(wavHead + samples*block); err != nil {
		return 0, err
	}
	return time.Duration(samples) * time.Second / time.Duration(rate), nil
}
