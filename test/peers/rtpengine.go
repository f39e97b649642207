package peers

import (
	"fmt"
	"os/exec"
	"testing"
	"time"
)

// startRTPEngine runs a media proxy in userspace until the test ends, and returns
// the address of its control port.
func startRTPEngine(t testing.TB) string {
	t.Helper()
	control, cli := FreePort(t), FreePort(t)
	first := 40000 + control%9000&^1
	address := fmt.Sprintf("%s:%d", SwitchIP, control)
	out := start(t, exec.Command(program(t, "rtpengine", "rtpengine-daemon"), "--config-file=none", "--foreground", "--log-stderr",
		"--table=-1", "--interface="+SwitchIP, "--listen-ng="+address, fmt.Sprintf("--listen-cli=%s:%d", SwitchIP, cli),
		fmt.Sprintf("--port-min=%d", first), fmt.Sprintf("--port-max=%d", first+200), "--num-threads=1", "--delete-delay=0", "--log-level=4"))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what rtpengine wrote:\n%s", out.Tail(30))
		}
	})
	Await(t, 10*time.Second, "rtpengine listens", func() bool { return bound(SwitchIP, control) })
	return address
}
