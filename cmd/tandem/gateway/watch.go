package gateway

import (
	"context"
	"crypto/sha256"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/tandemgw/tandem/config"
)

const (
	// settle is how long a file must have been left alone before it is read: editors
	// write in several steps.
	settle = 300 * time.Millisecond
	// settleMost bounds how long one that is written on and on is waited for.
	settleMost = 3 * time.Second
	// watchAgain is how often the folders are looked at where they may have become
	// others, and whether watching is still wanted.
	watchAgain = time.Second
)

// watch reloads when the files of the configuration have changed, while it or the
// command line wants that. Folders are watched, not files, since editors and
// Kubernetes put another file, or another link, in the place of the old one.
func (g *Gateway) watch(ctx context.Context) error {
	if g.options.Path == "" {
		return nil
	}
	w := &watcher{path: g.options.Path, seen: g.options.Read, of: g}
	defer w.close()
	tick := time.NewTicker(watchAgain)
	defer tick.Stop()
	w.follow()
	for {
		select {
		case e, ok := <-w.events():
			if ok && w.concerns(e.Name) {
				w.touch(time.Now())
			}
		case <-w.errors(): // of the queue, which was full: look at once
			w.touch(time.Now())
		case <-w.due():
			w.settled(ctx)
		case <-tick.C:
			w.follow()
		case <-ctx.Done():
			return nil
		}
	}
}

// Checksum is one of what the files of a configuration say.
type Checksum [sha256.Size]byte

// watcher belongs to the goroutine of watch.
type watcher struct {
	path  string
	of    *Gateway
	seen  Checksum          // of the contents that ran, or were tried last
	notes *fsnotify.Watcher // nil while nothing is watched
	said  bool              // that it cannot be watched was told
	since time.Time         // of the first change that was not looked at; zero for none
	timer *time.Timer
}

func (w *watcher) events() <-chan fsnotify.Event {
	if w.notes == nil {
		return nil
	}
	return w.notes.Events
}

func (w *watcher) errors() <-chan error {
	if w.notes == nil {
		return nil
	}
	return w.notes.Errors
}

func (w *watcher) due() <-chan time.Time {
	if w.timer == nil {
		return nil
	}
	return w.timer.C
}

// close stops watching.
func (w *watcher) close() {
	if w.notes != nil {
		_ = w.notes.Close()
		w.notes = nil
	}
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	w.since = time.Time{}
}

// follow watches the folders that matter now; none where nobody wants it any more.
func (w *watcher) follow() {
	if !w.of.options.Watch && w.of.file().Reload != config.ReloadOnChange {
		w.close()
		return
	}
	if w.notes == nil {
		notes, err := fsnotify.NewWatcher()
		if err != nil {
			w.cannot(err)
			return
		}
		w.notes = notes
		w.touch(time.Now()) // it may have changed before
	}
	wanted := foldersOf(w.path)
	for _, has := range w.notes.WatchList() {
		if !slices.Contains(wanted, has) {
			_ = w.notes.Remove(has) // it may be gone by itself
		}
	}
	for _, folder := range wanted {
		if slices.Contains(w.notes.WatchList(), folder) {
			continue
		}
		if err := w.notes.Add(folder); err != nil {
			w.cannot(err)
			continue
		}
		w.touch(time.Now())
	}
}

// cannot tells once that something cannot be watched.
func (w *watcher) cannot(err error) {
	if !w.said {
		w.said = true
		w.of.log.Warn("the configuration cannot be watched; `tandem reload` works", "reason", err)
	}
}

// touch notes a change.
func (w *watcher) touch(now time.Time) {
	if w.since.IsZero() {
		w.since = now
	}
	wait := min(settle, settleMost-now.Sub(w.since))
	if w.timer == nil {
		w.timer = time.NewTimer(max(wait, 0))
		return
	}
	w.timer.Reset(max(wait, 0))
}

// settled reloads, if the files say something else than when they were tried last.
func (w *watcher) settled(ctx context.Context) {
	w.since = time.Time{}
	sum := SumOf(w.path)
	if sum == w.seen {
		return
	}
	if _, err := w.of.reload(ctx, "watch"); err != nil {
		if ctx.Err() == nil {
			w.of.log.Error("not reloaded, to be tried again", "by", "watch", "reason", err)
			w.touch(time.Now())
		}
		return
	}
	w.seen = sum
	w.follow()
}

// concerns says whether a change in a folder may be one of the configuration: a log
// may be written in the same one. What begins with two dots is how Kubernetes swaps
// all files at once.
func (w *watcher) concerns(name string) bool {
	base := filepath.Base(name)
	return strings.HasSuffix(base, ".hcl") || strings.HasSuffix(base, ".json") || strings.HasPrefix(base, "..") ||
		base == filepath.Base(w.path) || base == filepath.Base(target(w.path))
}

// foldersOf are the folders in which a change can be one of the configuration: that of
// its path, that of what it is a link to, and those of its files which are links.
func foldersOf(path string) []string {
	folders := map[string]bool{}
	add := func(p string) {
		if a, err := filepath.Abs(p); err == nil {
			folders[a] = true
		}
	}
	add(filepath.Dir(path))
	real := target(path)
	if info, err := os.Stat(real); err == nil && info.IsDir() {
		add(path)
		add(real)
	} else {
		add(filepath.Dir(real))
	}
	for _, f := range sourcesOf(path) {
		add(filepath.Dir(target(f)))
	}
	return slices.Sorted(maps.Keys(folders))
}

// target is what a path leads to; itself where it leads nowhere.
func target(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// sourcesOf are the files of a configuration, no more than it may have.
func sourcesOf(path string) []string {
	entries, err := os.ReadDir(path)
	if err != nil {
		return []string{path}
	}
	var all []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".hcl") && len(all) <= config.MaxFiles {
			all = append(all, filepath.Join(path, e.Name()))
		}
	}
	return all
}

// SumOf is the checksum of what the files say now.
func SumOf(path string) Checksum {
	h := sha256.New()
	for _, name := range sourcesOf(path) {
		text, err := readSome(name)
		if err != nil {
			text = []byte(err.Error())
		}
		sum := sha256.Sum256(text)
		h.Write([]byte(name))
		h.Write(sum[:])
	}
	return Checksum(h.Sum(nil))
}

// readSome reads a plain file, no more of it than a configuration may have.
func readSome(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > config.MaxFileSize {
		return []byte(info.Mode().String()), nil
	}
	return os.ReadFile(name)
}
