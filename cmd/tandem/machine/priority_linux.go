package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// realtimePriority is above every program that has no real-time priority and below what
// drives a machine's devices, which Linux gives 50; 1 to 99 there are (sched(7)).
const realtimePriority = 10

// Own is the priority of this process. Raise gives it SCHED_RR (sched(7)): each thread that
// it has, and so each that it will ever have, runs as soon as it can, whatever else the
// machine does; the kernel leaves the rest a twentieth of each core. Root, CAP_SYS_NICE and
// LimitRTPRIO= may; where it may not, the process is as it was.
func Own() *Priority {
	return &Priority{
		Raise: func() error { return each(unix.SchedAttr{Policy: unix.SCHED_RR, Priority: realtimePriority}) },
		Lower: func() error { return each(unix.SchedAttr{Policy: unix.SCHED_NORMAL}) },
		Used:  used,
		May:   may,
		Cores: cores(),
	}
}

// used is the processor time of all threads (getrusage(2)).
func used() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// may counts the processors that the process may use (sched_setaffinity(2)).
func may() int {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) != nil {
		return 0
	}
	return set.Count()
}

// cores counts the processors of the machine, whichever of them the process may use
// (sched_setaffinity(2)); 0 where the system does not tell.
func cores() (n int) {
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

// each has every thread scheduled in one way.
func each(as unix.SchedAttr) error {
	for {
		changed, err := threads(as)
		if err != nil {
			return fmt.Errorf("real-time priority: %w", err)
		}
		if changed == 0 { // nor was one made meanwhile by one that had not been changed
			return nil
		}
	}
}

// threads has those scheduled in one way that are not, and returns how many.
func threads(as unix.SchedAttr) (changed int, err error) {
	all, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		return 0, err
	}
	for _, path := range all {
		tid, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			return changed, err
		}
		switch done, err := thread(tid, as); {
		case err == unix.ESRCH: // it has ended
		case err != nil:
			return changed, os.NewSyscallError("sched_setattr", err)
		case done:
			changed++
		}
	}
	return changed, nil
}

// thread has one scheduled in a way; done says that it was not yet.
func thread(tid int, as unix.SchedAttr) (done bool, err error) {
	now, err := unix.SchedGetAttr(tid, 0)
	if err != nil || now.Policy == as.Policy {
		return false, err
	}
	nice, err := unix.Getpriority(unix.PRIO_PROCESS, tid) // SchedGetAttr has none of a thread with a real-time priority
	if err != nil {
		return false, err
	}
	as.Size, as.Nice = unix.SizeofSchedAttr, int32(20-nice) // the system call returns 20 - nice (getpriority(2))
	return true, unix.SchedSetAttr(tid, &as, 0)
}
