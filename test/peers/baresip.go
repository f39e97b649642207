package peers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/sound"
)

// BaresipConfig is a softphone's account.
type BaresipConfig struct {
	User, Password, Domain string
	Server                 string   // host:port of the registrar; empty: does not register
	Address                string   // its own; 127.0.0.1 when empty
	Under                  []string // a command that runs it
	Codecs                 string   // "PCMU/8000/1,PCMA/8000/1" when empty
	Melody                 sound.Melody
	Silent                 bool   // plays silence instead
	Manual                 bool   // does not answer by itself
	DTMF                   string // rtpevent (the default) or info
	Transport              string // udp (the default), tcp or tls
	CA                     string // with tls: the file of the authority it believes
	Encrypt                string // how it encrypts its media: srtp, srtp-mand or dtls_srtp; empty: not at all
	Video                  bool   // has a moving picture, VP8
	Unbuffered             bool   // decodes what comes as it comes: see its use
	Modules                []string
	More                   string // further parameters of the account, each with its semicolon before
	Account                string // the whole account, as baresip's own file has it, instead of what is above
}

// Baresip is a running softphone that plays a melody and records what it hears.
type Baresip struct {
	t    testing.TB
	dir  string
	Addr string // where it listens for SIP
	out  *Output

	mu     sync.Mutex
	ctl    net.Conn
	events []BaresipEvent
}

// BaresipEvent is what baresip says of itself.
type BaresipEvent struct {
	Type  string `json:"type"`
	Class string `json:"class"`
	Param string `json:"param"`
	At    time.Time
}

// StartBaresip runs a softphone until the test ends. When it has a server it is
// registered on return.
func StartBaresip(t testing.TB, c BaresipConfig) *Baresip {
	t.Helper()
	path := program(t, "baresip", "baresip-core")
	dir := t.TempDir()
	port, ctl := FreePort(t), FreePort(t)
	b := &Baresip{t: t, dir: dir, Addr: "127.0.0.1:" + strconv.Itoa(port)}
	network, control := "127.0.0.1", "127.0.0.1:"+strconv.Itoa(ctl)
	if c.Address != "" {
		b.Addr, network, control = c.Address+":"+strconv.Itoa(port), c.Address, c.Address+":"+strconv.Itoa(ctl)
	}
	if strings.HasPrefix(c.Server, "[") { // an IPv6 phone
		b.Addr, network = "[::1]:"+strconv.Itoa(port), "::1\nnet_prefer_ipv6 yes"
	}
	if c.Melody == nil {
		c.Melody = sound.Low()
	}
	melody := filepath.Join(dir, "melody.wav")
	pcm := c.Melody.PCM(8000, 90*time.Second)
	if c.Silent {
		clear(pcm)
	}
	if err := sound.WriteWAV(melody, pcm, 8000); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(baresipConfig, b.Addr, network, melody, baresipModules(t), dir, control)
	if c.Transport == "tls" {
		config += "sip_verify_server yes\nsip_cafile " + c.CA + "\n"
	}
	if c.Unbuffered {
		// baresip 1.0 does not empty its jitter buffer for a new SSRC that comes before
		// the sixth packet. Where the sequence number then is a lower one, all that
		// follows is late to it ("Connection timed out") and the call without sound.
		config += "jitter_buffer_delay 0-0\n"
	}
	if c.Encrypt != "" {
		config += "module srtp.so\nmodule dtls_srtp.so\n"
		c.More += ";mediaenc=" + c.Encrypt
	}
	if c.Video {
		config += "module vp8.so\nmodule fakevideo.so\nvideo_source fakevideo,nil\nvideo_display fakevideo,nil\n" +
			"video_size 320x240\nvideo_fps 15.00\nvideo_bitrate 300000\n"
		c.More += ";video_codecs=VP8"
	}
	for _, m := range c.Modules {
		config += "module_app " + m + ".so\n"
	}
	writeFile(t, filepath.Join(dir, "config"), config)
	writeFile(t, filepath.Join(dir, "accounts"), b.account(c)+"\n")
	writeFile(t, filepath.Join(dir, "contacts"), "")
	line := append(append([]string(nil), c.Under...), path, "-f", dir, "-v")
	b.out = start(t, exec.Command(line[0], line[1:]...))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what baresip %s said: %v\nand wrote:\n%s", c.User, b.kinds(), b.out.Tail(60))
		}
	})
	Await(t, time.Minute, "baresip takes commands", func() bool {
		conn, err := net.Dial("tcp", control)
		b.ctl = conn
		return err == nil
	})
	t.Cleanup(func() { _ = b.ctl.Close() })
	go b.read()
	if c.Server != "" { // it may have registered before it took commands: its events do not tell
		AwaitIn(t, time.Minute, "baresip is registered", b.out.String, func(out string) bool { return strings.Contains(out, "200 OK") })
	}
	return b
}

// baresipConfig wants: SIP address, network, melody, module folder, recording folder, control address.
const baresipConfig = `poll_method epoll
sip_listen %s
sip_trans_def udp
call_local_timeout 120
call_max_calls 20
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports 31000-31998
rtp_stats no
net_interface %s
audio_source aufile,%s
dns_server 127.0.0.1:9
module_path %s
module g711.so
module opus.so
module g722.so
module aufile.so
module sndfile.so
snd_path %s
module_app account.so
module_app menu.so
module ctrl_tcp.so
ctrl_tcp_listen %s
`

func (b *Baresip) account(c BaresipConfig) string {
	if c.Account != "" {
		return c.Account + ";answermode=auto;audio_codecs=PCMU/8000/1,PCMA/8000/1"
	}
	if c.Codecs == "" {
		c.Codecs = "PCMU/8000/1,PCMA/8000/1"
	}
	answer := "auto"
	if c.Manual {
		answer = "manual"
	}
	if c.DTMF == "" {
		c.DTMF = "rtpevent"
	}
	domain, register := c.Domain, ";regint=0"
	if c.Server != "" {
		domain, register = c.Server, fmt.Sprintf(";auth_pass=%s;regint=300", c.Password)
	}
	if c.Transport != "" {
		domain += ";transport=" + c.Transport
	}
	return fmt.Sprintf("<sip:%s@%s>;answermode=%s;audio_codecs=%s;dtmfmode=%s", c.User, domain, answer, c.Codecs, c.DTMF) + register + c.More
}

func baresipModules(t testing.TB) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/baresip/modules/g711.so", "/usr/lib/*/baresip/modules/g711.so"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return filepath.Dir(found[0])
		}
	}
	t.Fatal("baresip's modules are not installed (Debian package baresip-core)")
	return ""
}

// read takes the netstrings of the control connection.
func (b *Baresip) read() {
	r := bufio.NewReader(b.ctl)
	for {
		head, err := r.ReadString(':')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(head, ":"))
		if err != nil || n > 1<<20 {
			return
		}
		body := make([]byte, n+1)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		var e struct {
			BaresipEvent
			Response bool   `json:"response"` // to a command
			OK       bool   `json:"ok"`
			Data     string `json:"data"`
		}
		if json.Unmarshal(body[:n], &e) != nil {
			continue
		}
		if e.Response && !e.OK {
			e.BaresipEvent = BaresipEvent{Type: "COMMAND_FAILED", Param: e.Data}
		}
		if e.Type != "" {
			e.At = time.Now()
			b.mu.Lock()
			b.events = append(b.events, e.BaresipEvent)
			b.mu.Unlock()
		}
	}
}

// Command gives one of baresip's long commands.
func (b *Baresip) Command(name, params string) {
	b.t.Helper()
	body, _ := json.Marshal(map[string]string{"command": name, "params": params, "token": "t"})
	if _, err := fmt.Fprintf(b.ctl, "%d:%s,", len(body), body); err != nil {
		b.t.Fatalf("baresip %s: %v\n%s", name, err, b.out.Tail(20))
	}
}

// The acts of somebody at the phone.
func (b *Baresip) Dial(uri string) { b.Command("dial", uri) }
func (b *Baresip) Accept()         { b.Command("accept", "") }
func (b *Baresip) Hold()           { b.Command("hold", "") }
func (b *Baresip) Resume()         { b.Command("resume", "") }

// Transfer hands the call over to a number, blindly.
func (b *Baresip) Transfer(uri string) { b.Command("transfer", uri) }

// Hangup hangs up, and waits until the phone says so: what it says late would be
// taken for the end of the next call.
func (b *Baresip) Hangup() {
	closed := len(b.Events("CALL_CLOSED"))
	b.Command("hangup", "")
	for deadline := time.Now().Add(20 * time.Second); len(b.Events("CALL_CLOSED")) == closed && time.Now().Before(deadline); {
		Pause(10 * time.Millisecond)
	}
}

// Press presses keys, one after the other.
func (b *Baresip) Press(keys string) {
	for _, k := range keys {
		b.Command("sndcode", string(k))
		Pause(140 * time.Millisecond)
		b.Command("sndcode", "\x04")
		Pause(80 * time.Millisecond)
	}
}

// Digits returns the digits that it has received, as RFC 4733.
func (b *Baresip) Digits() string {
	var out strings.Builder
	for _, e := range b.Events("CALL_DTMF_START") {
		out.WriteString(e.Param)
	}
	return out.String()
}

// Events returns the events of a type so far.
func (b *Baresip) Events(kind string) []BaresipEvent {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []BaresipEvent
	for _, e := range b.events {
		if e.Type == kind {
			out = append(out, e)
		}
	}
	return out
}

// Forget forgets what was said and heard so far, so that the next Event waits for
// a new one.
func (b *Baresip) Forget() {
	for _, f := range b.recordings() {
		_ = os.Remove(f)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = nil
}

// Event waits for an event of a type and returns the last one.
func (b *Baresip) Event(kind string, within time.Duration) BaresipEvent {
	b.t.Helper()
	var got []BaresipEvent
	deadline := time.After(within)
	for {
		if got = b.Events(kind); len(got) > 0 {
			return got[len(got)-1]
		}
		select {
		case <-deadline:
			b.t.Fatalf("baresip did not say %s within %v; it said %v", kind, within, b.kinds())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Closed waits until a call is over, and compares the status that the phone was told.
func (b *Baresip) Closed(status int, within time.Duration) {
	b.t.Helper()
	if e := b.Event("CALL_CLOSED", within); !strings.Contains(e.Param, strconv.Itoa(status)) {
		b.t.Errorf("the phone was told %q, want %d", e.Param, status)
	}
}

func (b *Baresip) kinds() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, e := range b.events {
		out = append(out, e.Type+" "+e.Param)
	}
	return out
}

func (b *Baresip) recordings() []string {
	found, _ := filepath.Glob(filepath.Join(b.dir, "dump-*-dec.wav"))
	sort.Strings(found) // their names hold the time
	return found
}

// Recorded implements Ear.
func (b *Baresip) Recorded() int {
	pcm, _ := b.Heard(0)
	return len(pcm)
}

// Heard implements Ear: what the phone has heard since Forget.
func (b *Baresip) Heard(from int) ([]int16, int) {
	var all []int16
	at := 8000
	for _, f := range b.recordings() {
		if pcm, rate, err := sound.ReadWAV(f); err == nil {
			all, at = append(all, pcm...), rate // that of the codec
		}
	}
	return all[min(from, len(all)):], at
}

// Log returns the end of what it wrote, for test messages.
func (b *Baresip) Log() string { return b.out.Tail(40) }

// Everything returns all that it wrote.
func (b *Baresip) Everything() string { return b.out.String() }
