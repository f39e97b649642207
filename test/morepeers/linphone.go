package morepeers

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// Linphone is a softphone that plays a melody and records what it hears. It
// registers, and it understands several challenges in one answer.
type Linphone struct {
	t    testing.TB
	in   io.Writer
	out  *peers.Output
	wav  string
	log  string // what it writes of itself
	Addr string // where it listens for SIP
	from int    // where in out Says begins to look
}

// Whether Linphone has a picture. There is neither camera nor screen: what it shows is
// a still picture, VP8 of one frame a second, and what it sees it decodes for nobody.
const (
	blind  = "automatically_initiate=0\nautomatically_accept=0"
	seeing = "enabled=1\ncapture=1\ndisplay=1\nautomatically_initiate=1\nautomatically_accept=1\nsize=cif\n" +
		"device=StaticImage: Static picture\ndisplaytype=MSVoidSink"
	// seeingH264 has no VP8; H.264 is Cisco's, of a plugin.
	seeingH264 = seeing + "\n[video_codec_0]\nmime=H264\nrate=90000\nenabled=1\nrecv_fmtp=packetization-mode=1;profile-level-id=42801F\n" +
		"[video_codec_1]\nmime=VP8\nrate=90000\nenabled=0"
)

// linphoneConfig wants: SIP port, RTP port, user, password, registrar, video.
const linphoneConfig = `[sip]
sip_port=%[1]d
sip_tcp_port=-2
sip_tls_port=-2
use_ipv6=0
bind_address=127.0.0.1
contact="Linphone" <sip:%[3]s@127.0.0.1>
default_proxy=0
media_encryption=none
guess_hostname=0
[rtp]
audio_rtp_port=%[2]d
[net]
firewall_policy=none
[video]
%[6]s
[auth_info_0]
username=%[3]s
passwd=%[4]s
realm=127.0.0.1
domain=127.0.0.1
[proxy_0]
reg_proxy=sip:%[5]s;transport=udp
reg_identity=sip:%[3]s@127.0.0.1
reg_expires=300
reg_sendregister=1
publish=0
`

// StartLinphone runs a softphone until the test ends; it is registered on return.
func StartLinphone(t testing.TB, user, password, server string, m sound.Melody) *Linphone {
	t.Helper()
	return startLinphone(t, m, blind, server, user, password)
}

// StartSeeingLinphone is StartLinphone with video.
func StartSeeingLinphone(t testing.TB, user, password, server string, m sound.Melody) *Linphone {
	t.Helper()
	return startLinphone(t, m, seeing, server, user, password, "-C", "-D")
}

// StartLinphoneH264 is StartSeeingLinphone with H.264 alone.
func StartLinphoneH264(t testing.TB, user, password, server string, m sound.Melody) *Linphone {
	t.Helper()
	return startLinphone(t, m, seeingH264, server, user, password, "-C", "-D")
}

func startLinphone(t testing.TB, m sound.Melody, video, server, user, password string, more ...string) *Linphone {
	t.Helper()
	path, err := exec.LookPath("linphonec")
	if err != nil {
		t.Fatal("linphonec is not installed (Debian package linphone-cli): make test installs it")
	}
	home := t.TempDir()
	for _, d := range []string{".local/share/linphone", ".config/linphone"} {
		if err := os.MkdirAll(filepath.Join(home, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	port := peers.FreePort(t)
	rc, log, melody := filepath.Join(home, "linphonerc"), filepath.Join(home, "log"), filepath.Join(home, "melody.wav")
	l := &Linphone{t: t, out: &peers.Output{}, wav: filepath.Join(home, "heard.wav"), log: log, Addr: fmt.Sprintf("127.0.0.1:%d", port)}
	text := fmt.Sprintf(linphoneConfig, port, peers.FreePort(t)&^1, user, password, server, video)
	if err := os.WriteFile(rc, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sound.WriteWAV(melody, m.PCM(8000, 90*time.Second), 8000); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append([]string{"-c", rc, "-d", "6", "-l", log}, more...)...)
	cmd.Env = append(os.Environ(), "HOME="+home)
	l.run(cmd)
	l.Says("registered, identity=sip:"+user, time.Minute, "status register")
	l.Do("soundcard use files") // there is no sound card
	l.Do("record " + l.wav)
	l.Do("play " + melody)
	return l
}

func (l *Linphone) run(cmd *exec.Cmd) {
	l.t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	l.in, cmd.Stdout, cmd.Stderr = in, l.out, l.out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		_, _ = fmt.Fprintln(in, "quit")
		done := make(chan struct{})
		go func() { _ = cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-done
		}
		if l.t.Failed() {
			wire, _ := os.ReadFile(l.log)
			l.t.Logf("what linphonec wrote:\n%s\nits log ends:\n%s", l.out.Tail(40), wire[max(0, len(wire)-6000):])
		}
	})
}

// Do gives one of linphonec's commands.
func (l *Linphone) Do(command string) {
	l.t.Helper()
	if _, err := fmt.Fprintln(l.in, command); err != nil {
		l.t.Fatalf("linphonec %s: %v\n%s", command, err, l.out.Tail(20))
	}
}

// Forget makes Says look only at what is written from now on.
func (l *Linphone) Forget() { l.from = len(l.out.String()) }

// Says waits until something was written since Forget. The commands are repeated
// meanwhile.
func (l *Linphone) Says(text string, within time.Duration, commands ...string) {
	l.t.Helper()
	asked := time.Time{}
	peers.Await(l.t, within, "linphonec writes "+text, func() bool {
		if len(commands) > 0 && time.Since(asked) > 500*time.Millisecond {
			asked = time.Now()
			for _, c := range commands {
				l.Do(c)
			}
		}
		return strings.Contains(l.out.String()[l.from:], text)
	})
}

// Logs waits until its own log has a text so many times.
func (l *Linphone) Logs(text string, times int, within time.Duration) {
	l.t.Helper()
	peers.Await(l.t, within, "linphonec logs "+text, func() bool {
		b, _ := os.ReadFile(l.log)
		return strings.Count(string(b), text) >= times
	})
}

// Recorded implements peers.Ear.
func (l *Linphone) Recorded() int {
	pcm, _ := l.Heard(0)
	return len(pcm)
}

// Heard implements peers.Ear: what was heard in all calls. The file is still
// being written, so that its header does not tell its length yet.
func (l *Linphone) Heard(from int) ([]int16, int) {
	b, err := os.ReadFile(l.wav)
	if err != nil || len(b) < 44 {
		return nil, 8000
	}
	rate := int(binary.LittleEndian.Uint32(b[24:]))
	pcm := make([]int16, (len(b)-44)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[44+2*i:]))
	}
	return pcm[min(from, len(pcm)):], max(rate, 8000)
}
