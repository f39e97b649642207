package soak

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
	peers.Await(b, 60*time.Second, "gateway is ready", func() bool { return g.get("/readyz") != "" })
	return g
}

// get returns what the gateway's web says; empty where it says nothing good.
func (g *gateway) get(path string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+g.web+path, nil)
	if err != nil {
		return ""
	}
	res, err := http.DefaultClient.Do(req)
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

// held is what the gateway has of the machine.
type held struct{ goroutines, files, memory, cpu float64 }

// holds reads what the gateway has; memory is in MiB, cpu in seconds.
func (g *gateway) holds(b *testing.B) held {
	b.Helper()
	text := g.get("/metrics")
	value := func(name string) float64 {
		m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(text)
		if m == nil {
			b.Fatalf("no %s among the metrics", name)
		}
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			b.Fatal(err)
		}
		return v
	}
	return held{
		value("go_goroutines"), value("process_open_fds"), value("process_resident_memory_bytes") / (1 << 20), value("process_cpu_seconds_total"),
	}
}
