package machine

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// A process that may has every thread raised, those of later too; one that may not is as it
// was. It is tried in a process of its own, whose threads are nobody else's.
func TestEveryThreadIsRaisedOrNone(t *testing.T) {
	const child = "TANDEM_TEST_REALTIME"
	if os.Getenv(child) == "" {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestEveryThreadIsRaisedOrNone$", "-test.v")
		cmd.Env = append(os.Environ(), child+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		_, said, _ := strings.Cut(string(out), "now: ")
		said, _, _ = strings.Cut(said, "\n")
		t.Log(said)
		return
	}
	err := Realtime()
	want := uint32(unix.SCHED_RR)
	switch {
	case errors.Is(err, os.ErrPermission):
		want = unix.SCHED_NORMAL
	case err != nil:
		t.Fatal(err)
	}
	var more sync.WaitGroup
	held := make(chan struct{})
	for range 8 { // threads that did not exist
		more.Go(func() {
			runtime.LockOSThread()
			<-held
		})
	}
	defer more.Wait()
	defer close(held)
	threads, _ := filepath.Glob("/proc/self/task/*")
	if len(threads) < 3 {
		t.Errorf("%d threads", len(threads))
	}
	for _, path := range threads {
		tid, _ := strconv.Atoi(filepath.Base(path))
		if a, err := unix.SchedGetAttr(tid, 0); err == nil && a.Policy != want {
			t.Errorf("thread %s has policy %d, want %d", path, a.Policy, want)
		}
	}
	t.Logf("now: %d threads, policy %d (%v)", len(threads), want, err)
}
