package switches

import (
	"fmt"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// soon is how long an answer to an act may take on a busy machine.
const soon = 20 * time.Second

// talk is how much of a melody must be heard.
const talk = 12 * sound.Note

// users are 1001 to 1004, whose passwords are pw and their names.
func users() string {
	var out string
	for n := 1001; n <= 1004; n++ {
		out += fmt.Sprintf("user \"%d\" {\n  password = \"pw%d\"\n}\n", n, n)
	}
	return out
}

// trunkTo is a trunk that is known by its address.
func trunkTo(name, host string) string {
	return fmt.Sprintf("trunk %q {\n  host  = %q\n  allow = [%q]\n}\n", name, host, peers.SwitchIP)
}

const rows = `
from "users" {
  calls = {
    "1XXX" = [dial("user:${to}", "20s")]
    "3XX"  = [dial("trunk:switch", "20s")]
  }
}
from "trunks" {
  calls = {
    "1XXX"    = [dial("user:${to}", "20s")]
    "5551001" = [dial("user:1001", "20s")]
  }
}
`

// desk is a softphone that has registered at the gateway.
func desk(t *testing.T, g *peers.Gateway, user string, c peers.BaresipConfig) *peers.Baresip {
	t.Helper()
	c.User, c.Password, c.Server = user, "pw"+user, g.SIP
	return peers.StartBaresip(t, c)
}

// outside is a softphone that has registered at another server.
func outside(t *testing.T, k *peers.Kamailio, user string, c peers.BaresipConfig) *peers.Baresip {
	t.Helper()
	c.User, c.Password, c.Server = user, "pw"+user, k.Addr
	return peers.StartBaresip(t, c)
}
