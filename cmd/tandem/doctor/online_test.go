package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/locate"
)

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
	goodPort, silent := tandemtest.Answering(t, &good), tandemtest.ClosedPort(t)
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
`, tandemtest.Answering(t, nil), goodPort, tandemtest.Answering(t, &old), tandemtest.Answering(t, &soon), goodFile, oldFile, soonFile, goodPort, oldFile, oldKey, silent)
	file, found := config.Check(t.TempDir(), []config.Source{{Name: "t.hcl", Text: []byte(text)}}, config.Options{})
	if file == nil {
		t.Fatal(found)
	}
	hosts := map[string][]netip.Addr{}
	for _, name := range []string{"good.test", "other.test", "old.test", "soon.test"} {
		hosts[name] = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	}
	hosts["pbx.test"] = []netip.Addr{netip.MustParseAddr("192.0.2.77")}
	o := &Online{file: file, now: time.Now, own: []netip.Addr{netip.MustParseAddr("10.0.0.1")}, locator: locate.New(locate.Config{
		Hosts: hosts, Servers: []netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(silent))}, Timeout: 200 * time.Millisecond, Attempts: 1,
	})}
	begin := time.Now()
	results := o.Check(t.Context())
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
	if t.Failed() || tandemtest.GoType.MatchString(all.String()) {
		t.Errorf("said:\n%s", all.String())
	}
}
