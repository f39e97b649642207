package howto

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/test/peers"
)

// TestPagesOfOneGateway does the pages that any gateway will do for: what they
// configure is put together, and one gateway started with it.
func TestPagesOfOneGateway(t *testing.T) {
	t.Parallel() // it mostly waits
	p := newPage(t)
	crm := make(chan string, 8)
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		record, _ := io.ReadAll(r.Body)
		crm <- r.Header.Get("Tandem-Signature") + " " + string(record)
	}))
	t.Cleanup(app.Close)
	homer := listenForHEP(t)
	for _, folder := range []string{"log", "backup"} {
		if err := os.Mkdir(filepath.Join(p.dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	p.replace = []string{
		"https://pbx.example.com:8443", "https://" + p.webs, "http://localhost:8080", "http://" + p.web, "pbx.example.com", "127.0.0.1",
		"https://crm.example.com", app.URL, "homer.example.com:9060", homer.addr,
		"/var/log/tandem", filepath.Join(p.dir, "log"), "/srv/backup", filepath.Join(p.dir, "backup"),
	}
	p.env = append(p.env, "CDR_SECRET=hush")
	pages := []string{"api-and-tokens.md", "backup.md", "cdr-to-your-program.md", "console.md", "homer-hep.md", "prometheus-grafana.md"}
	p.configure("domain = \"pbx.example.com\"\nuser \"201\" { password = \"correct-horse\" }\n")
	p.kinds = "hcl"
	for _, name := range pages {
		p.do(name)
	}
	p.serve("serve")
	p.kinds = "sh"
	for _, name := range pages {
		p.do(name)
	}
	if record := <-crm; !strings.HasPrefix(record, "t=") || !strings.Contains(record, `"dialed":"600"`) {
		t.Errorf("the webhook brought %s", record)
	}
	peers.Await(t, soon, "Homer has SIP", func() bool { return homer.has("INVITE sip:600@") })
}

// hepServer takes what is sent to Homer.
type hepServer struct {
	addr string
	got  peers.Output
}

func listenForHEP(t *testing.T) *hepServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	h := &hepServer{addr: l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(&h.got, c); _ = c.Close() }()
		}
	}()
	return h
}

// has says whether packets of HEP version 3 came, one with a text in it.
func (h *hepServer) has(text string) bool {
	b := []byte(h.got.String())
	return bytes.HasPrefix(b, []byte("HEP3")) && bytes.Contains(b, []byte(text))
}
