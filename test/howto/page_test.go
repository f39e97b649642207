package howto

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// soon is how long something may take on a busy machine.
const soon = 30 * time.Second

// page is a document that is being done.
type page struct {
	t       *testing.T
	dir     string
	env     []string
	sip     string // host:port of the gateway: UDP and TCP
	sips    string // TLS
	replace []string
	phones  []*peers.Baresip
	pbx     *peers.Kamailio
	domain  string // of what the phones dial
	listen  string // more lines of the listen block
	web     string // host:port of the gateway for http
	webs    string // and for https
	kinds   string // what blocks are done; empty means all
	// at is done when the section of a heading begins, before its blocks.
	at map[string]func(p *page)
}

// newPage prepares a document; replace are words of it and what stands for them
// here, in turn.
func newPage(t *testing.T, replace ...string) *page {
	t.Helper()
	dir, path := t.TempDir(), t.TempDir()
	if err := os.Symlink(peers.Binary(t), filepath.Join(path, "tandem")); err != nil {
		t.Fatal(err)
	}
	return &page{
		t: t, dir: dir, replace: replace,
		sip: fmt.Sprintf("127.0.0.1:%d", peers.FreePort(t)), sips: fmt.Sprintf("127.0.0.1:%d", peers.FreePort(t)),
		web: fmt.Sprintf("127.0.0.1:%d", peers.FreePort(t)), webs: fmt.Sprintf("127.0.0.1:%d", peers.FreePort(t)),
		env: []string{
			"PATH=" + path + ":/usr/bin:/bin", "HOME=" + dir, "XDG_STATE_HOME=" + filepath.Join(dir, "state"),
		},
	}
}

// block is a fenced block of a document, below its last heading. Its tag is run where
// it is to be done.
type block struct {
	heading, kind, tag, text string
}

// blocks takes a document apart.
func blocks(t *testing.T, name string) []block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "howto", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	var all []block
	heading, open := "", false
	for line := range strings.Lines(string(text)) {
		info, fence := strings.CutPrefix(strings.TrimRight(line, "\n"), "```")
		switch {
		case fence && !open:
			kind, tag, _ := strings.Cut(info, " ")
			all, open = append(all, block{heading: heading, kind: kind, tag: tag}), true
		case fence:
			open = false
		case open:
			all[len(all)-1].text += line
		case strings.HasPrefix(line, "#"):
			heading = strings.TrimSpace(strings.TrimLeft(line, "#"))
		}
	}
	return all
}

// do does the blocks of a document that have the tag run, from its beginning to its
// end.
func (p *page) do(name string) {
	p.t.Helper()
	section := ""
	for _, b := range blocks(p.t, name) {
		if f := p.at[b.heading]; f != nil && b.heading != section {
			f(p)
		}
		section = b.heading
		if b.tag != "run" || p.kinds != "" && b.kind != p.kinds {
			continue // test/docs looks at it
		}
		switch b.kind {
		case "hcl":
			p.configure(b.text)
		case "sh":
			p.session(b.text)
		case "star":
			p.write(filepath.Join(p.dir, "route.star"), b.text)
		case "baresip":
			p.phone(b.text)
		case "kamailio":
			p.kamailio(b.text)
		default:
			p.t.Errorf("%s: nobody can do a block of the kind %q:\n%s", name, b.kind, b.text)
		}
	}
}

// here puts the servers that run in place of those of the text.
func (p *page) here(text string) string {
	return strings.NewReplacer(p.replace...).Replace(text)
}

// configure adds to tandem.hcl; where it listens is put before it.
func (p *page) configure(text string) {
	p.t.Helper()
	path := filepath.Join(p.dir, "tandem.hcl")
	if _, err := os.Stat(path); err == nil {
		text = strings.Replace(text, "domain = \"pbx.example.com\"\n", "", 1) // of another page for the same gateway
	} else {
		media := peers.FreePort(p.t)
		low, high := peers.PortRange(p.t)
		p.write(path, fmt.Sprintf("state = \"state\"\nlisten {\n  sip   = [\"%[1]s/udp\", \"%[1]s/tcp\", \"%[2]s/tls\"]\n  web   = [\"%[3]s/http\", \"%[8]s/https\"]\n"+
			"  media = [\"127.0.0.1:%[4]d/udp\"]\n  rtp   = \"127.0.0.1:%[5]d-%[6]d\"\n%[7]s}\n", p.sip, p.sips, p.web, media, low, high, p.listen, p.webs))
	}
	p.write(path, p.here(text))
}

// write adds to a file.
func (p *page) write(path, text string) {
	p.t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// session types the commands of a block and compares what they answer with what
// stands below them. What changes by itself, such as the state of a trunk, is asked
// for until it is as shown.
func (p *page) session(text string) {
	p.t.Helper()
	commands := strings.Split("\n"+text, "\n$ ")[1:]
	if len(commands) == 0 {
		p.t.Errorf("no line of this begins with `$ `, so that nothing is typed:\n%s", text)
	}
	for _, typed := range commands {
		command, want, _ := strings.Cut(strings.TrimRight(typed, "\n"), "\n")
		switch verb := strings.Fields(command); {
		case verb[0] == "export":
			p.env = append(p.env, verb[1:]...)
		case command == "tandem serve", command == "tandem demo":
			p.serve(verb[1:]...)
		default:
			p.show(command, want)
		}
	}
}

// show types a command until it answers what is shown. Where nothing is, it must
// only go well.
func (p *page) show(command, want string) {
	p.t.Helper()
	for end := time.Now().Add(soon); ; peers.Pause(100 * time.Millisecond) {
		got, err := p.run(p.here(command))
		switch {
		case want == "" && err == nil, want != "" && plain(got) == plain(p.here(want)):
			return
		case time.Now().After(end):
			p.t.Fatalf("$ %s\nanswers (%v):\n%s\nshown:\n%s\n\ncompared: %q\n    with: %q", command, err, got, want, plain(got), plain(p.here(want)))
		}
	}
}

// run types one command.
func (p *page) run(command string) (string, error) {
	cmd := exec.CommandContext(p.t.Context(), "sh", "-c", command)
	cmd.Dir, cmd.Env = p.dir, p.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// serve runs the gateway until the test ends.
func (p *page) serve(args ...string) {
	p.t.Helper()
	cmd := exec.Command(peers.Binary(p.t), args...)
	cmd.Dir, cmd.Env = p.dir, p.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	log := &peers.Output{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if p.t.Failed() {
			p.t.Logf("the gateway's log:\n%s", log.Tail(60))
		}
	})
	peers.AwaitIn(p.t, soon, "the gateway is ready", log.String, func(said string) bool {
		return strings.Contains(said, `"ready"`) || strings.Contains(said, "Ctrl-C stops")
	})
}

var account = regexp.MustCompile(`^<sip:(\w+)@([^;>]+)`)

// phone starts a softphone with the account that is shown. The ports of the
// gateway here are not those that an account may leave out.
func (p *page) phone(text string) {
	p.t.Helper()
	m := account.FindStringSubmatch(text)
	if m == nil {
		p.t.Fatalf("no account of baresip: %s", text)
	}
	c := peers.BaresipConfig{User: m[1], Account: p.here(strings.TrimSpace(text)), Server: p.sip}
	switch {
	case strings.Contains(text, "outbound="):
		c.Account = strings.Replace(c.Account, "sip:127.0.0.1", "sip:"+p.sip, 1)
	case strings.Contains(text, "transport=tls"):
		c.Account = strings.Replace(c.Account, "127.0.0.1:5061", p.sips, 1)
		c.Transport, c.CA = "tls", filepath.Join(p.dir, "tandem-ca.crt")
	default:
		c.Account = strings.Replace(c.Account, "@127.0.0.1", "@"+p.sip, 1)
	}
	p.phones = append(p.phones, peers.StartBaresip(p.t, c))
}

// What is another thing each time stands for itself.
var changes = []struct {
	form *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`\b\d+(\.\d+)?(ms|s|m|h|d)(\d+[smh])?\b`), "TIME"},
	{regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+:\d+\b`), "ADDRESS"},
	{regexp.MustCompile(`"20\d\d-\d\d-\d\dT[^"]*"`), "WHEN"},
	{regexp.MustCompile(`("roundTripMs": )[0-9.]+`), "${1}TRIP"},
	{regexp.MustCompile(`(?m)^[0-9a-hjkmnp-tv-z]{10}\b`), "CALL"},
	{regexp.MustCompile(`tandem-[0-9a-f]{12}\b`), "CONTACT"},
	{regexp.MustCompile(`baresip \S*( \(\S*)?`), "baresip"},
	{regexp.MustCompile(`\(?tandem\.hcl:\d+\)?`), "LINE"},
	{regexp.MustCompile(` +`), " "},
	{regexp.MustCompile(`(?m) +$`), ""},
}

// plain is a text without what is another thing each time.
func plain(text string) string {
	for _, c := range changes {
		text = c.form.ReplaceAllString(text, c.with)
	}
	return strings.TrimSpace(text)
}
