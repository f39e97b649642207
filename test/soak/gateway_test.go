package soak

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// Where the far ends are: callers, and whoever is called.
const (
	callerIP = "127.0.0.2"
	calledIP = "127.0.0.3"
)

// gateway is `tandem serve` as a process.
type gateway struct {
	sip, web string // host:port
	control  *http.Client
	pid      int
}

// startGateway runs the gateway until the benchmark ends, with little memory for
// ladders, so that it has been filled before anything is measured: callers may dial 77 for the
// telephone at calledIP, and 8 with a number behind it for a room.
func startGateway(b *testing.B, called int) *gateway {
	b.Helper()
	dir := b.TempDir()
	sip, web, media := peers.FreePort(b), peers.FreePort(b), peers.FreePort(b)
	g := &gateway{sip: "127.0.0.1:" + strconv.Itoa(sip), web: "127.0.0.1:" + strconv.Itoa(web)}
	file := filepath.Join(dir, "tandem.hcl")
	text := fmt.Sprintf(`domain = "127.0.0.1"
state  = %q
listen {
  sip   = ["127.0.0.1:%d/udp"]
  web   = ["127.0.0.1:%d/http"]
  media = ["127.0.0.1:%d/udp"]
  rtp   = "127.0.0.1:30002-59999"
}
trace {
  memory = 8
}
trunk "callers" {
  host    = %q
  allow   = ["%s/32"]
  options = "off"
}
trunk "called" {
  host    = "%s:%d"
  options = "off"
}
from "trunks" {
  calls = {
    "77" = [dial("trunk:called", "20s")]
    "8X." = [room("r${to}")]
  }
}
`, filepath.Join(dir, "state"), sip, web, media, callerIP, callerIP, calledIP, called)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(peers.Binary(b), "serve", "-c", file)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if b.Failed() {
			text, _ := os.ReadFile(log.Name())
			b.Logf("the end of the gateway's log:\n%s", text[max(0, len(text)-3000):])
		}
	})
	g.pid = cmd.Process.Pid
	g.control = controlOf(filepath.Join(dir, "state", "tandem.sock"))
	peers.Await(b, 60*time.Second, "gateway is ready", func() bool { return g.get("/readyz") != "" })
	return g
}

// get returns what the gateway's web says; empty where it says nothing good.
func (g *gateway) get(path string) string { return get(http.DefaultClient, "http://"+g.web+path) }

func get(client *http.Client, url string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return ""
	}
	res, err := client.Do(req)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return ""
	}
	return string(text)
}
