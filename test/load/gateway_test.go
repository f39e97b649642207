package load

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// gateway is the gateway as a process that may use one core only.
type gateway struct {
	sip  string // host:port of SIP over UDP
	http string // host:port
	pid  int
}

// startGateway runs `tandem serve` with the rest of a configuration until the
// benchmark ends. It has the last core to itself as far as we can help it.
func startGateway(b *testing.B, rest string) *gateway {
	b.Helper()
	return startGatewayOn(b, runtime.NumCPU()-1, rest)
}

// startGatewayOn is startGateway with another core.
func startGatewayOn(b *testing.B, core int, rest string) *gateway {
	b.Helper()
	dir := b.TempDir()
	sip, web, media := peers.FreePort(b), peers.FreePort(b), peers.FreePort(b)
	g := &gateway{sip: "127.0.0.1:" + strconv.Itoa(sip), http: "127.0.0.1:" + strconv.Itoa(web)}
	file := filepath.Join(dir, "tandem.hcl")
	text := fmt.Sprintf(`domain = "127.0.0.1"
state  = %q
listen {
  sip   = ["127.0.0.1:%d/udp"]
  web   = ["127.0.0.1:%d/http"]
  media = ["127.0.0.1:%d/udp"]
  rtp   = "127.0.0.1:30002-59999"
}
`, filepath.Join(dir, "state"), sip, web, media) + rest
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command("taskset", "-c", strconv.Itoa(core), peers.Binary(b), "serve", "-c", file)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		b.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	run(b, cmd)
	g.pid = cmd.Process.Pid // taskset becomes the gateway
	peers.Await(b, 60*time.Second, "gateway is ready", func() bool { return ready(g.http) })
	b.Cleanup(func() {
		if b.Failed() {
			text, _ := os.ReadFile(log.Name())
			b.Logf("the end of the gateway's log:\n%s", text[max(0, len(text)-3000):])
		}
	})
	return g
}

func ready(at string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+"/readyz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// run starts a command that ends with the benchmark at the latest.
func run(b *testing.B, cmd *exec.Cmd) <-chan error {
	b.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		b.Fatalf("start %s: %v", cmd.Path, err)
	}
	done, gone := make(chan error, 1), make(chan struct{})
	go func() { done <- cmd.Wait(); close(gone) }()
	b.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-gone:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-gone
		}
	})
	return done
}

// cpu is the processor time that the gateway has taken so far, user and system.
func (g *gateway) cpu(b *testing.B) time.Duration {
	b.Helper()
	return cpuOf(b, g.pid)
}

// cpuOf is the processor time that a process has taken so far, user and system.
func cpuOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	const utime, stime = 14 - 3, 15 - 3 // proc(5) counts from 1, and two are cut off
	user, _ := strconv.Atoi(fields[utime])
	system, _ := strconv.Atoi(fields[stime])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// memory is the gateway's resident memory in MiB.
func (g *gateway) memory(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", g.pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, _ := strconv.Atoi(strings.Fields(v)[0])
			return float64(kib) / 1024
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
