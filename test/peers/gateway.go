package peers

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Gateway is the gateway as a process.
type Gateway struct {
	SIP   string // host:port of SIP over UDP and TCP
	SIPS  string // and over TLS
	HTTP  string // http://localhost:port
	HTTPS string
	State string
	SPKI  string // of the certificate, for Chromium
	PID   int
	out   *Output
}

// Binary builds the gateway and returns its path: bin/tandem-test in the module's
// folder, which all test processes share, so that it is linked once.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := linked()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var linked = sync.OnceValues(func() (string, error) {
	path := filepath.Join(root(), "bin", "tandem-test")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	lock, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	defer func() { _ = lock.Close() }() // which unlocks it
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("build: %w", err)
	}
	cmd := exec.Command("go", "build", "-ldflags", "-s -w", "-o", path, "./cmd/tandem") // as tools/static does it
	cmd.Dir = root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

// root is the folder of the module: tests run in the folder of their package.
func root() string {
	dir, err := os.Getwd()
	for err == nil && dir != "/" {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return "."
}

// GatewayConfig is what a gateway is started with.
type GatewayConfig struct {
	Phones string                                 // address for SIP and plain RTP; 127.0.0.1 when empty
	Web    string                                 // address for pages; 127.0.0.1 when empty, and then they are localhost's; [::1] is its own
	Host   string                                 // where all of it is reached, when neither
	Under  []string                               // a command that runs the gateway
	Ports  func(g *Gateway, media, low, high int) // told before the gateway starts
	Listen string                                 // more lines of the listen block
	Rest   string                                 // users, trunks, dialplan
}

// StartGateway runs `tandem serve` with the rest of a configuration: users,
// trunks, dialplan. Where it listens is put before it.
func StartGateway(t testing.TB, rest string) *Gateway {
	t.Helper()
	return StartGatewayWith(t, GatewayConfig{Rest: rest})
}

// StartGatewayWith is StartGateway with more to choose.
func StartGatewayWith(t testing.TB, c GatewayConfig) *Gateway {
	t.Helper()
	if c.Phones == "" {
		c.Phones = "127.0.0.1"
	}
	if c.Web == "" {
		c.Web = "127.0.0.1"
	}
	phones, pages := c.Phones, "localhost"
	if strings.HasPrefix(c.Web, "[") {
		pages = c.Web // localhost need not be an address of IPv6
	}
	if c.Host != "" {
		phones, pages = c.Host, c.Host
	}
	dir := t.TempDir()
	sip, sips, web, secure, media := FreePort(t), FreePort(t), FreePort(t), FreePort(t), FreePort(t)
	low, high := PortRange(t)
	g := &Gateway{
		SIP: fmt.Sprintf("%s:%d", phones, sip), SIPS: fmt.Sprintf("%s:%d", phones, sips), HTTP: fmt.Sprintf("http://%s:%d", pages, web),
		HTTPS: fmt.Sprintf("https://%s:%d", pages, secure), State: filepath.Join(dir, "state"),
	}
	file := filepath.Join(dir, "tandem.hcl")
	writeFile(t, file, fmt.Sprintf(`domain = "127.0.0.1"
state  = %q
listen {
  sip   = ["%[10]s:%[2]d/udp", "%[10]s:%[2]d/tcp", "%[10]s:%[3]d/tls"]
  web   = ["%[11]s:%[4]d/http", "%[11]s:%[5]d/https"]
  media = [":%[6]d/udp"]
  rtp   = "%[10]s:%[7]d-%[8]d"
%[9]s
}
`, g.State, sip, sips, web, secure, media, low, high, c.Listen, c.Phones, c.Web)+c.Rest)
	if c.Ports != nil {
		c.Ports(g, media, low, high)
	}
	// Not ahead of others: those that are tested side by side share the cores with browsers.
	line := append(append([]string(nil), c.Under...), Binary(t), "serve", "-c", file, "--realtime=false")
	cmd := exec.Command(line[0], line[1:]...)
	g.out = start(t, cmd)
	g.PID = cmd.Process.Pid
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the gateway's log:\n%s", g.out.Tail(80))
		}
	})
	AwaitIn(t, time.Minute, "gateway is ready", g.out.String, func(string) bool { return get(g.HTTP+"/readyz") == http.StatusOK })
	g.SPKI = g.spki(t)
	return g
}

func get(url string) int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// spki is the hash of the key of the certificate that https shows, fetched with
// the CA that the gateway offers.
func (g *Gateway) spki(t testing.TB) string {
	t.Helper()
	conn, err := tls.Dial("tcp", strings.TrimPrefix(g.HTTPS, "https://"), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the key is what is asked for
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sum := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// CA returns the local CA that the gateway has made.
func (g *Gateway) CA(t testing.TB) *x509.CertPool {
	t.Helper()
	out, err := exec.Command(Binary(t), "certs", "export-ca", "--state", g.State).Output()
	if err != nil {
		t.Fatalf("certs export-ca: %v", err)
	}
	if block, _ := pem.Decode(out); block == nil {
		t.Fatalf("certs export-ca wrote %q", out)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(out)
	return pool
}

// WS and WSS are the addresses of SIP over WebSocket.
func (g *Gateway) WS() string  { return "ws" + strings.TrimPrefix(g.HTTP, "http") + "/ws" }
func (g *Gateway) WSS() string { return "wss" + strings.TrimPrefix(g.HTTPS, "https") + "/ws" }

// Page is an address of the gateway's own origin that a test page can live on.
func (g *Gateway) Page() string { return g.HTTP + "/healthz" }

// SecurePage is the same over https.
func (g *Gateway) SecurePage() string { return g.HTTPS + "/healthz" }

// Calls returns the call log.
func (g *Gateway) Calls(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(g.State, "calls.log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Log returns the end of what the gateway wrote.
func (g *Gateway) Log() string { return g.out.Tail(60) }

// Everything returns all that the gateway wrote.
func (g *Gateway) Everything() string { return g.out.String() }

// Said counts the log lines with a message: the phases of calls are messages.
func (g *Gateway) Said(message string) int {
	return strings.Count(g.out.String(), fmt.Sprintf("\"msg\":%q", message))
}

// Says waits until a message was logged so many times in all.
func (g *Gateway) Says(t testing.TB, message string, times int, within time.Duration) {
	t.Helper()
	Await(t, within, "the gateway logs "+message, func() bool { return g.Said(message) >= times })
}
