package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

func TestDemoPasswordsAreRandomAndKept(t *testing.T) {
	here, there := t.TempDir(), t.TempDir()
	read := func(state string) string {
		path := filepath.Join(state, "tandem", "demo", "passwords")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("passwords have mode %v", info.Mode())
		}
		return string(b)
	}
	for _, state := range []string{here, there} {
		if code := launchDemo(t, state).stop(); code != exitOK {
			t.Fatalf("exit code %d", code)
		}
	}
	first := read(here)
	if first == read(there) {
		t.Error("two state folders have the same passwords")
	}
	words := strings.Fields(first)
	if len(words) != 3 || words[0] == words[1] || len(words[0]) != 14 {
		t.Fatalf("passwords are %q", words)
	}
	if err := os.Chmod(filepath.Join(here, "tandem", "demo", "passwords"), 0o644); err != nil {
		t.Fatal(err)
	}
	again := launchDemo(t, here)
	again.stop()
	if second := read(here); second != first {
		t.Errorf("the second start changed the passwords: %q, then %q", first, second)
	}
	if !strings.Contains(again.out.String(), words[2]) {
		t.Errorf("the banner does not have the softphone's password:\n%s", again.out)
	}
	launchDemo(t, here, "--reset").stop()
	if read(here) == first {
		t.Error("--reset kept the passwords")
	}
}

// session is a browser's request for what its phone needs to register.
func session(t *testing.T, web, token string) (status int, user string) {
	t.Helper()
	body := fmt.Sprintf(`{"token":%q}`, token)
	res, err := client(t).Post(web+"/api/v1/phone/session", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct{ User string }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, answer.User
}

func TestLinksOpenAPhoneOnce(t *testing.T) {
	d := launchDemo(t, t.TempDir(), "-v")
	for i, want := range []string{"1001", "1002"} {
		if status := statusOf(t, d.web+"/p/"+d.links[i]); status != http.StatusOK {
			t.Errorf("the page of the link: %d", status)
		}
		if status, user := session(t, d.web, d.links[i]); status != http.StatusOK || user != want {
			t.Errorf("link %d opens %q with %d, want %q", i, user, status, want)
		}
		if status, _ := session(t, d.web, d.links[i]); status != http.StatusForbidden {
			t.Errorf("link %d opens another browser: %d", i, status)
		}
	}
	d.stop()
	passwords, err := os.ReadFile(filepath.Join(d.state, "passwords"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range append(strings.Fields(string(passwords)), d.links...) {
		if strings.Contains(d.err.String(), secret) {
			t.Errorf("the log holds %s:\n%s", secret, d.err)
		}
	}
}

func TestTwoDemosAtOnceShareNothing(t *testing.T) {
	state, base := t.TempDir(), fmt.Sprint(tandemtest.FreeBase(t))
	a, b := launch(t, state, "demo", "--port-base", base), launch(t, state, "demo", "--port-base", base)
	var webs []string
	for _, r := range []*running{a, b} {
		tandemtest.Await(t, "a banner", func() bool { return strings.Contains(r.out.String(), "Ctrl-C stops") })
		link := linkForm.FindStringSubmatch(r.out.String())
		tandemtest.Await(t, "ready", func() bool { return statusOf(t, link[1]+"/readyz") == http.StatusOK })
		if status, _ := session(t, link[1], link[2]); status != http.StatusOK {
			t.Errorf("%s is not where its own link opens: %d", link[1], status)
		}
		webs = append(webs, link[1])
	}
	if webs[0] == webs[1] {
		t.Errorf("both are at %s", webs[0])
	}
	if a.stop() != exitOK || b.stop() != exitOK {
		t.Error("one did not end well")
	}
}

func TestExportedCAVerifiesTheSecureListener(t *testing.T) {
	d := launchDemo(t, t.TempDir(), "--lan")
	code, pem, errs := do(t, "certs", "export-ca", "--state", d.state)
	if code != exitOK || !strings.Contains(errs, "SHA-256 ") {
		t.Fatalf("export-ca: %d\n%s", code, errs)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(pem)) {
		t.Fatalf("export-ca wrote %q", pem)
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(d.web, "http://"), ":")
	var secure int
	if _, err := fmt.Sscan(port, &secure); err != nil {
		t.Fatal(err)
	}
	hosts := []string{"localhost", "127.0.0.1"}
	if a := machine.LANAddr(); a.IsValid() {
		hosts = append(hosts, a.String())
	}
	for _, host := range hosts {
		at := net.JoinHostPort(host, fmt.Sprint(secure+1))
		for path, want := range map[string]int{"/": http.StatusOK, "/ws": http.StatusUpgradeRequired} {
			c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool}}}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+at+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Accept", "text/html") // as browsers do
			res, err := c.Do(req)
			if err != nil {
				t.Error(err)
				continue
			}
			page, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if res.StatusCode != want || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") || !strings.Contains(string(page), "<h") && path == "/ws" {
				t.Errorf("GET %s on %s: %s, %s", path, at, res.Status, res.Header.Get("Content-Type"))
			}
		}
	}
	old := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	if conn, err := tls.Dial("tcp", net.JoinHostPort("localhost", fmt.Sprint(secure+1)), old); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
}

func TestDemoSaysInWordsThatItsStateCannotBeKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, env := range map[string]func(string) string{
		"a file": tandemtest.Home(file), "under /proc": tandemtest.Home("/proc/nothing"),
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs tandemtest.Output
			code := run(t.Context(), []string{"demo"}, environment{in: strings.NewReader(""), out: &out, err: &errs, getenv: env})
			if code != exitFailed || !strings.Contains(errs.String(), "state folder") || !strings.Contains(errs.String(), "XDG_STATE_HOME") {
				t.Errorf("exit code %d: %s", code, &errs)
			}
		})
	}
}
