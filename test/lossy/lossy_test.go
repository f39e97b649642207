package lossy

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// dropping is how many percent of all datagrams that are not SIP get lost, each
// way and each leg.
const dropping = 5

const users = `
user "1001" {
  password = "pw-1001"
}
user "1003" {
  password = "pw-1003"
}
from "users" {
  calls = {
    "100X" = [dial("user:${to}", "20s")]
  }
}
`

// TestMain runs the tests again in a network namespace with loopback only, where
// packets can be lost without anybody else noticing.
func TestMain(m *testing.M) { peers.InNamespace(m, "nft") }

// lose drops datagrams from now on.
func lose(t *testing.T, sip string) {
	t.Helper()
	_, port, _ := strings.Cut(sip, ":")
	rules := fmt.Sprintf(`flush ruleset
table inet lossy {
  chain in {
    type filter hook input priority 0;
    udp sport != %[1]s udp dport != %[1]s numgen random mod 100 < %[2]d drop
  }
}
`, port, dropping)
	cmd := exec.Command("nft", "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("nft: %v: %s", err, out)
	}
}

func TestACallGoesOnWhereOnePacketInTwentyIsLost(t *testing.T) {
	gw := peers.StartGateway(t, users)
	chrome := peers.StartChromium(t, gw.SPKI)
	lose(t, gw.SIP)
	web := chrome.Phone(t, gw.Page(), peers.WebPeerConfig{WS: gw.WS(), User: "1001", Password: "pw-1001", Domain: "127.0.0.1"})
	desk := peers.StartBaresip(t, peers.BaresipConfig{User: "1003", Password: "pw-1003", Domain: "127.0.0.1", Server: gw.SIP, Melody: sound.Low()})
	web.Call("sip:1003@127.0.0.1")
	web.Event("confirmed", 20*time.Second)
	peers.Listen(t, "the phone", desk, sound.High(), 0, 400*time.Millisecond)
	peers.Listen(t, "the browser", web, sound.Low(), 0, 400*time.Millisecond)

	const keys = "0123456789*#ABCD"
	fromWeb := web.Recorded()
	web.Press(keys, "RFC2833")
	peers.Await(t, 15*time.Second, "all digits at the phone", func() bool { return len(desk.Digits()) >= len(keys) })
	if got := desk.Digits(); got != keys {
		t.Errorf("the phone got the digits %q, want %q: none lost, none twice", got, keys)
	}

	// Once both sides have reported what they miss, most of it is made good.
	heard(t, "the browser", web, sound.Low(), fromWeb, 6*time.Second, 0.7)
	fromPhone := desk.Recorded()
	heard(t, "the phone", desk, sound.High(), fromPhone, 6*time.Second, 0.7)
}

// heard waits until somebody has recorded for a time, and asserts which share of
// the melody's notes came whole.
func heard(t *testing.T, who string, e peers.Ear, m sound.Melody, since int, length time.Duration, least float64) {
	t.Helper()
	peers.Await(t, 3*length, "a recording of "+who, func() bool {
		pcm, rate := e.Heard(since)
		return time.Duration(len(pcm))*time.Second/time.Duration(rate) >= length
	})
	pcm, rate := e.Heard(since)
	h := m.Find(pcm, rate)
	share := float64(h.Notes) * sound.Note.Seconds() / (float64(len(pcm)) / float64(rate))
	t.Logf("%s heard %v: %.2f of all notes", who, h, share)
	if share < least {
		t.Errorf("%s heard %.2f of all notes, want %.2f: %v", who, share, least, h)
	}
}
