package certs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// maxFile bounds what is read from a certificate or key file, in bytes.
const maxFile = 1 << 20

// dirName is the folder of the state directory that this package owns.
const dirName = "certs"

// ErrPermissions says that a private key of the gateway can be read, or its folder
// written, by every user of the machine. The text names the file and the command
// that puts it right.
var ErrPermissions = errors.New("permissions are too wide")

// store is the folder of certificates; the zero path means that nothing is kept.
type store struct{ dir string }

// openStore makes the folder where it is missing. An empty stateDir keeps nothing.
func openStore(stateDir string) (store, error) {
	if stateDir == "" {
		return store{}, nil
	}
	dir := filepath.Join(stateDir, dirName)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return store{}, fmt.Errorf("make the certificates' folder: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return store{}, fmt.Errorf("look at the certificates' folder: %w", err)
	}
	if posixModes() && info.Mode().Perm()&0o002 != 0 {
		return store{}, fmt.Errorf("%s may be written by everybody (%w): chmod 700 %s", dir, ErrPermissions, dir)
	}
	return store{dir: dir}, nil
}

func (s store) keeps() bool             { return s.dir != "" }
func (s store) path(name string) string { return filepath.Join(s.dir, name) }

// readKey returns a file that holds a private key, or fs.ErrNotExist where there is
// none. A key that every user can read is refused with ErrPermissions: it may have
// been copied. Group access is let be, since volumes of containers are mounted so.
func (s store) readKey(name string) ([]byte, error) {
	if !s.keeps() {
		return nil, fs.ErrNotExist
	}
	path := s.path(name)
	b, mode, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	if posixModes() && mode.Perm()&0o007 != 0 {
		return nil, fmt.Errorf("private key %s is open to every user of this machine (mode %04o; %w): chmod 600 %s if nobody else had it, else remove it",
			path, mode.Perm(), ErrPermissions, path)
	}
	return b, nil
}

// create writes a file that must not be there yet; fs.ErrExist says that another
// process was first, whose file is then whole.
func (s store) create(name string, b []byte, mode fs.FileMode) error {
	tmp, err := s.writeTemp(name, b, mode)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp) }()
	err = os.Link(tmp, s.path(name))
	switch {
	case err == nil:
		return s.sync()
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("write %s: %w", s.path(name), fs.ErrExist)
	}
	// The file system has no hard links. Two that start at once may then each
	// place a file: the last one stays, and Run takes it up.
	return s.place(tmp, name)
}

// replace writes a file whether or not it is there; a reader sees the old or the new.
func (s store) replace(name string, b []byte, mode fs.FileMode) error {
	tmp, err := s.writeTemp(name, b, mode)
	if err != nil {
		return err
	}
	return s.place(tmp, name)
}

func (s store) place(tmp, name string) error {
	if err := os.Rename(tmp, s.path(name)); err != nil {
		_ = os.Remove(tmp)
		return fmt.Errorf("write %s: %w", s.path(name), err)
	}
	return s.sync()
}

// writeTemp writes and syncs a file beside its place. os.CreateTemp makes it 0600,
// so that a key is at no time open to others.
func (s store) writeTemp(name string, b []byte, mode fs.FileMode) (string, error) {
	f, err := os.CreateTemp(s.dir, "."+name+".*")
	if err != nil {
		return "", fmt.Errorf("write %s: %w", s.path(name), err)
	}
	_, err = f.Write(b)
	if err == nil && posixModes() {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return "", fmt.Errorf("write %s: %w", s.path(name), err)
	}
	return f.Name(), nil
}

// sync makes a rename last through a power cut. Some file systems cannot sync a
// folder; the file itself was synced, so that is no error.
func (s store) sync() error {
	d, err := os.Open(s.dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", s.dir, err)
	}
	_ = d.Sync()
	return d.Close()
}

func readBounded(path string) ([]byte, fs.FileMode, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is not a regular file", path)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, 0, err
	}
	if len(b) > maxFile {
		return nil, 0, fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	return b, info.Mode(), nil
}

// posixModes says whether file modes mean anything here.
func posixModes() bool { return runtime.GOOS != "windows" }
