package morepeers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

const (
	nearIP = "127.0.0.4"
	farIP  = "127.0.0.5"
)

// row starts two gateways that are trunks of each other. Numbers with a 9 go to
// the other one; those with an 8 go on to and fro.
func row(t *testing.T) (near, far *Node) {
	t.Helper()
	nearPort, farPort := peers.FreePort(t), peers.FreePort(t)
	node := func(ip string, port int, otherIP string, other int, user string) *Node {
		return StartNode(t, ip, port, fmt.Sprintf(`
user %q {
  password = "pw-%[1]s"
}
trunk "other" {
  host = "%[2]s:%[3]d"
}
from "users" {
  calls = {
    "9100X" = [dial("trunk:other/${trimprefix(to, "9")}", "20s")]
    "8XXX"  = [dial("trunk:other", "20s")]
  }
}
from "trunks" {
  calls = {
    "100X" = [dial("user:${to}", "20s")]
    "8XXX" = [dial("trunk:other", "20s")]
  }
}
`, user, otherIP, other))
	}
	return node(nearIP, nearPort, farIP, farPort, "1003"), node(farIP, farPort, nearIP, nearPort, "1004")
}

func TestTwoGatewaysInARow(t *testing.T) {
	near, far := row(t)
	start := func(n *Node, user string, m sound.Melody) *peers.Baresip {
		return peers.StartBaresip(t, peers.BaresipConfig{
			User: user, Password: "pw-" + user, Domain: "127.0.0.1", Server: n.SIP, Melody: m,
		})
	}
	a, b := start(near, "1003", sound.Low()), start(far, "1004", sound.High())

	t.Run("a call through both", func(t *testing.T) {
		a.Dial("sip:91004@" + near.SIP)
		a.Event("CALL_ESTABLISHED", 20*time.Second)
		peers.Listen(t, "the caller", a, sound.High(), 0, talk)
		peers.Listen(t, "the called", b, sound.Low(), 0, talk)
		a.Press("19#")
		peers.Await(t, 20*time.Second, "digits", func() bool { return b.Digits() == "19#" })
		b.Hangup()
		a.Event("CALL_CLOSED", 20*time.Second)
	})
	t.Run("a call to and fro ends", func(t *testing.T) {
		a.Forget()
		began := time.Now()
		a.Dial("sip:8123@" + near.SIP)
		why := a.Event("CALL_CLOSED", 20*time.Second).Param
		t.Logf("%q after %v, %d legs at the near gateway", why, time.Since(began), near.Said("ended"))
		if !strings.HasPrefix(why, "483") && !strings.HasPrefix(why, "482") {
			t.Errorf("the caller of a loop is told %q, want 483 or 482", why)
		}
	})
	t.Run("and leaves room for others", func(t *testing.T) {
		a.Forget()
		b.Forget()
		b.Dial("sip:91003@" + far.SIP)
		b.Event("CALL_ESTABLISHED", 20*time.Second)
		peers.Listen(t, "the caller", b, sound.Low(), 0, talk)
		peers.Listen(t, "the called", a, sound.High(), 0, talk)
		b.Hangup()
		a.Event("CALL_CLOSED", 20*time.Second)
	})
}
