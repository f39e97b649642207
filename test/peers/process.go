package peers

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Output is what a process has written so far.
type Output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// String returns all of it.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// Tail returns the last lines of it, as a terminal would show them: without what a program
// has written over since.
func (o *Output) Tail(lines int) string {
	all := strings.Split(strings.TrimSpace(o.String()), "\n")
	all = all[max(0, len(all)-lines):]
	for i, line := range all {
		line = strings.TrimRight(line, "\r")
		all[i] = line[strings.LastIndexByte(line, '\r')+1:]
	}
	return strings.Join(all, "\n")
}

// start runs a command until the test ends, in a process group of its own.
func start(t testing.TB, cmd *exec.Cmd) *Output {
	t.Helper()
	out := &Output{}
	if cmd.Stdout == nil {
		cmd.Stdout = out
	}
	cmd.Stderr = out
	startWaiting(t, cmd)
	return out
}

// startWaiting is start for a command that may end by itself; the function that
// it returns waits for that.
func startWaiting(t testing.TB, cmd *exec.Cmd) func() error {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", cmd.Path, err)
	}
	done := make(chan struct{})
	var err error
	go func() { err = cmd.Wait(); close(done) }()
	t.Cleanup(func() { stop(cmd, done) })
	return func() error { <-done; return err }
}

func stop(cmd *exec.Cmd, done chan struct{}) {
	select {
	case <-done: // its number may be another's by now
		return
	default:
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-done
	}
}

// Await polls a condition until it holds, and fails the test when it does not
// within the time.
func Await(t testing.TB, within time.Duration, what string, holds func() bool) {
	t.Helper()
	AwaitIn(t, within, what, func() string { return "" }, func(string) bool { return holds() })
}

// AwaitIn polls a text until it is as it shall be, and fails the test with the end of
// what it is by then when it is not within the time.
func AwaitIn(t testing.TB, within time.Duration, what string, text func() string, holds func(string) bool) {
	t.Helper()
	deadline, tick := time.NewTimer(within), time.NewTicker(20*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for !holds(text()) {
		select {
		case <-deadline.C:
			t.Fatalf("after %v still not: %s\n%s", within, what, tail(text(), 8))
		case <-tick.C:
		}
	}
}

// Pause lets real time pass: sound must last before it can be listened to.
func Pause(d time.Duration) { <-time.After(d) }

// The ports that FreePort gives lie below those that the system gives to sockets
// without a port of their own, so that nobody takes one between asking and using.
const firstPort, lastPort = 20000, 30000

// FreePort returns a port that nobody has at any address, neither UDP nor
// TCP, and whose next one is free too: baresip takes that for TLS. No other test
// process is given it until all have been given once.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 200 {
		n, err := nextNumber("ports")
		if err != nil {
			t.Fatal(err)
		}
		if port := firstPort + 2*n%(lastPort-firstPort); free(port) && free(port+1) {
			return port
		}
	}
	t.Fatal("no free port on 127.0.0.1")
	return 0
}

// The ranges that PortRange gives lie below the ports of FreePort, and above those that our
// documents name.
const firstRange, rangeSize, ranges = 10200, 402, 24

// PortRange returns 400 ports for the RTP of one gateway, the first and the last of them. No
// other test process is given any of them until all ranges have been given once: where a test
// takes every port of its gateway's, or keeps many open, none is left of what lies within.
func PortRange(t testing.TB) (low, high int) {
	t.Helper()
	n, err := nextNumber("ranges")
	if err != nil {
		t.Fatal(err)
	}
	low = firstRange + n%ranges*rangeSize
	return low, low + rangeSize - 2
}

// nextNumber counts something through all test processes: in a file that they share.
func nextNumber(of string) (int, error) {
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "tandem-test-"+of), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", of, err)
	}
	defer func() { _ = f.Close() }() // which unlocks it
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return 0, fmt.Errorf("count %s: %w", of, err)
	}
	var b [8]byte
	_, _ = f.ReadAt(b[:], 0) // nothing is there at first
	n := binary.LittleEndian.Uint64(b[:])
	binary.LittleEndian.PutUint64(b[:], n+1)
	if _, err := f.WriteAt(b[:], 0); err != nil {
		return 0, fmt.Errorf("count %s: %w", of, err)
	}
	return int(n % (1 << 30)), nil
}

func free(port int) bool {
	for _, ip := range []string{"127.0.0.1:", "127.0.0.2:", ":"} { // the last: at any address
		at := ip + strconv.Itoa(port)
		l, err := net.Listen("tcp", at)
		if err != nil {
			return false
		}
		_ = l.Close()
		u, err := net.ListenPacket("udp", at)
		if err != nil {
			return false
		}
		_ = u.Close()
	}
	return true
}

// program finds a program that the tests need.
func program(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed (Debian package %s): make test installs it", name, debian)
	}
	return path
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
