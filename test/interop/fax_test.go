package interop

import (
	"bytes"
	"fmt"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// A call that is a fax from its INVITE on goes from one line to the other, with its
// datagrams untouched.
func TestALineSendsAFaxToAnother(t *testing.T) {
	at := peers.FreePort(t)
	g := peers.StartGatewayWith(t, peers.GatewayConfig{Rest: fmt.Sprintf(`
trunk "line" {
  host    = "127.0.0.2"
  allow   = ["127.0.0.2/32"]
  options = "off"
}
trunk "machine" {
  host    = "127.0.0.3:%d"
  options = "off"
}
from "trunks" {
  calls = {
    "77" = [dial("trunk:machine", "20s")]
  }
}
`, at)})
	var conns [2]*net.UDPConn
	var sides [2]*peers.SIPp
	for i, c := range []peers.SIPpConfig{
		{Scenario: "called-takes-fax", IP: "127.0.0.3", Port: at},
		{Scenario: "calls-as-fax", IP: "127.0.0.2", Port: peers.FreePort(t), Number: "77", Hold: 3 * time.Second},
	} {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(c.IP)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		c.Scenario, c.Gateway, c.Media = filepath.Join("testdata", c.Scenario+".xml"), g.SIP, conn.LocalAddr().(*net.UDPAddr).Port
		conns[i], sides[i] = conn, peers.StartSIPp(t, c)
	}
	buf := make([]byte, 500)
	ports := [2]int{sides[0].Media(), sides[1].Media()}
	for i, conn := range conns {
		fax := []byte{0, byte(i), 1, 6, 0, 0x55}
		peers.Await(t, soon, "a fax gets through", func() bool {
			_, _ = conn.WriteToUDP(fax, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: ports[i]})
			_ = conns[1-i].SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			n, _ := conns[1-i].Read(buf)
			return bytes.Equal(buf[:n], fax)
		})
	}
	for _, s := range sides {
		s.Succeeds(soon)
	}
}
