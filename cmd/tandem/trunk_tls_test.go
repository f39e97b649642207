package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// TestTrunkOverTLSRegistersAndSaysGoodbye has one gateway register at another, whose
// authority it is told to believe.
func TestTrunkOverTLSRegistersAndSaysGoodbye(t *testing.T) {
	p, state := newPorts(t), t.TempDir()
	sips := p.sip + 5
	text := strings.Replace(p.file(state, "user \"acme1\" {\n  password = \"of-acme1\"\n}\n"), "/tcp\"]\n  web", fmt.Sprintf("/tcp\", \"127.0.0.1:%d/tls\"]\n  web", sips), 1)
	carrier := write(t, "carrier.hcl", text)
	r := launch(t, t.TempDir(), "serve", "-c", carrier)
	tandemtest.Await(t, "ready\n"+r.err.String(), func() bool { return strings.Contains(r.err.String(), `"ready"`) })
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if code, _, errs := do(t, "certs", "export-ca", "--state", state, "-o", ca); code != exitOK {
		t.Fatal(errs)
	}
	q := newPorts(t)
	ours := write(t, "tandem.hcl", q.file(t.TempDir(), fmt.Sprintf(`
trunk "carrier" {
  host      = "127.0.0.1:%d;transport=tls"
  ca        = %q
  register  = { user = "acme1", password = "of-acme1" }
  max_calls = 2
}
trunk "stranger" {
  host     = "localhost:%d;transport=tls"
  register = { user = "acme1", password = "of-acme1" }
}
`, sips, ca, sips)))
	s := launch(t, t.TempDir(), "serve", "-c", ours)
	tandemtest.Await(t, "ready\n"+s.err.String(), func() bool { return strings.Contains(s.err.String(), `"ready"`) })
	var out string
	tandemtest.Await(t, "registered over TLS\n"+out, func() bool {
		_, out, _ = do(t, "trunks", "-c", ours)
		return strings.Contains(out, "carrier   registered") && strings.Contains(out, "certificate")
	})
	if want := fmt.Sprintf("tls 127.0.0.1:%d", sips); !strings.Contains(out, want) || !strings.Contains(out, "0/2") || !strings.Contains(out, "acme1@127.0.0.1") {
		t.Errorf("trunks says nothing of %s:\n%s", want, out)
	}
	if _, bindings, _ := do(t, "registrations", "-c", carrier); !strings.Contains(bindings, "acme1  tandem") || !strings.Contains(bindings, "  tls  ") {
		t.Errorf("the carrier has\n%s", bindings)
	}
	s.stop()
	if _, bindings, _ := do(t, "registrations", "-c", carrier); bindings != "No device is registered.\n" {
		t.Errorf("after the end the carrier has\n%s", bindings)
	}
	if strings.Contains(s.err.String(), "of-acme1") {
		t.Error("the log holds the password")
	}
	_ = os.Remove(ca)
}
