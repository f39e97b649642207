package howto

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// TestBehindANAT serves the file of the text, where the relay listens elsewhere.
func TestBehindANAT(t *testing.T) {
	relay := peers.FreePort(t)
	p := newPage(t, append(gatewayHere(), "listen {\n  rtp  = \"10000-10199\"\n  turn = [\":3478/udp\", \":5349/tls\"]\n}\n", "")...)
	p.listen = fmt.Sprintf("  turn  = [\"127.0.0.1:%[1]d/udp\", \"127.0.0.1:%[1]d/tls\"]\n", relay)
	p.do("behind-a-nat.md")
	c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", relay), 5*time.Second)
	if err != nil {
		t.Fatalf("the relay: %v", err)
	}
	_ = c.Close()
}
