package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan"
)

const maxListeners = 32 // of one kind

// setDefaults fills in what a file need not say.
func (l *loader) setDefaults() {
	f := l.file
	f.PublicIP.Auto = true
	f.Zone = time.Local
	f.TLS.Mode = TLSLocal
	f.Reload = ReloadOnSignal
	f.Media = Media{Prefer: PreferQuality, ICE: ICEFull, Video: true, Opus: Opus{FEC: true}}
	f.Registrar = Registrar{Min: time.Minute, Max: time.Hour, Devices: 10}
	f.Calls = Calls{Detach: 30 * time.Second, Timer: 30 * time.Minute}
	f.Messages = Messages{Keep: 7 * day, Max: 4096}
	f.CDR = CDR{Keep: Off}
	f.Trace = Trace{Keep: "bad", For: 7 * day, Disk: 1024, Memory: 256}
	f.Limits.Strangers = "answer"
	f.Phone.People = true
	f.Listen = Listen{
		SIP:   []Listener{{Port: 5060, Transport: "udp"}, {Port: 5060, Transport: "tcp"}, {Port: 5061, Transport: "tls"}},
		Web:   []Listener{{Port: 8080, Transport: "http"}, {Port: 8443, Transport: "https"}},
		Media: []Listener{{Port: 8443, Transport: "udp"}},
		RTP:   RTPRange{Min: 10000, Max: 20000},
	}
}

// listen reads where the gateway is reached.
func (l *loader) listen(*hclsyntax.Block) section {
	listen := &l.file.Listen
	return section{name: "listen", keys: []key{
		{"sip", func(v value) { v.listeners(&listen.SIP, []string{"udp", "tcp", "tls"}) }},
		{"web", func(v value) { v.listeners(&listen.Web, []string{"http", "https"}) }},
		{"media", func(v value) { v.listeners(&listen.Media, []string{"udp"}) }},
		{"turn", func(v value) { v.listeners(&listen.TURN, []string{"udp", "tcp", "tls"}) }},
		{"rtp", func(v value) { v.rtp(&listen.RTP) }},
	}}
}

// listeners reads a list such as [":5060/udp", "192.0.2.1:5061/tls"].
func (v value) listeners(into *[]Listener, transports []string) {
	items, ok := v.items(maxListeners)
	if !ok {
		return
	}
	all := []Listener{}
	for _, item := range items {
		if one, ok := item.listener(transports); ok {
			all = append(all, one)
			v.l.claim(item.at, one.String(), claim{one.IP, one.Port, one.Port, isUDP(one.Transport)})
		}
	}
	*into = all
}

func isUDP(transport string) bool { return transport == "udp" }

// listener reads one [address]:port/transport.
func (v value) listener(transports []string) (Listener, bool) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: `"[address]:port/transport", with ` + oneOf(transports)}) || !v.line(&s) {
		return Listener{}, false
	}
	usual := usualPort(v.name) + "/" + transports[0]
	form := fmt.Sprintf("Write %q, or with an address %q.", usual, "192.0.2.1"+usual)
	address, transport, ok := strings.Cut(s, "/")
	if !ok {
		v.l.errorf(v.at, form, "%q has no transport: %s", s, list(transports))
		return Listener{}, false
	}
	if !slices.Contains(transports, transport) {
		hint := dialplan.DidYouMean(transport, transports)
		if hint == "" {
			hint = fmt.Sprintf("%s takes %s.", v.name, list(transports))
		}
		v.l.errorf(v.at, hint, "%q is no transport of %s", transport, v.name)
		return Listener{}, false
	}
	ip, port, why := splitAddress(address)
	if why != "" {
		v.l.errorf(v.at, form, "%q: %s", s, why)
		return Listener{}, false
	}
	n, why := parsePort(port)
	if why != "" {
		v.l.errorf(v.at, form, "%q: %s", s, why)
		return Listener{}, false
	}
	return Listener{ip, n, transport}, true
}

// usualPort is what most write for a list of listen, with the colon before it.
func usualPort(name string) string {
	switch name {
	case "web":
		return ":8080"
	case "media":
		return ":8443"
	case "turn":
		return ":3478"
	}
	return ":5060"
}

// splitAddress takes "192.0.2.1:X", "[::1]:X" or ":X" apart; no address means every one.
func splitAddress(s string) (ip netip.Addr, rest, why string) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return ip, "", "a port stands behind a colon"
	}
	host, rest := s[:i], s[i+1:]
	if host == "" {
		return ip, rest, ""
	}
	bracketed := strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]")
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	switch {
	case err != nil:
		return ip, "", fmt.Sprintf("%q is no address", host)
	case ip.Is6() && !bracketed:
		return ip, "", "an IPv6 address stands in [ ]"
	case ip.IsMulticast():
		return ip, "", "a multicast address cannot be listened on"
	}
	return ip.Unmap(), rest, ""
}

// parsePort reads a port. 0 lets the system choose.
func parsePort(s string) (uint16, string) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || s[0] == '+' {
		return 0, fmt.Sprintf("%q is no port: 0 to 65535", s)
	}
	return uint16(n), ""
}

// rtp reads "10000-20000" or "192.0.2.1:10000-20000".
func (v value) rtp(into *RTPRange) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: `range of ports, "10000-20000", or with an address "192.0.2.1:10000-20000"`}) || !v.line(&s) {
		return
	}
	const form = `Write "10000-20000", or with an address "192.0.2.1:10000-20000".`
	var r RTPRange
	ports := s
	if strings.Contains(s, ":") {
		var why string
		if r.IP, ports, why = splitAddress(s); why != "" {
			v.l.errorf(v.at, form, "%q: %s", s, why)
			return
		}
	}
	low, high, ok := strings.Cut(ports, "-")
	if !ok {
		v.l.errorf(v.at, form, "%q is no range of ports", s)
		return
	}
	var whyLow, whyHigh string
	r.Min, whyLow = parsePort(strings.TrimSpace(low))
	r.Max, whyHigh = parsePort(strings.TrimSpace(high))
	switch {
	case whyLow != "":
		v.l.errorf(v.at, form, "%q: %s", s, whyLow)
	case whyHigh != "":
		v.l.errorf(v.at, form, "%q: %s", s, whyHigh)
	case r.Max < r.Min:
		v.l.errorf(v.at, fmt.Sprintf("Did you mean %q?", high+"-"+low), "%q: the end is below the start", s)
	case r.Min == 0:
		v.l.errorf(v.at, form, "%q: a range of ports cannot begin with 0", s)
	case r.Max-r.Min < 3:
		v.l.errorf(v.at, "Each call takes two ports a leg; 10000-20000 is usual.", "%q: a range of less than 4 ports cannot carry a call", s)
	default:
		*into = r
		v.l.claim(v.at, s, claim{r.IP, r.Min, r.Max, true})
	}
}

// claim is ports that a file takes.
type claim struct {
	ip       netip.Addr
	min, max uint16
	udp      bool
}

// placedClaim is a claim with its place; name is how the file writes it.
type placedClaim struct {
	claim
	name string
	at   hcl.Range
	own  bool // written in the file, not a default
}

// claim takes ports and reports it when they are taken already. Port 0 takes none.
func (l *loader) claim(at hcl.Range, name string, c claim) {
	if c.max > 0 {
		l.seen.claims = append(l.seen.claims, placedClaim{c, name, at, true})
	}
}

// checkClaims reports ports that are taken twice, also by a default.
func (l *loader) checkClaims() {
	for _, d := range l.defaultClaims() {
		l.seen.claims = append(l.seen.claims, placedClaim{claim: d.claim, name: d.name})
	}
	for i, c := range l.seen.claims {
		for _, before := range l.seen.claims[:i] {
			if !c.overlaps(before.claim) {
				continue
			}
			switch {
			case c.own:
				l.errorf(c.at, "Give one of the two other ports.", "%q takes ports that %q takes already, at %s:%d", c.name, before.name, before.at.Filename, before.at.Start.Line)
			case before.own:
				l.errorf(before.at, fmt.Sprintf("Set listen %s too.", c.name), "%q takes ports that %s takes by default", before.name, c.name)
			}
		}
	}
}

// defaultClaims gives what is listened on without the file saying so.
func (l *loader) defaultClaims() []placedClaim {
	var all []placedClaim
	listen := l.file.Listen
	for _, kind := range []struct {
		name      string
		listeners []Listener
	}{{"sip", listen.SIP}, {"web", listen.Web}, {"media", listen.Media}} {
		if _, set := l.places["listen."+kind.name]; set {
			continue
		}
		for _, one := range kind.listeners {
			all = append(all, placedClaim{claim: claim{one.IP, one.Port, one.Port, isUDP(one.Transport)}, name: kind.name})
		}
	}
	if _, set := l.places["listen.rtp"]; !set {
		all = append(all, placedClaim{claim: claim{listen.RTP.IP, listen.RTP.Min, listen.RTP.Max, true}, name: "rtp"})
	}
	return all
}

func (c claim) overlaps(d claim) bool {
	if c.udp != d.udp || c.max < d.min || d.max < c.min {
		return false
	}
	everywhere := func(ip netip.Addr) bool { return !ip.IsValid() || ip.IsUnspecified() }
	return everywhere(c.ip) || everywhere(d.ip) || c.ip == d.ip
}
