package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/locate"
)

// answering is a SIP server that answers every request with 200, over UDP, or over TLS with a certificate.
func answering(t *testing.T, certificate *tls.Certificate) (port int) {
	t.Helper()
	if certificate == nil {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		go func() {
			b := make([]byte, 4096)
			for {
				n, from, err := c.ReadFrom(b)
				if err != nil {
					return
				}
				if strings.HasPrefix(string(b[:n]), "OPTIONS sip:") && strings.HasSuffix(string(b[:n]), "\r\n\r\n") {
					_, _ = c.WriteTo([]byte("SIP/2.0 200 Fine\r\n\r\n"), from)
				}
			}
		}()
		return c.LocalAddr().(*net.UDPAddr).Port
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{*certificate}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				if line, err := bufio.NewReader(c).ReadString('\n'); err == nil && strings.HasPrefix(line, "OPTIONS") {
					_, _ = c.Write([]byte("SIP/2.0 405 Not here\r\n\r\n"))
				}
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// selfSigned makes a certificate, and the PEM files of it and its key.
func selfSigned(t *testing.T, name string, until time.Time) (pair tls.Certificate, cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: until.Add(-100 * 24 * time.Hour), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, cert, key
}

// TestCheckOnlineAsksTrunksAndReadsCertificates asks servers of its own.
func TestCheckOnlineAsksTrunksAndReadsCertificates(t *testing.T) {
	now := time.Now()
	good, goodFile, _ := selfSigned(t, "good.test", now.Add(90*24*time.Hour))
	old, oldFile, oldKey := selfSigned(t, "old.test", now.Add(-24*time.Hour))
	soon, soonFile, _ := selfSigned(t, "soon.test", now.Add(24*time.Hour))
	goodPort, silent := answering(t, &good), closedPort(t)
	text := fmt.Sprintf(`domain = "pbx.test"
listen {
  sip   = ["127.0.0.1:0/udp", "127.0.0.1:%[8]d/tcp"]
  web   = ["127.0.0.1:0/http"]
  media = ["127.0.0.1:0/udp"]
  rtp   = "127.0.0.1:20000-20100"
}
tls {
  mode = "files"
  cert = %[9]q
  key  = %[10]q
}
trunk "udp" { host = "127.0.0.1:%[1]d" }
trunk "good" {
  host  = "good.test:%[2]d;transport=tls"
  ca    = %[5]q
  allow = ["192.0.2.1"]
}
trunk "unknown" { host = "good.test:%[2]d;transport=tls" }
trunk "wrong" {
  host = "other.test:%[2]d;transport=tls"
  ca   = %[5]q
}
trunk "old" {
  host = "old.test:%[3]d;transport=tls"
  ca   = %[6]q
}
trunk "soon" {
  host    = "soon.test:%[4]d;transport=tls"
  ca      = %[7]q
  options = "off"
}
trunk "closed" {
  host  = "127.0.0.1:%[11]d;transport=tcp"
  allow = ["192.0.2.2"]
}
trunk "nowhere" { host = "nowhere.test" }
`, answering(t, nil), goodPort, answering(t, &old), answering(t, &soon), goodFile, oldFile, soonFile, goodPort, oldFile, oldKey, silent)
	file, found := config.Check(t.TempDir(), []config.Source{{Name: "t.hcl", Text: []byte(text)}}, config.Options{})
	if file == nil {
		t.Fatal(found)
	}
	hosts := map[string][]netip.Addr{}
	for _, name := range []string{"good.test", "other.test", "old.test", "soon.test"} {
		hosts[name] = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	}
	hosts["pbx.test"] = []netip.Addr{netip.MustParseAddr("192.0.2.77")}
	o := &online{file: file, now: time.Now, own: []netip.Addr{netip.MustParseAddr("10.0.0.1")}, locator: locate.New(locate.Config{
		Hosts: hosts, Servers: []netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(silent))}, Timeout: 200 * time.Millisecond, Attempts: 1,
	})}
	begin := time.Now()
	results := o.check(t.Context())
	if took := time.Since(begin); took > onlineTime+5*time.Second {
		t.Errorf("it took %v", took)
	}
	var all strings.Builder
	for _, r := range results {
		all.WriteString(r.String() + "\n")
	}
	for _, want := range []string{
		"error    port 127.0.0.1:" + fmt.Sprint(goodPort) + "/tcp: another program has it",
		"warning  public_ip: this machine has private addresses only",
		"warning  domain pbx.test: leads to 192.0.2.77, which is neither",
		"error    tls: " + oldFile + " was good from",
		"ok       trunk udp: 127.0.0.1:", "answers OPTIONS with 200 Fine",
		"ok       trunk good, certificate: good for good.test until", "answers OPTIONS with 405 Not here",
		"error    trunk unknown, certificate: its authority \"good.test\" is not known",
		"error    trunk wrong, certificate: it is for good.test, not for other.test",
		"error    trunk old, certificate: it was good from",
		"warning  trunk soon, certificate: good for soon.test until", "it is not asked, as options = \"off\"",
		"error    trunk closed: 127.0.0.1:", "nobody listens there",
		"error    trunk nowhere: nowhere.test: ",
	} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("not said: %s", want)
		}
	}
	if t.Failed() || goType.MatchString(all.String()) {
		t.Errorf("said:\n%s", all.String())
	}
}

// closedPort gives a TCP port of 127.0.0.1 that nobody listens on, nor can while the test
// runs: it is bound.
func closedPort(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	at, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return at.(*unix.SockaddrInet4).Port
}

// TestCheckOnlineByItsVerb runs the verb with a trunk that answers.
func TestCheckOnlineByItsVerb(t *testing.T) {
	text := fmt.Sprintf("domain = \"localhost\"\npublic_ip = \"127.0.0.1\"\nstate = %q\nlisten {\n  sip = [\"127.0.0.1:0/udp\"]\n  web = [\"127.0.0.1:0/http\"]\n  media = [\"127.0.0.1:0/udp\"]\n  rtp = \"127.0.0.1:21000-21100\"\n}\n"+
		"trunk \"a\" { host = \"127.0.0.1:%d\" }\nfrom \"trunks\" { calls = { \".\" = [reject(404)] } }\n", t.TempDir(), answering(t, nil))
	path := write(t, "tandem.hcl", text)
	code, out, errs := do(t, "check", "--online", "--strict", "-c", path)
	if code != exitOK || !strings.Contains(out, "answers OPTIONS with 200 Fine") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	code, out, _ = do(t, "check", "--online", "--json", "-c", path)
	var all checked
	if err := json.Unmarshal([]byte(out), &all); err != nil || code != exitOK || !all.OK || len(all.Online) < 4 {
		t.Errorf("exit code %d, %v\n%s", code, err, out)
	}
}

// TestCheckWritesFindingsForEditors asks for JSON of what is wrong.
func TestCheckWritesFindingsForEditors(t *testing.T) {
	path := write(t, "tandem.hcl", "domain = \"x.test\"\nuser \"201\" {\n  pasword = \"x\"\n}\n")
	code, out, errs := do(t, "check", "--json", "-c", path)
	var all checked
	if err := json.Unmarshal([]byte(out), &all); err != nil || code != exitConfig || all.OK || len(all.Findings) != 1 || errs != "" {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, out, errs)
	}
	want := foundFinding{"error", path, 3, 3, 3, 10, `there is no attribute user "pasword"`, `Did you mean "password"?`}
	if all.Findings[0] != want {
		t.Errorf("%+v, want %+v", all.Findings[0], want)
	}
	unused := write(t, "tandem.hcl", goodFile+"user \"300\" { password = \"x\" }\ntrunk \"beta\" { host = \"192.0.2.11\" }\n")
	if err := os.Chmod(unused, 0o644); err != nil {
		t.Fatal(err)
	}
	code, _, errs = do(t, "check", "-c", unused)
	for _, want := range []string{`no row leads to user "300"`, "everybody on this machine may read it"} {
		if code != exitOK || !strings.Contains(errs, want) {
			t.Errorf("exit code %d, %q is not said:\n%s", code, want, errs)
		}
	}
	if code, _, _ := do(t, "check", "--strict", "-c", unused); code != exitConfig {
		t.Errorf("--strict: exit code %d", code)
	}
}
