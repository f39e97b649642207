package peers

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// janusMedia is where Janus has its side of WebRTC: it takes no interface that is
// loopback, so that a pair of links which lead to each other has this address.
const janusMedia = "127.0.0.9"

// Janus is a gateway that is not ours: browsers talk its own protocol to it, and its SIP
// plugin is a telephone for each of them, which sends on what comes without decoding it.
type Janus struct {
	WS string // where browsers talk to it
}

// StartJanus runs one until the test ends, in the namespace of InNamespace.
func StartJanus(t testing.TB) *Janus {
	t.Helper()
	path, dir, port := program(t, "janus", "janus"), t.TempDir(), FreePort(t)
	rtp := 30000 + port%5000&^1
	linkFor(t, janusMedia)
	for name, text := range map[string]string{
		"janus.jcfg": fmt.Sprintf(`general: { configs_folder = %q  debug_level = 4  debug_colors = false }
media: { ipv6 = false  rtp_port_range = "%d-%d" }
nat: { ice_lite = false  ice_tcp = false  full_trickle = false  ice_enforce_list = %q }
plugins: { disable = %q }
transports: { disable = %q }
loggers: { disable = "libjanus_jsonlog.so" }
events: { broadcast = false }
`, dir, rtp, rtp+400, janusMedia, modules(t, "plugins", "sip"), modules(t, "transports", "websockets")),
		"janus.plugin.sip.jcfg": fmt.Sprintf(`general: { local_ip = %[1]q  local_media_ip = %[1]q  sdp_ip = %[1]q
  keepalive_interval = 0  behind_nat = false  register_ttl = 3600  rtp_port_range = "%[2]d-%[3]d" }
`, "127.0.0.1", rtp+5000, rtp+5400),
		"janus.transport.websockets.jcfg": fmt.Sprintf(`general: { json = "compact"  ws = true  ws_port = %d  ws_ip = "127.0.0.1"  wss = false }
admin: { admin_ws = false  admin_wss = false }
`, port),
	} {
		writeFile(t, filepath.Join(dir, name), text)
	}
	out := start(t, exec.Command(path, "--configs-folder="+dir, "--config="+filepath.Join(dir, "janus.jcfg")))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what Janus wrote:\n%s", out.Tail(60))
		}
	})
	Await(t, time.Minute, "Janus listens", func() bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return &Janus{WS: fmt.Sprintf("ws://127.0.0.1:%d/", port)}
}

// modules names all of a kind that Janus has but one, as its configuration wants those
// that are not to be loaded.
func modules(t testing.TB, kind, but string) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/*/janus/" + kind + "/*.so")
	if len(found) == 0 {
		t.Fatal("Janus's modules are not installed (Debian package janus)")
	}
	var all []string
	for _, f := range found {
		if name := filepath.Base(f); name != "libjanus_"+but+".so" {
			all = append(all, name)
		}
	}
	return strings.Join(all, ",")
}

// linkFor gives an address to a link that is not loopback.
func linkFor(t testing.TB, ip string) {
	t.Helper()
	if os.Getenv(inNamespace) == "" {
		t.Fatal("a test with links of its own has no namespace of its own")
	}
	if exec.Command("ip", "link", "show", "far0").Run() == nil {
		return
	}
	script := `ip link add far0 type veth peer name far1
ip link set far0 addrgenmode none && ip link set far1 addrgenmode none
ip addr add ` + ip + `/32 dev far0 && ip link set far1 up && ip link set far0 up`
	if out, err := exec.Command("sh", "-ec", script).CombinedOutput(); err != nil {
		t.Fatalf("a link of its own: %v\n%s", err, out)
	}
}

// JanusPhone is a browser that is somebody at a SIP server by way of Janus. Its melody
// is the browser's Microphone.
type JanusPhone struct {
	*WebPhone
}

// JanusConfig is its account.
type JanusConfig struct {
	Janus    string `json:"janus"`
	User     string `json:"user"`
	Password string `json:"password"`
	Server   string `json:"server"`         // host:port
	SRTP     string `json:"srtp,omitempty"` // of its own calls: sdes_optional or sdes_mandatory
}

// Phone opens a page, talks to Janus from it, and registers.
func (j *Janus) Phone(t testing.TB, chrome *Chromium, page string, c JanusConfig) *JanusPhone {
	t.Helper()
	p := &JanusPhone{chrome.phonePage(t, page)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Janus said %q", p.Events())
		}
	})
	script, err := os.ReadFile(filepath.Join(pageDir(), "janus.js"))
	if err != nil {
		t.Fatal(err)
	}
	Eval[string](p.Tab, string(script)+"; ''")
	c.Janus = j.WS
	config, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	p.Do("janus.register(" + string(config) + ")")
	p.Says("registered", time.Minute)
	return p
}

// Events returns what Janus has said, as event and text.
func (p *JanusPhone) Events() []string { return Eval[[]string](p.Tab, "janus.events") }

// Says waits until Janus has said an event, such as "accepted".
func (p *JanusPhone) Says(event string, within time.Duration) {
	p.t.Helper()
	Await(p.t, within, "Janus says "+event, func() bool {
		for _, e := range p.Events() {
			if e == event || strings.HasPrefix(e, event+" ") {
				return true
			}
		}
		return false
	})
}

// The acts of somebody at the browser.
func (p *JanusPhone) Call(uri string) { p.Do(fmt.Sprintf("janus.call(%q)", uri)) }
func (p *JanusPhone) Answer()         { p.Do("janus.answer()") }
func (p *JanusPhone) Hangup()         { p.Do("janus.ask({ request: 'hangup' })") }
func (p *JanusPhone) Hold()           { p.Do("janus.ask({ request: 'hold' })") }
func (p *JanusPhone) Resume()         { p.Do("janus.ask({ request: 'unhold' })") }

// Press presses keys; Chromium sends them as RFC 4733, Janus sends them on.
func (p *JanusPhone) Press(keys string) { p.Do(fmt.Sprintf("janus.press(%q)", keys)) }
