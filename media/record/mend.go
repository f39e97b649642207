package record

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"
)

const (
	// maxMended is how many unfinished recordings one start looks at: as many as can have
	// been in the making.
	maxMended = 1000
	// emptyRest is how old a mark must be whose recording has nothing in it for that to be
	// all there will ever be: another process may have just begun it.
	emptyRest = time.Minute
)

var (
	// errInUse: another process, or another Recorder, writes it still.
	errInUse = errors.New("it is in use, or this file system has no locks")
	// errNothing: there is not even a header.
	errNothing = errors.New("there is no sound in it")
	// errForeign: it is not as we write them.
	errForeign = errors.New("it is no recording of ours")
)

// Mend makes whole what processes have left unfinished in the folder that were killed, or
// whose machine was: the header of a WAV says what is there, and Ogg ends with the last
// page that is whole. It looks only at what is marked as unfinished, at most 1000 files,
// and passes over what a living process holds. The checksums are made then, too. It
// returns how many are whole now; the others are logged. ctx ends it between two files.
func (r *Recorder) Mend(ctx context.Context) (whole int) {
	marks, err := os.Open(filepath.Join(r.c.Folder, unfinishedFolder))
	if err != nil {
		return 0 // nothing was ever recorded here, or is not ours to read
	}
	names, _ := marks.Readdirnames(maxMended) // as far as it can be read
	_ = marks.Close()
	root, err := os.OpenRoot(r.c.Folder) // nothing that a name links to elsewhere is touched
	if err != nil {
		r.log.Error("recordings cannot be mended", "folder", r.c.Folder, "error", err)
		return 0
	}
	defer root.Close()
	for _, name := range names {
		if ctx.Err() != nil {
			return whole
		}
		length, err := r.mend(root, name)
		switch {
		case err == nil:
			whole++
			r.log.Info("a recording that was left unfinished is whole", "file", name, "length", length.Round(time.Millisecond))
		case errors.Is(err, errInUse):
			r.log.Info("a recording goes on elsewhere", "file", name)
		default:
			r.log.Warn("a recording was left unfinished", "file", name, "error", err)
		}
	}
	return whole
}

// mend makes one recording whole and takes its mark away.
func (r *Recorder) mend(root *os.Root, name string) (time.Duration, error) {
	f, err := root.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, r.forgetEmpty(root, name)
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if lock(f) != nil {
		return 0, errInUse
	}
	length, err := mendFile(f)
	if errors.Is(err, errNothing) {
		return 0, r.forgetEmpty(root, name)
	}
	if err != nil {
		return 0, err
	}
	if r.c.Checksums {
		if err := root.Remove(name + ".sha256"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, fmt.Errorf("sum a recording: %w", err)
		}
		if err := sum(f); err != nil {
			return 0, err
		}
	}
	return length, errors.Join(f.Sync(), root.Remove(path.Join(unfinishedFolder, name)))
}

// forgetEmpty takes the mark of a recording away that holds nothing, once nobody can be
// just beginning it. What there is of its file stays.
func (r *Recorder) forgetEmpty(root *os.Root, name string) error {
	mark := path.Join(unfinishedFolder, name)
	info, err := root.Lstat(mark)
	if err != nil || time.Since(info.ModTime()) < emptyRest {
		return errors.Join(errNothing, err)
	}
	return errors.Join(errNothing, root.Remove(mark))
}

// mendFile makes what is in a file readable to its end, and returns how long it lasts.
func mendFile(f *os.File) (time.Duration, error) {
	info, err := f.Stat()
	switch {
	case err != nil:
		return 0, err
	case !info.Mode().IsRegular():
		return 0, errForeign
	case info.Size() == 0:
		return 0, errNothing
	}
	switch Format(filepath.Ext(f.Name())) {
	case "." + WAV:
		return mendWAV(f, info.Size())
	case "." + Ogg:
		return mendOgg(f, info.Size())
	}
	return 0, errForeign
}
