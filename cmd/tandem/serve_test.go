package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tandemgw/tandem/certs"
	"github.com/tandemgw/tandem/cmd/tandem/gateway"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
	"github.com/tandemgw/tandem/config"
)

// ownPorts are ports that a configuration of this test listens on.
type ownPorts struct{ sip, http, https, media, rtp int }

func (p ownPorts) file(state, rest string) string {
	return fmt.Sprintf(`domain = "127.0.0.1"
state  = %q
listen {
  sip   = ["127.0.0.1:%[2]d/udp", "127.0.0.1:%[2]d/tcp"]
  web   = ["127.0.0.1:%[3]d/http", "127.0.0.1:%[4]d/https"]
  media = ["127.0.0.1:%[5]d/udp"]
  rtp   = "127.0.0.1:%[6]d-%[7]d"
}
registrar { open = true }
user "301" {
}
include_test_numbers = true
`, state, p.sip, p.http, p.https, p.media, p.rtp, p.rtp+50) + rest
}

func newPorts(t *testing.T) ownPorts {
	t.Helper()
	b := tandemtest.FreeBase(t)
	return ownPorts{b, b + 1, b + 2, b + 3, (b + 11) &^ 1}
}

// launchServe serves a configuration in this process until the test ends.
func launchServe(t *testing.T, p ownPorts, rest string, args ...string) *running {
	t.Helper()
	path := write(t, "tandem.hcl", p.file(filepath.Join(t.TempDir(), "state"), rest))
	r := launch(t, t.TempDir(), append([]string{"serve", "-c", path}, args...)...)
	tandemtest.Await(t, "ready", func() bool { return statusOf(t, fmt.Sprintf("http://127.0.0.1:%d/readyz", p.http)) == http.StatusOK })
	return r
}

// Without the address no telephone would have any sound: it is no gateway then.
func TestServeSaysThatTheAddressOfRTPIsNotOfThisMachine(t *testing.T) {
	p := newPorts(t)
	file := strings.Replace(p.file(t.TempDir(), ""), `rtp   = "127.0.0.1:`, `rtp   = "192.0.2.99:`, 1)
	path := write(t, "tandem.hcl", file)
	code, out, errs := do(t, "serve", "-c", path)
	if code != exitFailed || out != "" || !strings.Contains(errs, "cannot listen on 192.0.2.99:") || !strings.Contains(errs, "does not have that address; correct it in `listen`") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if _, out, _ := do(t, "doctor", "-c", path); strings.Count(out, "this machine has no such address -> Write an address") != 1 {
		t.Errorf("doctor says\n%s", out)
	}
}

func TestServeNamesTheOwnerOfATakenPort(t *testing.T) {
	for name, take := range map[string]func(t *testing.T, p ownPorts){
		"web":   func(t *testing.T, p ownPorts) { holdTCP(t, p.https) },
		"sip":   func(t *testing.T, p ownPorts) { holdUDP(t, p.sip) },
		"tcp":   func(t *testing.T, p ownPorts) { holdTCP(t, p.sip) },
		"media": func(t *testing.T, p ownPorts) { holdUDP(t, p.media) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPorts(t)
			take(t, p)
			code, out, errs := do(t, "serve", "-c", write(t, "tandem.hcl", p.file(t.TempDir(), "")))
			form := regexp.MustCompile(`cannot listen on 127\.0\.0\.1:\d+/(udp|tcp): it is used by \S+ \(pid ` + fmt.Sprint(os.Getpid()) + `\).*; end that, or name another port in .listen.`)
			if code != exitFailed || out != "" || !form.MatchString(errs) {
				t.Errorf("exit code %d\n%s%s", code, out, errs)
			}
			if found := tandemtest.GoType.FindString(errs); found != "" {
				t.Errorf("it says %q", found)
			}
		})
	}
}

func holdTCP(t *testing.T, port int) {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
}

func holdUDP(t *testing.T, port int) {
	t.Helper()
	c, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
}

// The last step of open fails: nothing of the others may be left.
func TestOpenClosesAllWhenALaterStepFails(t *testing.T) {
	p := newPorts(t)
	holdTCP(t, p.https)
	state := t.TempDir()
	file, found := config.Check(state, []config.Source{{Name: "x.hcl", Text: []byte(p.file(state, ""))}}, config.Options{})
	if found.HasErrors() {
		t.Fatal(found)
	}
	before := goleak.IgnoreCurrent()
	if _, err := gateway.Open(file, gateway.Options{State: state, Log: slog.New(slog.DiscardHandler)}); err == nil {
		t.Fatal("a taken port was no error")
	}
	goleak.VerifyNone(t, before)
	for _, port := range []struct {
		network string
		port    int
	}{{"udp", p.sip}, {"tcp", p.sip}, {"tcp", p.http}, {"udp", p.media}} {
		at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port.port))
		if !machine.IsFree(port.network, at) {
			t.Errorf("%s/%s is still held", at, port.network)
		}
	}
}

// TestServeAnswersOverEachTransport asks the gateway what it can do, over TLS with
// the certificate that its own authority has signed.
func TestServeAnswersOverEachTransport(t *testing.T) {
	p, state := newPorts(t), t.TempDir()
	text := strings.Replace(p.file(state, ""), "/tcp\"]\n  web", fmt.Sprintf("/tcp\", \"127.0.0.1:%d/tls\"]\n  web", p.media), 1)
	r := launch(t, t.TempDir(), "serve", "-c", write(t, "tandem.hcl", text))
	tandemtest.Await(t, "ready\n"+r.err.String(), func() bool { return strings.Contains(r.err.String(), `"ready"`) })
	ca, err := certs.ExportCA(state)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca.PEM)
	for _, c := range []struct {
		via  string
		dial func() (net.Conn, error)
	}{
		{"UDP", func() (net.Conn, error) { return net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", p.sip)) }},
		{"TCP", func() (net.Conn, error) { return net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.sip)) }},
		{"TLS", func() (net.Conn, error) {
			return tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.media), &tls.Config{RootCAs: roots})
		}},
	} {
		conn, err := c.dial()
		if err != nil {
			t.Errorf("%s: %v", c.via, err)
			continue
		}
		_ = conn.SetDeadline(time.Now().Add(tandemtest.Patience))
		_, err = fmt.Fprintf(conn, "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%s 127.0.0.1:9;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\n"+
			"From: <sip:a@127.0.0.1>;tag=a\r\nTo: <sip:127.0.0.1>\r\nCall-ID: o%s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", c.via, c.via)
		b := make([]byte, 65535)
		n := 0
		if err == nil {
			n, err = conn.Read(b)
		}
		if err != nil || !strings.HasPrefix(string(b[:n]), "SIP/2.0 200") {
			t.Errorf("%s: %v\n%s", c.via, err, b[:n])
		}
		_ = conn.Close()
	}
	if code := r.stop(); code != exitOK {
		t.Errorf("exit code %d\n%s", code, r.err)
	}
}

// phoning is somebody with a call to 600 over plain SIP.
type phoning struct {
	conn net.Conn
	bye  chan string
}

// call600 calls the echo and waits until it is answered. A polite caller answers
// the BYE.
func call600(t *testing.T, p ownPorts, polite bool) *phoning {
	t.Helper()
	conn, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", p.sip))
	if err != nil {
		t.Fatal(err)
	}
	c := &phoning{conn: conn, bye: make(chan string, 8)}
	done := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	sdp := "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
	head := func(method, branch string, seq int, to string) string {
		return fmt.Sprintf("%s sip:600@127.0.0.1:%d SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s\r\nMax-Forwards: 70\r\nFrom: <sip:301@127.0.0.1>;tag=a\r\nTo: %s\r\n"+
			"Call-ID: open-call\r\nCSeq: %d %s\r\nContact: <sip:301@%s>\r\n", method, p.sip, conn.LocalAddr(), branch, to, seq, method, conn.LocalAddr())
	}
	answered := make(chan string, 8)
	go func() {
		defer close(done)
		b := make([]byte, 65536)
		for {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			text := string(b[:n])
			switch {
			case strings.HasPrefix(text, "SIP/2.0 1"):
			case strings.HasPrefix(text, "BYE"):
				c.bye <- text
				if polite {
					_, fields, _ := strings.Cut(text, "\r\n")
					_, _ = conn.Write([]byte("SIP/2.0 200 OK\r\n" + fields)) // a response has the request's fields
				}
			default:
				answered <- text
			}
		}
	}()
	send(t, conn, head("INVITE", "1", 1, "<sip:600@127.0.0.1>")+fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(sdp), sdp))
	select {
	case text := <-answered:
		if !strings.HasPrefix(text, "SIP/2.0 200") {
			t.Fatalf("600 answers\n%s", text)
		}
		to := regexp.MustCompile(`(?im)^To: *(.*?)\r?$`).FindStringSubmatch(text)[1]
		send(t, conn, head("ACK", "2", 1, to)+"Content-Length: 0\r\n\r\n")
	case <-time.After(tandemtest.Patience):
		t.Fatal("600 does not answer")
	}
	return c
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func TestServeEndsItsCallsAndItself(t *testing.T) {
	t.Parallel() // it waits
	for _, c := range []struct {
		name   string
		polite bool
		within time.Duration // and 4 s, on a machine that is busy
	}{
		{"the far end says goodbye", true, time.Second},
		{"the far end is gone", false, 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPorts(t)
			r := launchServe(t, p, "", "-v")
			far := call600(t, p, c.polite)
			began := time.Now()
			if code := r.stop(); code != exitOK {
				t.Errorf("exit code %d", code)
			}
			if took := time.Since(began); took > c.within+4*time.Second {
				t.Errorf("it took %v", took)
			}
			select {
			case <-far.bye:
			default:
				t.Errorf("no BYE came; log:\n%s", r.err)
			}
			if said := strings.Contains(r.err.String(), "not every far end"); said == c.polite || !strings.Contains(r.err.String(), `"stopped"`) {
				t.Errorf("log:\n%s", r.err)
			}
		})
	}
}

// pair makes a certificate by a CA of its own.
func pair(t *testing.T) (cert, key []byte) {
	t.Helper()
	dir := t.TempDir()
	if _, err := certs.Local(certs.LocalConfig{StateDir: dir}); err != nil {
		t.Fatal(err)
	}
	both, err := os.ReadFile(filepath.Join(dir, "certs", "leaf.key"))
	if err != nil {
		t.Fatal(err)
	}
	return both, both
}

func TestServeTakesUpNewCertificateFilesWhileItRuns(t *testing.T) {
	t.Parallel() // it waits
	dir, p := t.TempDir(), newPorts(t)
	put := func() []byte {
		cert, key := pair(t)
		for name, b := range map[string][]byte{"cert.pem": cert, "key.pem": key} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, err := tls.X509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		return c.Certificate[0]
	}
	first := put()
	launchServe(t, p, fmt.Sprintf("tls {\n  mode = \"files\"\n  cert = %q\n  key  = %q\n}\n", filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")))
	shown := func() []byte {
		var raw []byte
		conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.https), &tls.Config{
			InsecureSkipVerify:    true, //nolint:gosec // which one is shown is the question
			VerifyPeerCertificate: func(chain [][]byte, _ [][]*x509.Certificate) error { raw = chain[0]; return nil },
		})
		if err != nil {
			return nil
		}
		_ = conn.Close()
		return raw
	}
	if !bytes.Equal(shown(), first) {
		t.Error("another certificate is shown than that of the files")
	}
	second := put()
	tandemtest.Await(t, "the new certificate is shown", func() bool { return bytes.Equal(shown(), second) })
}

// Packets go ahead of what else the machine does where they may and it has a core for that;
// that they may not is told to who asked for it.
func TestServeGoesAheadWhereItMay(t *testing.T) {
	denied := os.NewSyscallError("sched_setattr", os.ErrPermission)
	for _, c := range []struct {
		name         string
		o            serveOptions
		cores        int
		may          error
		tried        bool
		told, warned bool
	}{
		{"nothing said", serveOptions{}, 2, nil, true, true, false},
		{"nothing said, one core", serveOptions{}, 1, nil, false, false, false},
		{"nothing said, not allowed", serveOptions{}, 2, denied, true, false, false},
		{"asked for", serveOptions{decided: true, ahead: true}, 2, nil, true, true, false},
		{"asked for, one core", serveOptions{decided: true, ahead: true}, 1, nil, true, true, false},
		{"asked for, not allowed", serveOptions{decided: true, ahead: true}, 2, denied, true, false, true},
		{"refused", serveOptions{decided: true}, 2, nil, false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			tried := false
			p := &machine.Priority{Raise: func() error { tried = true; return c.may }, Used: func() time.Duration { return 0 }, May: func() int { return c.cores }, Cores: c.cores}
			goAhead(t.Context(), environment{priority: p}, c.o, slog.New(slog.NewTextHandler(&out, nil)))()
			if tried != c.tried {
				t.Errorf("tried: %v, want %v", tried, c.tried)
			}
			if told := strings.Contains(out.String(), "packets go before"); told != c.told {
				t.Errorf("told: %v, want %v: %s", told, c.told, &out)
			}
			if warned := strings.Contains(out.String(), "level=WARN"); warned != c.warned {
				t.Errorf("warned: %v, want %v: %s", warned, c.warned, &out)
			}
		})
	}
	var out bytes.Buffer
	goAhead(t.Context(), environment{}, serveOptions{decided: true, ahead: true}, slog.New(slog.NewTextHandler(&out, nil)))() // a system where it cannot
	if !strings.Contains(out.String(), "level=WARN") {
		t.Errorf("who asked is told %q", &out)
	}
}
