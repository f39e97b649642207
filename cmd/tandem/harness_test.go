package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(programFolder())
		os.Exit(code)
	}))
}

// programFolder is where program puts what it builds.
func programFolder() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("tandem-cmd-%d", os.Getpid()))
}

// output collects what a command writes while it still runs.
type output struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// patience is how long a test waits for what must come, on a machine that does much else.
const patience = time.Minute

// await polls until a condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(patience); !holds(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// home is an environment with nothing in it but a folder for state.
func home(dir string) func(string) string {
	return func(name string) string {
		if name == "XDG_STATE_HOME" {
			return dir
		}
		return ""
	}
}

// do runs a command to its end.
func do(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e output
	args = append([]string{}, args...) // none are those of the test itself
	code = run(t.Context(), args, environment{in: strings.NewReader(""), out: &o, err: &e, getenv: home(t.TempDir())})
	return code, o.String(), e.String()
}

// running is a command that serves until stop.
type running struct {
	out, err *output
	cancel   context.CancelFunc
	code     chan int
	once     sync.Once
	ended    int
}

// launch starts a command in this process; the test's end stops it.
func launch(t *testing.T, state string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{out: new(output), err: new(output), cancel: cancel, code: make(chan int, 1)}
	go func() {
		r.code <- run(ctx, args, environment{in: strings.NewReader(""), out: r.out, err: r.err, getenv: home(state)})
	}()
	t.Cleanup(func() { r.stop() })
	return r
}

// stop ends it and returns the exit code.
func (r *running) stop() int {
	r.once.Do(func() {
		r.cancel()
		r.ended = <-r.code
	})
	return r.ended
}

// demoGateway is a demo that runs in this process, as far as its banner tells.
type demoGateway struct {
	*running
	state string // its folder
	web   string // "http://localhost:8080"
	links []string
}

var linkForm = regexp.MustCompile(`(http://localhost:\d+)/p/(\w+)`)

// launchDemo starts a demo on ports of its own.
func launchDemo(t *testing.T, state string, args ...string) *demoGateway {
	t.Helper()
	args = append([]string{"demo", "--port-base", fmt.Sprint(freeBase(t))}, args...)
	d := &demoGateway{running: launch(t, state, args...), state: filepath.Join(state, "tandem", "demo")}
	await(t, "a banner\n"+d.err.String(), func() bool { return strings.Contains(d.out.String(), "Ctrl-C stops") })
	for _, l := range linkForm.FindAllStringSubmatch(d.out.String(), -1) {
		d.web, d.links = l[1], append(d.links, l[2])
	}
	if len(d.links) != 2 {
		t.Fatalf("banner has not two links:\n%s", d.out)
	}
	await(t, "ready", func() bool { return statusOf(t, d.web+"/readyz") == http.StatusOK })
	return d
}

// freeBase finds a port that nobody has now, with room for 62 above it, and keeps them for
// the test: whoever looks for some, in this process or another, does not get past the last
// one. They are below those that the system gives to whoever does not ask for one, and above
// those of peers.FreePort.
func freeBase(t *testing.T) int {
	t.Helper()
	const first, room = 30016, 64
	for range 200 {
		base := first + room*rand.IntN((32768-first)/room)
		kept, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+room-1))
		if err != nil {
			continue
		}
		if free(base) && free(base+1) && free(base+2) && free(base+3) && free(base+11) {
			t.Cleanup(func() { _ = kept.Close() })
			return base
		}
		_ = kept.Close()
	}
	t.Fatal("no free ports")
	return 0
}

func free(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	_ = l.Close()
	u, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return false
	}
	return u.Close() == nil
}

// client is a browser without a memory.
func client(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{DisableKeepAlives: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: patience}
}

func statusOf(t *testing.T, url string) int {
	t.Helper()
	res, err := client(t).Get(url)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// program builds the program once; a few tests need a process of its own.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programFolder(), "tandem")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

// spawn runs the program as a process with an empty home; before are words put
// before it, such as those of unshare.
func spawn(t *testing.T, before []string, args ...string) (*exec.Cmd, *output) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	words := append(append(before[:len(before):len(before)], path), args...)
	cmd := exec.Command(words[0], words[1:]...)
	out, dir := new(output), t.TempDir()
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, out, dir
	cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd, out
}
