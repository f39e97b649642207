package peers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// SIPpConfig is one run of a scenario: one call, as caller or as called, whatever
// the scenario begins with.
type SIPpConfig struct {
	Scenario string // file
	IP       string // its own address
	Port     int    // its own SIP port
	Gateway  string // host:port
	Number   string // what it calls
	Media    int    // the RTP port that its descriptions name
	Hold     time.Duration
	// Repeats makes each repeated message one of its own; without, SIPp answers
	// repetitions by repeating what it sent last.
	Repeats bool
}

// SIPp is a running scenario.
type SIPp struct {
	t    testing.TB
	dir  string
	name string
	done chan error
}

// StartSIPp runs a scenario until its one call is over or the test ends.
func StartSIPp(t testing.TB, c SIPpConfig) *SIPp {
	t.Helper()
	path := program(t, "sipp", "sip-tester")
	scenario, err := filepath.Abs(c.Scenario)
	if err != nil {
		t.Fatal(err)
	}
	sound := FreePort(t)
	FreePort(t) // the next, which SIPp takes for pictures
	s := &SIPp{t: t, dir: t.TempDir(), name: filepath.Base(scenario), done: make(chan error, 1)}
	cmd := exec.Command(path, c.Gateway, "-sf", scenario, "-i", c.IP, "-p", strconv.Itoa(c.Port), "-mi", c.IP,
		"-mp", strconv.Itoa(sound), "-key", "media", strconv.Itoa(c.Media), "-s", c.Number, "-m", "1", "-nostdin",
		"-d", strconv.FormatInt(c.Hold.Milliseconds(), 10), "-recv_timeout", "60000", "-timeout", "120s", "-timeout_error",
		"-trace_msg", "-message_file", s.file("messages"), "-trace_logs", "-log_file", s.file("log"),
		"-trace_err", "-error_file", s.file("errors"))
	if c.Repeats {
		cmd.Args = append(cmd.Args, "-nr")
	}
	cmd.Dir = s.dir
	cmd.Stdout = &Output{}
	wait := startWaiting(t, cmd)
	go func() { s.done <- wait() }()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("SIPp, %s:\n%.3000s\n%.20000s", s.name, s.read("errors"), s.read("messages"))
		}
	})
	// It listens some time after it starts; a caller needs no waiting for.
	Await(t, time.Minute, "SIPp runs "+s.name, func() bool { return bound(c.IP, c.Port) })
	return s
}

// bound says whether somebody listens for UDP at an address.
func bound(ip string, port int) bool {
	table, err := os.ReadFile("/proc/net/udp")
	if err != nil {
		return false
	}
	var a, b, c, d int
	if _, err := fmt.Sscanf(ip, "%d.%d.%d.%d", &a, &b, &c, &d); err != nil {
		return false
	}
	ok, err := regexp.Match(fmt.Sprintf(" %02X%02X%02X%02X:%04X ", d, c, b, a, port), table)
	return ok && err == nil
}

func (s *SIPp) file(kind string) string { return filepath.Join(s.dir, kind) }

func (s *SIPp) read(kind string) string {
	b, _ := os.ReadFile(s.file(kind))
	return string(b)
}

// Log returns what the scenario has logged so far.
func (s *SIPp) Log() string { return s.read("log") }

// Messages returns every message sent and received so far.
func (s *SIPp) Messages() string { return s.read("messages") }

// Media waits until the scenario has logged the m= line of the gateway, and
// returns its port.
func (s *SIPp) Media() int {
	s.t.Helper()
	line := regexp.MustCompile(`m=(?:audio|image) ([0-9]+)`)
	port := 0
	Await(s.t, time.Minute, s.name+" logs the gateway's m= line", func() bool {
		m := line.FindStringSubmatch(s.Log())
		if m != nil {
			port, _ = strconv.Atoi(m[1])
		}
		return m != nil
	})
	return port
}

// Says waits until the scenario has logged something that a pattern matches.
func (s *SIPp) Says(pattern string, within time.Duration) {
	s.t.Helper()
	p := regexp.MustCompile(pattern)
	Await(s.t, within, s.name+" logs "+pattern, func() bool { return p.MatchString(s.Log()) })
}

// Succeeds waits for the end of the scenario and fails the test unless
// everything in it came as it wants.
func (s *SIPp) Succeeds(within time.Duration) {
	s.t.Helper()
	select {
	case err := <-s.done:
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit):
			s.t.Fatalf("SIPp: %s failed with code %d (1: a call failed, 97 or 99: it timed out or broke off)", s.name, exit.ExitCode())
		case err != nil:
			s.t.Fatal(err)
		}
	case <-time.After(within):
		s.t.Fatalf("SIPp: %s is not over after %v", s.name, within)
	}
}
