package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// office is a gateway whose file the test writes again.
type office struct {
	*running
	t    *testing.T
	p    ownPorts
	file string
	dir  string
}

func newOffice(t *testing.T, rest string, args ...string) *office {
	t.Helper()
	o := &office{t: t, p: newPorts(t), dir: t.TempDir()}
	o.file = filepath.Join(o.dir, "tandem.hcl")
	o.write(rest)
	o.running = launch(t, o.dir, append([]string{"serve", "-c", o.file}, args...)...)
	tandemtest.Await(t, "ready", func() bool { return statusOf(t, o.at(o.p.http)+"/readyz") == http.StatusOK })
	return o
}

func (o *office) at(port int) string { return fmt.Sprintf("http://127.0.0.1:%d", port) }

// text is the file with a rest of its own.
func (o *office) text(rest string) string { return o.p.file(filepath.Join(o.dir, "state"), rest) }

func (o *office) write(rest string) { o.put(o.text(rest)) }

func (o *office) put(text string) {
	o.t.Helper()
	if err := os.WriteFile(o.file, []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) do(args ...string) (code int, out, errs string) {
	o.t.Helper()
	return doIn(o.t, tandemtest.Home(o.dir), append(args, "-c", o.file)...)
}

// reloads wants a reload that changes these things.
func (o *office) reloads(want ...string) {
	o.t.Helper()
	code, out, errs := o.do("reload")
	if code != exitOK {
		o.t.Fatalf("reload: %d\n%s%s", code, out, errs)
	}
	var got []string
	for _, l := range strings.Split(strings.TrimSpace(out), "\n")[1:] {
		got = append(got, strings.TrimSpace(l))
	}
	if !slices.Equal(got, want) {
		o.t.Errorf("changes %q, want %q", got, want)
	}
}

// refused wants a reload that changes nothing, with these words.
func (o *office) refused(words ...string) {
	o.t.Helper()
	before := o.status()
	code, out, errs := o.do("reload")
	if code != exitConfig {
		o.t.Errorf("reload: exit code %d\n%s%s", code, out, errs)
	}
	for _, w := range words {
		if !strings.Contains(out+errs, w) {
			o.t.Errorf("no %q in\n%s%s", w, out, errs)
		}
	}
	after := o.status()
	if after.Reload == nil || after.Reload.Outcome != admin.ReloadRefused {
		o.t.Errorf("status says %+v", after.Reload)
	}
	if !slices.Equal(before.Listening, after.Listening) || before.Users != after.Users || before.Trunks != after.Trunks {
		o.t.Errorf("something was changed: %+v, before %+v", after, before)
	}
}

func (o *office) status() admin.Status {
	o.t.Helper()
	_, out, _ := o.do("status", "--json")
	var s admin.Status
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		o.t.Fatal(err, out)
	}
	return s
}

// answers is the status that a call to a number gets that is refused, or -1.
func (o *office) answers(number string) int {
	o.t.Helper()
	conn, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", o.p.sip))
	if err != nil {
		o.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(tandemtest.Patience))
	sdp := "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"
	send(o.t, conn, fmt.Sprintf("INVITE sip:%[1]s@127.0.0.1:%[2]d SIP/2.0\r\nVia: SIP/2.0/UDP %[3]s;branch=z9hG4bK%[4]d\r\nMax-Forwards: 70\r\nFrom: <sip:301@127.0.0.1>;tag=a\r\n"+
		"To: <sip:%[1]s@127.0.0.1>\r\nCall-ID: %[4]d\r\nCSeq: 1 INVITE\r\nContact: <sip:301@%[3]s>\r\nContent-Type: application/sdp\r\nContent-Length: %[5]d\r\n\r\n%[6]s",
		number, o.p.sip, conn.LocalAddr(), time.Now().UnixNano(), len(sdp), sdp))
	b := make([]byte, 65536)
	for {
		n, err := conn.Read(b)
		if err != nil {
			return -1
		}
		status := 0
		if _, err := fmt.Sscanf(string(b[:n]), "SIP/2.0 %d", &status); err == nil && status >= 300 {
			if status == 503 && !regexp.MustCompile(`(?m)^Retry-After: \d+`).Match(b[:n]) {
				o.t.Errorf("503 without Retry-After:\n%s", b[:n])
			}
			return status
		}
	}
}

const rows = `from "users" { calls = { "1" = [reject(486)], "2" = [reject(600)] } }
`

func TestAReloadChangesWhatDiffersAndNothingElse(t *testing.T) {
	o := newOffice(t, rows)
	if code, out, _ := o.do("reload"); code != exitOK || out != "nothing has changed\n" {
		t.Errorf("with the same file: %d %q", code, out)
	}
	if s := o.answers("1"); s != 486 {
		t.Errorf("the old row answers %d", s)
	}
	far := call600(t, o.p, true)
	more := `user "302" { password = "first" }
trunk "alpha" { host = "192.0.2.9" }
room "board" { pin = "1234" }
` + strings.ReplaceAll(rows, "486", "603")
	o.write(more)
	o.reloads("user 302 added", "trunk alpha added", "room board added", "dialplan: 1 row changed")
	if s := o.answers("1"); s != 603 {
		t.Errorf("the new row answers %d", s)
	}
	register(t, fmt.Sprintf("127.0.0.1:%d", o.p.sip), "302", "first")
	if s := o.status(); s.Registrations != 1 || s.Users != 2 || s.Trunks != 1 {
		t.Errorf("status %+v", s)
	}
	more = strings.ReplaceAll(more, `"first"`, `"second"`)
	o.write(more)
	o.reloads("user 302 changed: password")
	if s := o.status(); s.Registrations != 1 {
		t.Error("the registration of a user whose password has changed is gone")
	}
	register(t, fmt.Sprintf("127.0.0.1:%d", o.p.sip), "302", "second")
	o.write("limits { guesses = 3 }\nrecordings { format = \"ogg\" }\nmessages { store = true }\nmedia { prefer = \"passthrough\" }\n" + rows)
	o.reloads("media changed: prefer", "messages changed: store", "limits changed: guesses", "recordings changed: format",
		"user 302 removed", "trunk alpha removed", "room board removed", "dialplan: 1 row changed")
	if s := o.status(); s.Registrations != 0 || s.Users != 1 || s.Trunks != 0 || s.Calls != 1 {
		t.Errorf("status %+v, want the call only", s)
	}
	select {
	case bye := <-far.bye:
		t.Errorf("the call was ended:\n%s", bye)
	default:
	}
}

func TestAListenerComesAndGoes(t *testing.T) {
	o := newOffice(t, rows)
	base := o.text(rows)
	other := newPorts(t)
	add := strings.NewReplacer(
		fmt.Sprintf(`"127.0.0.1:%d/tcp"`, o.p.sip), fmt.Sprintf(`"127.0.0.1:%d/tcp", "127.0.0.1:%d/udp", "127.0.0.1:%d/tls"`, o.p.sip, other.sip, other.sip),
		fmt.Sprintf(`"127.0.0.1:%d/https"`, o.p.https), fmt.Sprintf(`"127.0.0.1:%d/https", "127.0.0.1:%d/http"`, o.p.https, other.http),
		`rtp   =`, fmt.Sprintf("turn  = [\"127.0.0.1:%d/udp\"]\n  rtp   =", other.media),
	).Replace(base)
	o.put(add)
	o.reloads(fmt.Sprintf("listener 127.0.0.1:%d/udp of sip added", other.sip), fmt.Sprintf("listener 127.0.0.1:%d/tls of sip added", other.sip),
		fmt.Sprintf("listener 127.0.0.1:%d/http of web added", other.http), fmt.Sprintf("listener 127.0.0.1:%d/udp of turn added", other.media))
	if got := statusOf(t, o.at(other.http)+"/healthz"); got != http.StatusOK {
		t.Errorf("the new web listener answers %d", got)
	}
	there := &office{t: t, p: other}
	if s := there.answers("1"); s != 486 {
		t.Errorf("the new UDP listener answers %d", s)
	}
	far := call600(t, other, true)
	o.put(base)
	o.reloads(fmt.Sprintf("listener 127.0.0.1:%d/udp of sip removed", other.sip), fmt.Sprintf("listener 127.0.0.1:%d/tls of sip removed", other.sip),
		fmt.Sprintf("listener 127.0.0.1:%d/http of web removed", other.http), fmt.Sprintf("listener 127.0.0.1:%d/udp of turn removed", other.media))
	if got := statusOf(t, o.at(other.http)+"/healthz"); got != 0 {
		t.Errorf("the old web listener answers %d", got)
	}
	if n := o.status().Calls; n != 1 {
		t.Errorf("%d calls, want the one over the socket that was taken away", n)
	}
	o.put(add)
	o.refused(fmt.Sprintf("cannot listen on 127.0.0.1:%d/udp", other.sip)) // its call goes on
	o.put(base)
	if code, _, errs := o.do("hangup", o.callID()); code != 0 {
		t.Fatal(errs)
	}
	select {
	case <-far.bye:
	case <-time.After(tandemtest.Patience):
		t.Error("no BYE over the socket that was taken away")
	}
	o.put(add)
	tandemtest.Await(t, "the socket is free", func() bool { code, _, _ := o.do("reload"); return code == exitOK })
}

// callID names the only call.
func (o *office) callID() string {
	o.t.Helper()
	_, out, _ := o.do("calls", "--json")
	m := regexp.MustCompile(`"id": "(\w+)"`).FindStringSubmatch(out)
	if m == nil {
		o.t.Fatal(out)
	}
	return m[1]
}

func TestARefusedReloadChangesNothing(t *testing.T) {
	o := newOffice(t, rows)
	good := o.text(rows)
	o.put(good + "user \"303\" { pasword = \"x\" }\n")
	_, _, says := o.do("check")
	o.refused("user has no attribute", "1 error")
	if _, _, errs := o.do("reload"); !strings.Contains(errs, strings.Split(says, "\ntandem:")[0]) {
		t.Errorf("reload says\n%s\ncheck says\n%s", errs, says)
	}
	o.put(good + "media { ice = \"lite\" }\nuser \"303\" { password = \"x\" }\n")
	o.refused("restart", "media.ice", "user 303 added")
	holdTCP(t, o.p.sip+7)
	o.put(strings.Replace(good, "/http\"", fmt.Sprintf("/http\", \"127.0.0.1:%d/http\"", o.p.sip+7), 1) + "user \"303\" { password = \"x\" }\n")
	o.refused(fmt.Sprintf("cannot listen on 127.0.0.1:%d/tcp", o.p.sip+7), "nothing was changed")
	o.put(strings.Replace(good, fmt.Sprintf("127.0.0.1:%d/http\"", o.p.http), fmt.Sprintf(":%d/http\"", o.p.http), 1))
	o.refused("goes only once")
	o.put(good + "tls {\n  mode = \"files\"\n  cert = \"none.pem\"\n  key = \"none.pem\"\n}\n")
	o.refused("none.pem")
	code, out, _ := o.do("reload", "--json")
	var r admin.Reload
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitConfig || r.Outcome != admin.ReloadRefused {
		t.Errorf("--json: %d %v %s", code, err, out)
	}
	if err := os.Remove(o.file); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := doIn(t, tandemtest.Home(o.dir), "reload", "-c", o.other(good)); code != exitConfig {
		t.Errorf("without a file: %d %s", code, errs)
	}
	if s := o.answers("1"); s != 486 {
		t.Errorf("calls are answered %d", s)
	}
	o.put(good)
	if code, out, _ := o.do("reload"); code != exitOK || out != "nothing has changed\n" {
		t.Errorf("in the end: %d %s", code, out)
	}
}

// other is a copy of the file elsewhere, by which the verbs find the socket.
func (o *office) other(text string) string { return write(o.t, "tandem.hcl", text) }

func TestReloadsTakeTurns(t *testing.T) {
	o := newOffice(t, rows)
	var wg sync.WaitGroup
	for i := range 8 {
		o.write(fmt.Sprintf("user \"40%d\" { password = \"x\" }\n", i) + rows)
		wg.Go(func() {
			switch code, _, errs := o.do("reload"); code {
			case exitOK, exitConfig, exitUnreachable: // the file may be read half written, also to find the socket
			default:
				t.Errorf("%d %s", code, errs)
			}
		})
	}
	wg.Wait()
	o.write(rows)
	if code, _, errs := o.do("reload"); code != exitOK {
		t.Error(code, errs)
	}
	if s := o.status(); s.Users != 1 {
		t.Errorf("%d users", s.Users)
	}
	wg.Go(func() { _, _, _ = o.do("reload") }) // while it stops
	if code := o.stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	wg.Wait()
}

func TestReloadWithoutAGatewayOrAFile(t *testing.T) {
	if code, _, _ := do(t, "reload", "-c", write(t, "tandem.hcl", newPorts(t).file(t.TempDir(), ""))); code != exitUnreachable {
		t.Errorf("without a gateway: %d", code)
	}
	dir := t.TempDir()
	launchDemo(t, dir)
	if code, _, errs := doIn(t, tandemtest.Home(dir), "reload"); code != exitFailed || !strings.Contains(errs, "demo") {
		t.Errorf("with a demo: %d %s", code, errs)
	}
}

func TestSIGHUPReloads(t *testing.T) {
	o := newOffice(t, rows)
	o.write(strings.ReplaceAll(rows, "486", "603"))
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	tandemtest.Await(t, "a reload", func() bool {
		r := o.status().Reload
		return r != nil && r.By == "SIGHUP" && r.Outcome == admin.ReloadDone
	})
	if s := o.answers("1"); s != 603 {
		t.Errorf("the new row answers %d", s)
	}
}
