package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/miekg/dns"
)

const acmeName = "pbx.example.com"

// authority is Pebble, the ACME server that Let's Encrypt test clients with. It finds
// every name at 127.0.0.1 and knocks at a port of the test's choice.
type authority struct {
	directory string
	trusted   *x509.CertPool // for its own pages
	manage    string         // its root certificates are below this URL
	client    *http.Client
	stop      func()
}

func startAuthority(t *testing.T, knock int) *authority {
	t.Helper()
	pebble, err := exec.LookPath("pebble")
	if err != nil {
		t.Fatal("pebble is not installed: make install")
	}
	dir := t.TempDir()
	ca, err := Local(LocalConfig{StateDir: dir, Names: []string{"localhost", pebbleIP}})
	if err != nil {
		t.Fatal(err)
	}
	pair := filepath.Join(dir, "certs", leafFile)
	a := &authority{trusted: x509.NewCertPool()}
	a.trusted.AppendCertsFromPEM(ca.ExportCA().PEM)
	a.client = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.trusted}, DisableKeepAlives: true}}
	at, manage := freeAddr(t), freeAddr(t)
	a.directory, a.manage = "https://"+at+"/dir", "https://"+manage
	config, _ := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": at, "managementListenAddress": manage, "certificate": pair, "privateKey": pair, "httpPort": 1, "tlsPort": knock,
	}})
	file := filepath.Join(dir, "pebble.json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(pebble, "-config", file, "-dnsserver", everywhereHere(t))
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	out, _ := os.Create(filepath.Join(dir, "out"))
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait(); _ = out.Close() }()
	a.stop = func() { _ = cmd.Process.Kill(); <-ended }
	t.Cleanup(func() {
		a.stop()
		if said, err := os.ReadFile(out.Name()); t.Failed() && err == nil {
			t.Logf("pebble: %s", said)
		}
	})
	eventually(t, "the authority answers", func() bool {
		r, err := a.client.Get(a.directory)
		if err != nil {
			return false
		}
		_ = r.Body.Close()
		return true
	})
	return a
}

// roots are what who believes the authority believes.
func (a *authority) roots(t *testing.T) *x509.CertPool {
	t.Helper()
	r, err := a.client.Get(a.manage + "/roots/0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(text) {
		t.Fatalf("%v: %s", err, text)
	}
	return pool
}

// everywhereHere is a DNS server that finds every name at 127.0.0.1.
func everywhereHere(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	started, done := make(chan struct{}), make(chan struct{})
	s := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(started) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if len(q.Question) == 1 && q.Question[0].Qtype == dns.TypeA {
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}, A: net.IPv4(127, 0, 0, 1)}}
		}
		_ = w.WriteMsg(m)
	})}
	go func() { defer close(done); _ = s.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = s.Shutdown(); <-done })
	return conn.LocalAddr().String()
}

// pebbleIP is where Pebble listens: on 127.0.0.1 the tests that run beside this one might
// take a port between freeAddr and Pebble's start.
const pebbleIP = "127.0.0.14"

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", pebbleIP+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(until) {
			t.Fatalf("not within 30 s: %s", what)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// served runs a source on a listener, as the gateway's web port does, until stop.
func served(t *testing.T, l net.Listener, source Source) (stop func()) {
	t.Helper()
	config := source.TLSConfig()
	config.NextProtos = []string{"http/1.1"}
	server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = source.Run(ctx) }()
	over := make(chan struct{})
	go func() { defer close(over); _ = server.Serve(tls.NewListener(l, config)) }()
	return func() { cancel(); <-done; _ = server.Close(); <-over }
}

// idle is a source that asks nobody.
type idle struct{ Source }

func (idle) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// greets says whether a client that believes roots is shown a certificate of a name.
func greets(l net.Listener, name string, roots *x509.CertPool) error {
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", l.Addr().String(), &tls.Config{ServerName: name, RootCAs: roots})
	if err != nil {
		return err
	}
	return c.Close()
}

func TestAnAuthoritySignsOurName(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := startAuthority(t, l.Addr().(*net.TCPAddr).Port)
	state := t.TempDir()
	local, err := Local(LocalConfig{StateDir: state, Names: []string{acmeName}})
	if err != nil {
		t.Fatal(err)
	}
	ours := x509.NewCertPool()
	ours.AppendCertsFromPEM(local.ExportCA().PEM)
	config := ACMEConfig{
		StateDir: state, Names: []string{"PBX.example.com"}, Email: "ops@example.com", Directory: a.directory, Roots: a.trusted,
		Port: l.Addr().(*net.TCPAddr).Port, Meanwhile: local, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	source, err := ACME(config)
	if err != nil {
		t.Fatal(err)
	}
	early, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop := served(t, early, idle{source})
	if err := greets(early, acmeName, ours); err != nil {
		t.Errorf("before anybody was asked: %v", err)
	}
	stop()
	stop = served(t, l, NewLive(source)) // as the gateway has it
	signed := a.roots(t)
	eventually(t, "a certificate of the authority", func() bool { return greets(l, acmeName, signed) == nil })
	if err := greets(l, "localhost", ours); err != nil {
		t.Errorf("who asks for another name is not shown our own certificate: %v", err)
	}
	if err := greets(l, "somebody.else.example", signed); err == nil {
		t.Error("a certificate for a name that is not ours")
	}
	stop()
	a.stop()
	shut(t, state)

	l, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if source, err = ACME(config); err != nil {
		t.Fatal(err)
	}
	stop = served(t, l, source)
	defer stop()
	if err := greets(l, acmeName, signed); err != nil {
		t.Errorf("after a new start, with the authority away: %v", err)
	}
}

// shut asks that nothing kept can be read by others.
func shut(t *testing.T, dir string) {
	t.Helper()
	kept := 0
	err := filepath.WalkDir(filepath.Join(dir, dirName, "acme"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kept++
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			err = fmt.Errorf("%s may be read by others: %v", path, info.Mode())
		}
		return err
	})
	if err != nil || kept == 0 {
		t.Errorf("%d files: %v", kept, err)
	}
}
