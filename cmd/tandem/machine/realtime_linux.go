package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// realtimePriority is above every program that has no real-time priority and below what
// drives a machine's devices, which Linux gives 50; 1 to 99 there are (sched(7)).
const realtimePriority = 10

// Realtime gives the process a real-time priority (SCHED_RR, sched(7)): each thread that it
// has, and so each that it will ever have, runs as soon as it can, whatever else the machine
// does. The kernel leaves the rest a twentieth of each core. The error says that the process
// may not (root, CAP_SYS_NICE and LimitRTPRIO= may); it is then as it was.
func Realtime() error {
	for {
		raised, err := raiseThreads()
		if err != nil {
			return fmt.Errorf("real-time priority: %w", err)
		}
		if raised == 0 { // nor was one made meanwhile by one that had not been raised
			return nil
		}
	}
}

// Cores says how many processors the machine has, whichever of them the process may use
// (sched_setaffinity(2)), or 0 where the system does not tell.
func Cores() (n int) {
	stat, err := os.ReadFile("/proc/stat") // proc_stat(5): one line for each that is online
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(stat)) {
		if after, ok := strings.CutPrefix(line, "cpu"); ok && after[0] >= '0' && after[0] <= '9' {
			n++
		}
	}
	return n
}

// raiseThreads raises those that are not, and returns how many.
func raiseThreads() (raised int, err error) {
	threads, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		return 0, err
	}
	for _, path := range threads {
		tid, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			return raised, err
		}
		switch done, err := raise(tid); {
		case err == unix.ESRCH: // it has ended
		case err != nil:
			return raised, os.NewSyscallError("sched_setattr", err)
		case done:
			raised++
		}
	}
	return raised, nil
}

// raise raises a thread; done says that it was not yet.
func raise(tid int) (done bool, err error) {
	now, err := unix.SchedGetAttr(tid, 0)
	if err != nil || now.Policy == unix.SCHED_RR {
		return false, err
	}
	a := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: realtimePriority}
	return true, unix.SchedSetAttr(tid, &a, 0)
}
