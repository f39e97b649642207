package morepeers

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// Node is one gateway of several, at a loopback address of its own, since trunks
// are known by their addresses.
type Node struct {
	SIP string // host:port of SIP over UDP
	out *peers.Output
}

// StartNode runs `tandem serve` at an address until the test ends. The port of SIP
// is given, so that gateways can name each other.
func StartNode(t testing.TB, ip string, sip int, rest string) *Node {
	t.Helper()
	dir, web, media := t.TempDir(), peers.FreePort(t), peers.FreePort(t)
	rtp := (10000 + web%9000) &^ 1 // below those that FreePort gives
	file := filepath.Join(dir, "tandem.hcl")
	text := fmt.Sprintf(`domain = "127.0.0.1"
state  = %q
listen {
  sip   = ["%s:%d/udp"]
  web   = ["127.0.0.1:%d/http"]
  media = [":%d/udp"]
  rtp   = "%s:%d-%d"
}
`, filepath.Join(dir, "state"), ip, sip, web, media, ip, rtp, rtp+400)
	if err := os.WriteFile(file, []byte(text+rest), 0o600); err != nil {
		t.Fatal(err)
	}
	n := &Node{SIP: fmt.Sprintf("%s:%d", ip, sip), out: run(t, exec.Command(peers.Binary(t), "serve", "-c", file, "--realtime=false"))}
	peers.Await(t, 10*time.Second, "gateway "+n.SIP+" is ready", func() bool {
		res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/readyz", web)) //nolint:noctx // polled, on loopback
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return n
}

// Said counts the log lines with a message.
func (n *Node) Said(message string) int {
	return strings.Count(n.out.String(), fmt.Sprintf("\"msg\":%q", message))
}

// run runs a program until the test ends.
func run(t testing.TB, cmd *exec.Cmd) *peers.Output {
	t.Helper()
	out := &peers.Output{}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		done := make(chan struct{})
		go func() { _ = cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-done
		}
		if t.Failed() {
			t.Logf("what %s wrote:\n%s", filepath.Base(cmd.Path), out.Tail(60))
		}
	})
	return out
}
