package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// maxSocketPath is what the address of a Unix socket holds on every system; longer
// ones are reached by way of the folder's descriptor.
const maxSocketPath = 100

// ErrHeld says that another gateway answers on a control socket.
var ErrHeld = errors.New("the control socket is held")

// ListenControl binds the control socket: only its owner may connect. The folder is
// made, for its owner only, where there is none. A socket that nobody answers on is
// replaced; where somebody does, the error is ErrHeld and names the process.
func ListenControl(ctx context.Context, path string) (net.Listener, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	info, err := os.Lstat(path)
	switch {
	case err == nil && info.Mode()&fs.ModeSocket == 0:
		return nil, fmt.Errorf("control socket: %s is there and is no socket", path)
	case err == nil:
		if who, held := holder(ctx, path); held {
			return nil, fmt.Errorf("%w: %s answers on %s", ErrHeld, who, path)
		}
	}
	// Bound in a folder that is ours alone and moved when it is closed to others:
	// at no time can anybody else connect, and the old one is replaced at once.
	private, err := os.MkdirTemp(dir, ".control-")
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	defer os.RemoveAll(private)
	l, err := bind(filepath.Join(private, "s"))
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if err := errors.Join(os.Chmod(filepath.Join(private, "s"), 0o600), os.Rename(filepath.Join(private, "s"), path)); err != nil {
		return nil, errors.Join(fmt.Errorf("control socket: %w", err), l.Close())
	}
	return &controlListener{UnixListener: l, path: path, made: inode(path)}, nil
}

// bind listens on a path however long it is.
func bind(path string) (*net.UnixListener, error) {
	short, done, err := shorten(path)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	return l, nil
}

// DialControl connects to a control socket.
func DialControl(ctx context.Context, path string) (net.Conn, error) {
	short, done, err := shorten(path)
	if err != nil {
		return nil, err
	}
	defer done()
	var d net.Dialer
	return d.DialContext(ctx, "unix", short)
}

// shorten gives a name of at most maxSocketPath octets for a path, which is good
// until done is called.
func shorten(path string) (short string, done func(), err error) {
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	if runtime.GOOS != "linux" {
		return "", nil, fmt.Errorf("the path of a socket has at most %d octets on this system: %s", maxSocketPath, path)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return "/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) + "/" + filepath.Base(path), func() { _ = dir.Close() }, nil
}

// holder asks who answers on a socket.
func holder(ctx context.Context, path string) (string, bool) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	s, err := NewClient(path).Status(ctx)
	switch {
	case err == nil:
		return fmt.Sprintf("tandem %s (pid %d)", s.Version, s.PID), true
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return "", false
	}
	return "somebody", true
}

// controlListener takes its socket away when it closes.
type controlListener struct {
	*net.UnixListener
	path string
	made uint64
	once sync.Once
}

// Close stops listening and removes the socket, unless another gateway has put its
// own there meanwhile.
func (l *controlListener) Close() error {
	l.once.Do(func() {
		if inode(l.path) == l.made {
			_ = os.Remove(l.path) // one that is left behind is replaced at the next start
		}
	})
	return l.UnixListener.Close()
}

// inode tells one socket from another that was put in its place; 0 for none.
func inode(path string) uint64 {
	info, err := os.Lstat(path)
	if err != nil {
		return 0
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ino
	}
	return 0
}
