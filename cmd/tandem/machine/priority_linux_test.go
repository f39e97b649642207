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
// was. All are lowered again, and are as nice as they were. It is tried in a process of its own, whose threads are nobody else's.
func TestEveryThreadIsRaisedOrNone(t *testing.T) {
	const child = "TANDEM_TEST_REALTIME"
	if os.Getenv(child) == "" {
		cmd := exec.Command("nice", "-n", "3", os.Args[0], "-test.run", "^TestEveryThreadIsRaisedOrNone$", "-test.v")
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
	own := Own()
	if own.May() < 1 || own.Cores < own.May() || own.Used() <= 0 {
		t.Errorf("%d cores, %d for us, %v used", own.Cores, own.May(), own.Used())
	}
	err := own.Raise()
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
	are := func(want uint32) int {
		threads, _ := filepath.Glob("/proc/self/task/*")
		if len(threads) < 3 {
			t.Errorf("%d threads", len(threads))
		}
		for _, path := range threads {
			tid, _ := strconv.Atoi(filepath.Base(path))
			if a, err := unix.SchedGetAttr(tid, 0); err == nil && (a.Policy != want || want == unix.SCHED_NORMAL && a.Nice != 3) {
				t.Errorf("thread %s has policy %d and nice value %d, want %d and 3", path, a.Policy, a.Nice, want)
			}
		}
		return len(threads)
	}
	threads := are(want)
	if err := own.Lower(); err != nil {
		t.Error(err)
	}
	are(unix.SCHED_NORMAL)
	t.Logf("now: %d threads, policy %d (%v)", threads, want, err)
}
