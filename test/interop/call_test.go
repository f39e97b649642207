// Package interop calls through the gateway with real peers and listens at the
// far ends: baresip, Chromium with JsSIP, SIPp, Firefox.
//
// Each test starts one gateway, and one Chromium where it needs one; its
// subtests call one after the other.
package interop

import (
	"fmt"
	"testing"

	"github.com/tandemgw/tandem/test/peers"
)

// users is the configuration that all tests share.
const users = `
user "1001" {
  name     = "Ann"
  password = "pw-1001"
}
user "1002" {
  password = "pw-1002"
}
user "1003" {
  name     = "Desk"
  password = "pw-1003"
}
user "1004" {
  password = "pw-1004"
}
include_test_numbers = true
from "users" {
  calls = {
    "100X" = [dial("user:${to}", "20s")]
    "200X" = [dial("user:100${substr(to, 3, 1)}", "2s")]
    "700"  = [ring(["user:1001", "user:1003"], "20s")]
    "9X."  = [dial("trunk:line", "20s")]
  }
}
from "trunks" {
  calls = {
    "100X" = [dial("user:${to}", "20s")]
    "2001" = [dial("user:1001", "1s")]
  }
}
`

// house is a gateway with the peers around it.
type house struct {
	*peers.Gateway
	t      testing.TB
	chrome *peers.Chromium
	line   int // the port of the trunk, at 127.0.0.2
}

// open starts a gateway; more is put behind the shared configuration.
func open(t testing.TB, more string) *house {
	t.Helper()
	return openWith(t, peers.GatewayConfig{Rest: more})
}

// openWith is open with more to choose; Rest is what stands besides users and
// trunk.
func openWith(t testing.TB, c peers.GatewayConfig) *house {
	t.Helper()
	line := peers.FreePort(t)
	trunk := fmt.Sprintf("trunk \"line\" {\n  host  = \"127.0.0.2:%d\"\n  allow = [\"127.0.0.2/32\"]\n  options = \"off\"\n}\n", line) // SIPp is there only now and then
	c.Rest = users + trunk + c.Rest
	return &house{Gateway: peers.StartGatewayWith(t, c), t: t, line: line}
}

// desk starts a softphone of a user that answers by itself.
func (h *house) desk(t testing.TB, user string, c peers.BaresipConfig) *peers.Baresip {
	t.Helper()
	c.User, c.Password, c.Domain, c.Server = user, "pw-"+user, "127.0.0.1", h.SIP
	return peers.StartBaresip(t, c)
}

// web opens a page with JsSIP registered as a user; over WS unless the
// configuration has another address.
func (h *house) web(t testing.TB, user string, w peers.WebPeerConfig) *peers.WebPeer {
	t.Helper()
	if h.chrome == nil {
		h.chrome = peers.StartChromium(h.t, h.SPKI)
	}
	page := h.SecurePage()
	if w.WS == "" {
		w.WS, page = h.WS(), h.Page()
	}
	w.User, w.Password, w.Domain = user, "pw-"+user, "127.0.0.1"
	return h.chrome.Phone(t, page, w)
}

// uri is the address of a user or a number.
func uri(number string) string { return "sip:" + number + "@127.0.0.1" }

// at is the same for a softphone, which needs the port.
func (h *house) at(number string) string { return fmt.Sprintf("sip:%s@%s", number, h.SIP) }
