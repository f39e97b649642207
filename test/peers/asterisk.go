package peers

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/sound"
)

// AsteriskRoot is the environment variable that names the folder with a Debian that
// has an Asterisk.
const AsteriskRoot = "TANDEM_ASTERISK"

// ExtensionIP is the address of telephones that belong to somebody else's PBX: it
// knows the gateway by the address of ours.
const ExtensionIP = "127.0.0.3"

// Asterisk is a running one, in the Debian that it comes with. It plays Music to
// whom it puts on hold.
type Asterisk struct {
	t     testing.TB
	root  string // of its Debian
	dir   string // its files, below root
	Port  int
	Addr  string // host:port for UDP and TCP
	TLS   string // host:port for TLS
	cmd   *exec.Cmd
	ended chan struct{}
	out   *Output
}

// Music is what Asterisk plays to whom is on hold there.
func Music() sound.Melody { return sound.Melody{2700, 2850, 3000, 3150, 3300} }

// StartAsterisk runs one until the test ends. It has transports, music on hold and
// the sound file "melody", and knows nobody: see Configure.
func StartAsterisk(t testing.TB) *Asterisk {
	t.Helper()
	root := os.Getenv(AsteriskRoot)
	if _, err := os.Stat(filepath.Join(root, "usr/sbin/asterisk")); root == "" || err != nil {
		t.Fatalf("no Asterisk in the folder that %s names (%q): make asterisk fetches one and runs these tests", AsteriskRoot, root)
	}
	if os.Getuid() != 0 {
		t.Fatal("Asterisk is run in a root folder of its own (chroot), which only root may do")
	}
	dir, err := os.MkdirTemp(filepath.Join(root, "tmp"), "tandem-")
	if err != nil {
		t.Fatal(err)
	}
	a := &Asterisk{t: t, root: root, dir: dir, Port: FreePort(t), out: &Output{}}
	secure := FreePort(t)
	a.Addr, a.TLS = fmt.Sprintf("%s:%d", SwitchIP, a.Port), fmt.Sprintf("%s:%d", SwitchIP, secure)
	t.Cleanup(func() {
		a.Stop()
		if t.Failed() {
			t.Logf("what Asterisk wrote:\n%s", tail(a.Log(), 400))
		}
		_ = os.RemoveAll(dir)
	})
	for _, sub := range []string{"moh", "sounds", "voicemail"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for file, m := range map[string]sound.Melody{"moh/music.wav": Music(), "melody.wav": sound.High()} {
		if err := sound.WriteWAV(a.file(file), m.PCM(8000, 60*time.Second), 8000); err != nil {
			t.Fatal(err)
		}
	}
	a.certificate()
	for name, text := range asteriskFiles {
		a.write(name, text)
	}
	a.write("transports.conf", fmt.Sprintf(asteriskTransports, a.Addr, a.TLS, a.inside()))
	a.write("pjsip.conf", "#include transports.conf\n")
	a.write("extensions.conf", "[nothing]\n")
	a.Start()
	return a
}

func tail(s string, lines int) string {
	all := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// inside is its folder as it is called by Asterisk.
func (a *Asterisk) inside() string { return "/tmp/" + filepath.Base(a.dir) }

func (a *Asterisk) file(name string) string { return filepath.Join(a.dir, name) }

// write puts a file of its configuration in place, in which HERE is its folder.
func (a *Asterisk) write(name, text string) {
	a.t.Helper()
	writeFile(a.t, a.file(name), strings.ReplaceAll(text, "HERE", a.inside()))
}

// Configure gives it what stands in pjsip.conf and extensions.conf, and further files
// by their names, and has it read them.
func (a *Asterisk) Configure(pjsip, extensions string, more map[string]string) {
	a.t.Helper()
	// Its sound comes from where its descriptions say, also on loopback.
	pjsip = strings.ReplaceAll(pjsip, "type=endpoint\n", "type=endpoint\nmedia_address="+SwitchIP+"\nbind_rtp_to_media_address=yes\nt38_bind_udptl_to_media_address=yes\n")
	files := map[string]string{"pjsip.conf": "#include transports.conf\n" + pjsip, "extensions.conf": extensions}
	maps.Copy(files, more)
	for name, text := range files {
		a.write(name, text)
	}
	for _, module := range []string{"res_pjsip", "res_pjsip_authenticator_digest", "res_pjsip_endpoint_identifier_ip", "res_pjsip_outbound_registration"} {
		a.Do("module reload " + module + ".so") // what cli_aliases.conf calls pjsip reload
	}
	a.Do("dialplan reload")
	for name := range more {
		switch name {
		case "queues.conf":
			a.Do("module reload app_queue.so")
		case "features.conf":
			a.Do("features reload")
		case "voicemail.conf":
			a.Do("voicemail reload")
		}
	}
}

// Start starts it again after Stop.
func (a *Asterisk) Start() {
	a.t.Helper()
	a.cmd = exec.Command("chroot", a.root, "/usr/sbin/asterisk", "-f", "-C", a.inside()+"/asterisk.conf")
	a.cmd.Stdout, a.cmd.Stderr = a.out, a.out
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := a.cmd.Start(); err != nil {
		a.t.Fatalf("start Asterisk: %v", err)
	}
	a.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) { _ = cmd.Wait(); close(ended) }(a.cmd, a.ended)
	AwaitIn(a.t, time.Minute, "Asterisk is up", a.out.String, func(string) bool {
		out, err := a.cli("core waitfullybooted")
		return err == nil && strings.Contains(out, "fully booted") && bound(SwitchIP, a.Port)
	})
}

// Stop ends it without a word to anybody, as a machine that loses its power.
func (a *Asterisk) Stop() {
	if a.cmd == nil {
		return
	}
	_ = syscall.Kill(-a.cmd.Process.Pid, syscall.SIGKILL)
	<-a.ended
	a.cmd = nil
}

func (a *Asterisk) cli(command string) (string, error) {
	out, err := exec.Command("chroot", a.root, "/usr/sbin/asterisk", "-C", a.inside()+"/asterisk.conf", "-rx", command).CombinedOutput()
	return string(out), err
}

// Do gives one of its commands and returns what it says.
func (a *Asterisk) Do(command string) string {
	a.t.Helper()
	out, err := a.cli(command)
	if err != nil {
		a.t.Fatalf("asterisk -rx %q: %v\n%s", command, err, out)
	}
	return out
}

// Log is what it has written: every SIP message, and each step of its dialplan.
func (a *Asterisk) Log() string {
	b, err := os.ReadFile(a.file("full"))
	if err != nil {
		return a.out.String()
	}
	return string(b)
}

// Says waits until its log has a text so many times in all.
func (a *Asterisk) Says(text string, times int, within time.Duration) {
	a.t.Helper()
	Await(a.t, within, "Asterisk writes "+text, func() bool { return strings.Count(a.Log(), text) >= times })
}

// Idle waits until it has no call.
func (a *Asterisk) Idle(within time.Duration) {
	a.t.Helper()
	Await(a.t, within, "Asterisk has no channel", func() bool { return strings.Contains(a.Do("core show channels count"), "0 active channels") })
}

// Recording is a file that its dialplan writes, as an Ear.
func (a *Asterisk) Recording(name string) Ear { return recording(a.file(name)) }

type recording string

// Recorded implements Ear.
func (r recording) Recorded() int {
	pcm, _ := r.Heard(0)
	return len(pcm)
}

// Heard implements Ear.
func (r recording) Heard(from int) ([]int16, int) {
	pcm, rate, err := sound.ReadWAV(string(r))
	if err != nil {
		return nil, 8000
	}
	return pcm[min(from, len(pcm)):], rate
}

// Forget empties its log.
func (a *Asterisk) Forget() {
	a.t.Helper()
	if err := os.Truncate(a.file("full"), 0); err != nil {
		a.t.Fatal(err)
	}
}

// Keep puts a file into its folder, which is HERE in its configuration.
func (a *Asterisk) Keep(name string, data []byte) {
	a.t.Helper()
	if err := os.WriteFile(a.file(name), data, 0o600); err != nil {
		a.t.Fatal(err)
	}
}
