package main

import (
	"crypto/rand"
	"fmt"
	"net/netip"
	"os"
	"strings"
)

// demoFile is the configuration of the demo.
func demoFile(o demoOptions, state string, p ports, passwords []string) string {
	host := "127.0.0.1:"
	signaling := host
	if o.lan {
		host, signaling = "", ":"
	}
	return fmt.Sprintf(`domain = %q
state  = %q
listen {
  sip   = ["%[3]s%[4]d/udp"]
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
from "users" {
  calls = {
    "100X" = [dial("user:${to}", "60s")]
  }
}
`, demoHost(o), state, signaling, p.sip, p.http, p.https, p.media, host, p.rtp, p.rtp+rtpPorts-1, passwords[0], passwords[1], passwords[2])
}

// demoPasswords are those of 1001, 1002 and 1003, random and kept, so that a
// softphone's settings stay good.
func demoPasswords(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if words := strings.Fields(string(b)); err == nil && len(words) == 3 {
		return words, os.Chmod(path, 0o600)
	}
	words := []string{newPassword(), newPassword(), newPassword()}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) { // it may have been readable by others
		return nil, err
	}
	return words, os.WriteFile(path, []byte(strings.Join(words, "\n")+"\n"), 0o600)
}

// newPassword is easy to type on a phone: 12 letters and figures without those
// that look alike, 59 bits, in three groups.
func newPassword() string {
	const letters = "23456789abcdefghjkmnpqrstuvwxyz" // 31
	var b []byte
	for len(b) < 14 {
		if len(b) == 4 || len(b) == 9 {
			b = append(b, '-')
		}
		var r [1]byte
		rand.Read(r[:]) // never fails: crypto/rand.Read's documentation
		if int(r[0]) < 256/len(letters)*len(letters) {
			b = append(b, letters[int(r[0])%len(letters)])
		}
	}
	return string(b)
}

// ports are where the demo listens.
type ports struct{ sip, http, https, media, rtp int }

const (
	rtpPorts    = 200              // of the demo
	maxPortBase = 65535 - 12 - 200 // so that the last of the RTP ports is one
	maxStep     = 100              // how far a taken port is stepped over
)

// demoPorts takes the usual ports, and the next free ones where those are taken;
// notes says so in words.
func demoPorts(o demoOptions) (p ports, notes []string, err error) {
	p = ports{sip: 5060, http: 8080, https: 8443, media: 8443, rtp: 10000}
	if o.portBase > 0 {
		p = ports{sip: o.portBase, http: o.portBase + 1, https: o.portBase + 2, media: o.portBase + 2, rtp: (o.portBase + 11) &^ 1}
	}
	all := netip.IPv6Unspecified()
	host := []netip.Addr{all}
	web := host
	if !o.lan {
		// A browser may try [::1] first for localhost: it should not meet another's page.
		host = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
		web = append(host[:1:1], netip.IPv6Loopback())
	}
	used := make(map[string]bool) // ports of ours, as "8443/tcp"
	for _, w := range []struct {
		port    *int
		network string
		hosts   []netip.Addr
		what    string
	}{{&p.sip, "udp", host, "SIP"}, {&p.http, "tcp", web, "web"}, {&p.https, "tcp", web, "web"}, {&p.media, "udp", []netip.Addr{all}, "media"}} {
		wanted, who := *w.port, ""
		for ; ; *w.port++ {
			if *w.port > min(wanted+maxStep, 65535) {
				return p, nil, fmt.Errorf("no free %s port for %s from %d on", w.network, w.what, wanted)
			}
			if used[fmt.Sprint(*w.port, w.network)] {
				continue
			}
			by := barredBy(w.network, w.hosts, *w.port)
			if by == "" {
				break
			}
			if who == "" {
				who = by
			}
		}
		used[fmt.Sprint(*w.port, w.network)] = true
		if *w.port != wanted && who != "" {
			notes = append(notes, fmt.Sprintf("port %d/%s is used by %s; using %d", wanted, w.network, who, *w.port))
		}
	}
	return p, notes, nil
}

// barredBy says who keeps us from a port on one of the addresses, "" where nobody
// does.
func barredBy(network string, hosts []netip.Addr, port int) string {
	for _, h := range hosts {
		at := netip.AddrPortFrom(h, uint16(port))
		if h == netip.IPv6Loopback() && !hasIPv6() || isFree(network, at) {
			continue
		}
		return owner(network, at)
	}
	return ""
}

func hasIPv6() bool {
	for _, a := range localAddrs() {
		if a == netip.IPv6Loopback() {
			return true
		}
	}
	return false
}
