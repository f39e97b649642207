package packages

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// patience is how long something may take on a machine that others use.
const patience = 60 * time.Second

//go:embed machine.sh
var machineScript string

// machine is a namespace with systemd as its init.
type machine struct {
	t    *testing.T
	init int // systemd, as it is known here
}

// boot starts a machine that sees a folder as /mnt.
func boot(t *testing.T, shared string) *machine {
	t.Helper()
	var log bytes.Buffer
	cmd := exec.Command("unshare", "--mount", "--pid", "--fork", "--cgroup", "--uts", "--ipc", "--net", "--propagation", "private", "--kill-child=KILL",
		"sh", "-c", machineScript, "machine", t.TempDir(), shared)
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	m := &machine{t: t}
	t.Cleanup(func() {
		if m.init != 0 {
			_ = syscall.Kill(m.init, syscall.SIGKILL) // and with it all that is in its namespace
		}
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("the machine says:\n%s", &log)
		}
	})
	wait(t, "systemd runs", func() bool {
		select {
		case <-ended:
			t.Fatalf("the machine does not start: %s", &log)
		default:
		}
		m.init = childOf(cmd.Process.Pid)
		if m.init == 0 {
			return false
		}
		out, _ := m.try("systemctl is-system-running")
		return strings.HasPrefix(out, "running") || strings.HasPrefix(out, "degraded") // by what others have installed
	})
	return m
}

// childOf is the first child of a process, 0 where it has none.
func childOf(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	child, err := strconv.Atoi(first)
	if err != nil {
		return 0
	}
	return child
}

// try runs lines of a shell on the machine.
func (m *machine) try(lines string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nsenter", "--target", strconv.Itoa(m.init), "--all", "--root", "--wd", "sh", "-ec", lines)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/root", "TERM=dumb", "DEBIAN_FRONTEND=noninteractive"}
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// do runs lines of a shell that have to succeed.
func (m *machine) do(lines string) string {
	m.t.Helper()
	out, err := m.try(lines)
	if err != nil {
		state, _ := m.try("systemctl --no-pager --full status tandem.service")
		m.t.Fatalf("%s\n%v: %s\n%s", lines, err, out, state)
	}
	return strings.TrimSpace(out)
}

// until runs a line until it succeeds and prints what is wanted.
func (m *machine) until(line, want string) {
	m.t.Helper()
	var got string
	wait(m.t, line+" prints "+want, func() bool {
		out, err := m.try(line)
		got = out
		return err == nil && strings.Contains(out, want)
	}, func() string { return got })
}

// wait waits until something is so.
func wait(t *testing.T, what string, so func() bool, got ...func() string) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; <-tick.C {
		if so() {
			return
		}
		if time.Now().After(end) {
			for _, g := range got {
				what += "; last: " + g()
			}
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// built builds the packages once, and returns their folder.
func built(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("to install packages one has to be root")
	}
	dir := t.TempDir()
	packager := filepath.Join(dir, "package")
	run(t, "../../tools/package", "go", "build", "-o", packager, ".")
	run(t, "", packager, "-root", "../..", "-out", dir, "-program", peers.Binary(t))
	return dir
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
