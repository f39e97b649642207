package peers

import (
	"bytes"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// RTPEngine is a media proxy in userspace that is not ours.
type RTPEngine struct {
	Control string // host:port of its ng protocol
	PID     int
}

// RTPEngineConfig is what a media proxy is started with.
type RTPEngineConfig struct {
	Under []string // a command that runs it
	IP    string   // where its media ports are; SwitchIP when empty
	Ports int      // how many; 200 when zero
}

// startRTPEngine runs a media proxy in userspace until the test ends, and returns
// the address of its control port.
func startRTPEngine(t testing.TB) string {
	t.Helper()
	return StartRTPEngine(t, RTPEngineConfig{}).Control
}

// StartRTPEngine runs a media proxy in userspace until the test ends.
func StartRTPEngine(t testing.TB, c RTPEngineConfig) *RTPEngine {
	t.Helper()
	if c.IP == "" {
		c.IP = SwitchIP
	}
	if c.Ports == 0 {
		c.Ports = 200
	}
	control, cli := FreePort(t), FreePort(t)
	first := 40000 + control%9000&^1
	e := &RTPEngine{Control: fmt.Sprintf("%s:%d", c.IP, control)}
	line := append(append([]string(nil), c.Under...), program(t, "rtpengine", "rtpengine-daemon"), "--config-file=none", "--foreground", "--log-stderr",
		"--table=-1", "--interface="+c.IP, "--listen-ng="+e.Control, fmt.Sprintf("--listen-cli=%s:%d", c.IP, cli),
		fmt.Sprintf("--port-min=%d", first), fmt.Sprintf("--port-max=%d", first+c.Ports), "--num-threads=1", "--delete-delay=0", "--log-level=4")
	cmd := exec.Command(line[0], line[1:]...)
	out := start(t, cmd)
	e.PID = cmd.Process.Pid
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what rtpengine wrote:\n%s", out.Tail(30))
		}
	})
	Await(t, time.Minute, "rtpengine listens", func() bool { return bound(c.IP, control) })
	return e
}

// Ask sends a command of the ng protocol, each of its values under the key before it,
// and returns the session description in the answer, where one is.
func (e *RTPEngine) Ask(command string, keysAndValues ...string) (string, error) {
	conn, err := net.Dial("udp4", e.Control)
	if err != nil {
		return "", fmt.Errorf("ask rtpengine: %w", err)
	}
	defer func() { _ = conn.Close() }()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d-%s d", time.Now().UnixNano(), conn.LocalAddr()) // a cookie that comes again is given the old answer
	for _, s := range append([]string{"command", command}, keysAndValues...) {
		fmt.Fprintf(&b, "%d:%s", len(s), s)
	}
	// A list, which no value stands for: the address in o= is that in c=.
	b.WriteString("7:replacel6:originee")
	if _, err := conn.Write(b.Bytes()); err != nil {
		return "", fmt.Errorf("ask rtpengine: %w", err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	answer := make([]byte, 65536)
	n, err := conn.Read(answer)
	if err != nil {
		return "", fmt.Errorf("ask rtpengine: %w", err)
	}
	if answer = answer[:n]; !bytes.Contains(answer, []byte("6:result2:ok")) {
		return "", fmt.Errorf("rtpengine answers %s with %q", command, answer)
	}
	_, rest, found := bytes.Cut(answer, []byte("3:sdp"))
	length, text, colon := bytes.Cut(rest, []byte(":"))
	size, err := strconv.Atoi(string(length))
	if !found || !colon || err != nil || size > len(text) {
		return "", nil // a command without one
	}
	return string(text[:size]), nil
}
