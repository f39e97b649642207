package config

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Homer is where SIP messages and reports of the media are sent to be looked at.
type Homer struct {
	Address   string // "host:port"; empty when there is no homer block
	Transport string // "udp", "tcp" or "tls"
	CA        string // path of the PEM file of whom to believe, for tls; empty means the system's
	ID        int    // of the capture agent
	Name      string // of the capture agent; empty means the domain
	Password  Secret // empty when Homer wants none
	RTCP      bool   // reports of the media are sent, too
	Secrets   bool   // credentials, keys and digits are sent as they are, not blotted out
}

// Metrics says who may read the metrics.
type Metrics struct {
	Allow []netip.Prefix // beside this machine
}

// homerPort is where Homer listens (HEP, not registered with IANA).
const homerPort = 9060

// homer reads where SIP messages are sent to be looked at.
func (l *loader) homer(b *hclsyntax.Block) section {
	h := &l.file.Homer
	l.seen.homer = b.TypeRange
	h.ID, h.RTCP = 2001, true
	return section{name: "homer", keys: []key{
		{"address", func(v value) {
			l.seen.homerAddress = true
			v.hostPort(&h.Address, homerPort)
		}},
		{"transport", func(v value) { v.word(&h.Transport, []string{"udp", "tcp", "tls"}, nil) }},
		{"ca", func(v value) { v.existing(&h.CA) }},
		{"id", func(v value) { v.number(&h.ID, 1, 1<<31-1) }},
		{"name", func(v value) { v.line(&h.Name) }},
		{"password", func(v value) { v.secret(&h.Password) }},
		{"rtcp", func(v value) { v.boolean(&h.RTCP) }},
		{"secrets", func(v value) { v.boolean(&h.Secrets) }},
	}}
}

// finishHomer fills in and checks the homer block.
func (l *loader) finishHomer() {
	h := &l.file.Homer
	if l.seen.homer.Filename == "" {
		return
	}
	if !l.seen.homerAddress && !l.unknown["homer"] {
		l.consequent(l.seen.homer, `Write address = "homer.example.com:9060".`, "homer lacks its address")
	}
	h.Transport = cmp.Or(h.Transport, "udp")
	h.Name = cmp.Or(h.Name, l.file.Domain)
	if at, set := l.places["homer.ca"]; set && h.Transport != "tls" {
		l.errorf(at, `Write transport = "tls".`, "ca is of use only over TLS")
	}
	if at, set := l.places["homer.secrets"]; set && h.Secrets && h.Transport != "tls" {
		host, _, _ := net.SplitHostPort(h.Address)
		if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
			l.warnf(at, `Write transport = "tls", or leave out secrets.`, "credentials and keys can be read by everybody on the way to %s", h.Address)
		}
	}
}

// hostPort reads a host with or without a port.
func (v value) hostPort(into *string, port int) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "host or address, with or without a port"}) || !v.line(&s) {
		return
	}
	host, given, problem := splitHost(s)
	if problem != "" {
		v.l.errorf(v.at, `Write "homer.example.com:9060".`, "%s %q: %s", v.name, s, problem)
		return
	}
	*into = net.JoinHostPort(host, strconv.Itoa(cmp.Or(int(given), port)))
}

// metrics reads who may read the metrics.
func (l *loader) metrics(*hclsyntax.Block) section {
	return section{name: "metrics", keys: []key{
		{"allow", func(v value) { v.networks(&l.file.Metrics.Allow) }},
	}}
}

// networks reads addresses and networks.
func (v value) networks(into *[]netip.Prefix) {
	items, ok := v.items(256)
	if !ok {
		return
	}
	*into = nil
	for _, item := range items {
		if item.asked(Shape{Kind: KindText, Of: "address or network"}) {
			continue
		}
		if p, ok := item.network(); ok {
			*into = append(*into, p)
		}
	}
}

// network reads an address or a network.
func (v value) network() (netip.Prefix, bool) {
	var s string
	if !v.line(&s) {
		return netip.Prefix{}, false
	}
	p, err := netip.ParsePrefix(s)
	if ip, bad := netip.ParseAddr(s); bad == nil && ip.Zone() == "" {
		p, err = netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()), nil
	}
	switch {
	case err != nil:
		v.l.errorf(v.at, `Write "203.0.113.7" or "203.0.113.0/28".`, "%q is no address or network", s)
	case p != p.Masked():
		v.l.errorf(v.at, fmt.Sprintf("Did you mean %q or %q?", p.Masked().String(), p.Addr().String()), "%q is an address with the length of a network", s)
	default:
		return p, true
	}
	return netip.Prefix{}, false
}
