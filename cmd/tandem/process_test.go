package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// Q1: one command, no file, no question.
func TestOneCommandOnATerminalIsTheDemo(t *testing.T) {
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	master, slave := openTerminal(t)
	dir := t.TempDir()
	p, err := os.StartProcess(path, []string{"tandem"}, &os.ProcAttr{
		Dir: dir, Env: []string{"HOME=" + dir, "TERM=xterm"}, Files: []*os.File{slave, slave, slave},
		Sys: &syscall.SysProcAttr{Setsid: true, Setctty: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = slave.Close()
	shown, read := new(tandemtest.Output), make(chan struct{})
	go func() {
		defer close(read)
		_, _ = master.WriteTo(shown) // until the terminal has no more users
	}()
	tandemtest.Await(t, "a banner", func() bool { return strings.Contains(shown.String(), "Ctrl-C stops") })
	if _, err := master.Write([]byte{3}); err != nil { // Ctrl-C
		t.Fatal(err)
	}
	state, err := p.Wait()
	if err != nil {
		t.Fatal(err)
	}
	<-read
	if !state.Success() {
		t.Errorf("Ctrl-C: %v", state)
	}
	first, _, _ := strings.Cut(shown.String(), "\n")
	if !strings.Contains(first, "demo (no configuration found)") {
		t.Errorf("first line is %q", first)
	}
	if strings.Contains(shown.String(), "certificate") {
		t.Errorf("the terminal was told of certificates:\n%s", shown)
	}
}

// openTerminal is a pseudo-terminal (pts(4)).
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// Q2: ready in under a second, local CA included.
func TestDemoIsReadySoon(t *testing.T) {
	var took []time.Duration
	if _, err := program(); err != nil { // which takes its time
		t.Fatal(err)
	}
	for range 5 {
		began := time.Now()
		cmd, out := spawn(t, nil, "demo")
		tandemtest.Await(t, "a banner", func() bool { return strings.Contains(out.String(), "Ctrl-C stops") })
		took = append(took, time.Since(began))
		stopProcess(t, cmd.Process)
	}
	slices.Sort(took)
	t.Logf("ready after %v, median of 5, with a new CA each", took[2].Round(time.Millisecond))
	if took[0] > 5*time.Second { // wanted is 1 s; a busy machine is no failure, what waits does so each time
		t.Errorf("ready after %v", took)
	}
}

// stopProcess sends SIGTERM and waits until the process has gone.
func stopProcess(t *testing.T, p *os.Process) {
	t.Helper()
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if state, err := p.Wait(); err != nil {
		t.Fatal(err)
	} else if !state.Success() {
		t.Errorf("SIGTERM: %v", state)
	}
}

// Q4: with the network cable out, and without so much as a look around.
func TestDemoSendsNothingByItself(t *testing.T) {
	alone := []string{"unshare", "--net"}
	if os.Geteuid() != 0 {
		alone = append(alone, "--map-root-user")
	}
	alone = append(alone, "sh", "-c", `ip link set lo up && exec "$0" "$@"`)
	cmd, out := spawn(t, alone, "demo")
	tandemtest.Await(t, "a banner in a network namespace of its own (it takes unshare, ip, and the right to use them)",
		func() bool { return strings.Contains(out.String(), "Ctrl-C stops") })
	counters, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/snmp", cmd.Process.Pid)) // of its own namespace
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ table, name string }{{"Udp", "OutDatagrams"}, {"Tcp", "ActiveOpens"}} {
		if n := counter(t, string(counters), c.table, c.name); n != "0" {
			t.Errorf("%s %s = %s, want 0: it looked for something", c.table, c.name, n)
		}
	}
	if !strings.Contains(out.String(), "no network address but loopback") {
		t.Errorf("the banner does not say that Firefox will have no sound:\n%s", out)
	}
	stopProcess(t, cmd.Process)
}

// counter finds a value in the two lines, names and values, of a table.
func counter(t *testing.T, text, table, name string) string {
	t.Helper()
	var names []string
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] != table+":" {
			continue
		}
		if i := slices.Index(names, name); i > 0 {
			return f[i]
		}
		names = f
	}
	t.Fatalf("no %s %s in\n%s", table, name, text)
	return ""
}

// Q5: nothing but the browsers' media listens outside loopback.
func TestDemoListensOnLoopbackOnly(t *testing.T) {
	base := tandemtest.FreeBase(t)
	cmd, out := spawn(t, nil, "demo", "--port-base", fmt.Sprint(base))
	tandemtest.Await(t, "a banner", func() bool { return strings.Contains(out.String(), "Ctrl-C stops") })
	seen, media := 0, uint16(0)
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		for _, s := range machine.SocketTable(fmt.Sprintf("/proc/%d/net/%s", cmd.Process.Pid, table)) {
			udp := strings.HasPrefix(table, "udp")
			if !machine.Holds(fmt.Sprintf("/proc/%d/fd", cmd.Process.Pid), map[string]bool{"socket:[" + s.Inode + "]": true}) || !udp && !s.Listening {
				continue
			}
			seen++
			if s.Local.Addr().Unmap().IsLoopback() {
				continue
			}
			if !udp || media != 0 && media != s.Local.Port() {
				t.Errorf("%s/%s is reached from outside", s.Local, table)
			}
			media = s.Local.Port()
		}
	}
	if seen < 7 || media == 0 { // SIP over UDP, TCP and TLS, two for the web, media
		t.Errorf("%d sockets seen, media on %d", seen, media)
	}
	stopProcess(t, cmd.Process)
}
