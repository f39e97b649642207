package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
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

// do runs a command to its end.
func do(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e tandemtest.Output
	args = append([]string{}, args...) // none are those of the test itself
	code = run(t.Context(), args, environment{in: strings.NewReader(""), out: &o, err: &e, getenv: tandemtest.Home(t.TempDir())})
	return code, o.String(), e.String()
}

// running is a command that serves until stop.
type running struct {
	out, err *tandemtest.Output
	cancel   context.CancelFunc
	code     chan int
	once     sync.Once
	ended    int
}

// launch starts a command in this process; the test's end stops it.
func launch(t *testing.T, state string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{out: new(tandemtest.Output), err: new(tandemtest.Output), cancel: cancel, code: make(chan int, 1)}
	go func() {
		r.code <- run(ctx, args, environment{in: strings.NewReader(""), out: r.out, err: r.err, getenv: tandemtest.Home(state)})
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
	args = append([]string{"demo", "--port-base", fmt.Sprint(tandemtest.FreeBase(t))}, args...)
	d := &demoGateway{running: launch(t, state, args...), state: filepath.Join(state, "tandem", "demo")}
	tandemtest.Await(t, "a banner\n"+d.err.String(), func() bool { return strings.Contains(d.out.String(), "Ctrl-C stops") })
	for _, l := range linkForm.FindAllStringSubmatch(d.out.String(), -1) {
		d.web, d.links = l[1], append(d.links, l[2])
	}
	if len(d.links) != 2 {
		t.Fatalf("banner has not two links:\n%s", d.out)
	}
	tandemtest.Await(t, "ready", func() bool { return statusOf(t, d.web+"/readyz") == http.StatusOK })
	return d
}

// client is a browser without a memory.
func client(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{DisableKeepAlives: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: tandemtest.Patience}
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
func spawn(t *testing.T, before []string, args ...string) (*exec.Cmd, *tandemtest.Output) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	words := append(append(before[:len(before):len(before)], path), args...)
	cmd := exec.Command(words[0], words[1:]...)
	out, dir := new(tandemtest.Output), t.TempDir()
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
