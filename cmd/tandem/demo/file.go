package demo

import (
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/people"
)

// fileText is the configuration of the demo.
func fileText(o Options, state string, p ports, passwords []string) string {
	host := "127.0.0.1:"
	signaling := host
	if o.LAN {
		host, signaling = "", ":"
	}
	return fmt.Sprintf(`domain = %q
state  = %q
listen {
  sip   = ["%[3]s%[4]d/udp", "%[3]s%[4]d/tcp", "%[3]s%[14]d/tls"]
  web   = ["%[3]s%[5]d/http", "%[3]s%[6]d/https"]
  media = [":%[7]d/udp"]
  rtp   = "%[8]s%[9]d-%[10]d"
}
user "1001" {
  password = %[11]q
}
user "1002" {
  password = %[12]q
}
user "1003" {
  password = %[13]q
}
include_test_numbers = true
messages { store = true }
phone { merge = "*3" }
from "users" {
  calls = {
    "100X" = [dial("user:${to}", "60s")]
    "*3"   = [room("merge-${caller}")]
  }
}
`, hostOf(o), state, signaling, p.sip, p.http, p.https, p.media, host, p.rtp, p.rtp+rtpPorts-1, passwords[0], passwords[1], passwords[2], p.sips)
}

// keptPasswords are those of 1001, 1002 and 1003, random and kept, so that a
// softphone's settings stay good.
func keptPasswords(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if words := strings.Fields(string(b)); err == nil && len(words) == 3 {
		return words, os.Chmod(path, 0o600)
	}
	words := []string{people.NewPassword(), people.NewPassword(), people.NewPassword()}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) { // it may have been readable by others
		return nil, err
	}
	return words, os.WriteFile(path, []byte(strings.Join(words, "\n")+"\n"), 0o600)
}

// ports are where the demo listens.
type ports struct{ sip, sips, http, https, media, rtp int }

const (
	rtpPorts    = 200              // of the demo
	MaxPortBase = 65535 - 12 - 200 // so that the last of the RTP ports is one
	maxStep     = 100              // how far a taken port is stepped over
)

// wantedPort is a port that the demo wants.
type wantedPort struct {
	port     *int
	networks []string // "udp", "tcp" or both, which then have one number
	hosts    []netip.Addr
	what     string
}

// findPorts takes the usual ports, and the next free ones where those are taken;
// notes says so in words.
func findPorts(o Options) (p ports, notes []string, err error) {
	p = ports{sip: 5060, sips: 5061, http: 8080, https: 8443, media: 8443, rtp: 10000}
	if b := o.PortBase; b > 0 {
		p = ports{sip: b, http: b + 1, https: b + 2, media: b + 2, sips: b + 3, rtp: (b + 11) &^ 1}
	}
	all := netip.IPv6Unspecified()
	host := []netip.Addr{all}
	web := host
	if !o.LAN {
		// A browser may try [::1] first for localhost: it should not meet another's page.
		host = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
		web = append(host[:1:1], netip.IPv6Loopback())
	}
	used := make(map[string]bool) // ports of ours, as "8443/tcp"
	for _, w := range []wantedPort{
		{&p.sip, []string{"udp", "tcp"}, host, "SIP"},
		{&p.http, []string{"tcp"}, web, "web"},
		{&p.https, []string{"tcp"}, web, "web"},
		{&p.media, []string{"udp"}, []netip.Addr{all}, "media"},
		{&p.sips, []string{"tcp"}, host, "SIP over TLS"},
	} {
		note, err := w.find(used)
		if err != nil {
			return p, nil, err
		}
		if note != "" {
			notes = append(notes, note)
		}
	}
	return p, notes, nil
}

// find steps to the first port that is free and not ours already, and says who has
// the one that was wanted.
func (w wantedPort) find(used map[string]bool) (note string, err error) {
	wanted, who := *w.port, ""
	for ; ; *w.port++ {
		if *w.port > min(wanted+maxStep, 65535) {
			return "", fmt.Errorf("no free %s port for %s from %d on", w.networks[0], w.what, wanted)
		}
		ours, by := false, ""
		for _, network := range w.networks {
			ours = ours || used[fmt.Sprint(*w.port, network)]
			if by == "" {
				if by = barredBy(network, w.hosts, *w.port); by != "" {
					by = fmt.Sprintf("port %d/%s is used by %s", wanted, network, by)
				}
			}
		}
		if !ours && by == "" {
			break
		}
		if who == "" && !ours {
			who = by
		}
	}
	for _, network := range w.networks {
		used[fmt.Sprint(*w.port, network)] = true
	}
	if *w.port != wanted && who != "" {
		note = fmt.Sprintf("%s; using %d", who, *w.port)
	}
	return note, nil
}

// barredBy says who keeps us from a port on one of the addresses, "" where nobody
// does.
func barredBy(network string, hosts []netip.Addr, port int) string {
	for _, h := range hosts {
		at := netip.AddrPortFrom(h, uint16(port))
		if h == netip.IPv6Loopback() && !hasIPv6() || machine.IsFree(network, at) {
			continue
		}
		return machine.Owner(network, at)
	}
	return ""
}

func hasIPv6() bool {
	for _, a := range machine.Addrs() {
		if a == netip.IPv6Loopback() {
			return true
		}
	}
	return false
}
