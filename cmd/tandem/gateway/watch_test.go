package gateway

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/config"
)

// A file is read when it was left alone for a while, or was written on for long, and only
// where it says something else than before.
func TestAWatcherWaitsUntilAFileIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read, path := 0, filepath.Join(t.TempDir(), "tandem.hcl")
		g := &Gateway{log: slog.New(slog.DiscardHandler), reloads: reloads{turn: make(chan struct{}, 1), over: make(chan struct{})}}
		g.load = func() (*config.File, config.Diagnostics) { read++; return nil, nil }
		g.reloads.turn <- struct{}{}
		g.current.Store(&config.File{})
		w := &watcher{path: path, of: g}
		defer w.close()
		put := func(text string) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			w.touch(time.Now())
		}
		began := time.Now()
		for n := range 9 {
			put(fmt.Sprint("half ", n))
			select {
			case <-w.due():
				t.Fatalf("it is read after %v, while it is written", time.Since(began))
			case <-time.After(settle - time.Millisecond):
			}
		}
		put("whole")
		began = time.Now()
		<-w.due()
		if waited := time.Since(began); waited != settle {
			t.Errorf("it is read %v after it was written", waited)
		}
		w.settled(t.Context())
		put("whole")
		<-w.due()
		w.settled(t.Context())
		if read != 1 {
			t.Errorf("it is read %d times", read)
		}
		began = time.Now()
		for due := false; !due; {
			put(fmt.Sprint("more ", time.Since(began)))
			select {
			case <-w.due():
				due = true
			case <-time.After(settle / 3):
			}
		}
		if waited := time.Since(began); waited != settleMost {
			t.Errorf("one that is written on and on is read after %v", waited)
		}
	})
}
