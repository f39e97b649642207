package certs

import (
	"crypto/x509"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// maxSubjects bounds the names and addresses of a leaf, so that a host with
// thousands of container bridges still gets a certificate that clients read.
const maxSubjects = 128

// privateDomains are top-level names that no public registry will ever delegate:
// RFC 6761, RFC 8375, RFC 6762 appendix G, and ICANN's "internal".
func privateDomains() []string {
	return []string{"localhost", "local", "internal", "home.arpa", "test", "lan", "home", "corp", "private", "intranet"}
}

// privateNetworks are the addresses that are not of the public Internet: loopback
// (RFC 1122, RFC 4291), RFC 1918, RFC 4193, link-local (RFC 3927, RFC 4291) and the
// shared space of RFC 6598, which overlay networks use between one's own machines.
func privateNetworks() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("127.0.0.0/8"),
		netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("169.254.0.0/16"),
		netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("::1/128"),
		netip.MustParsePrefix("fc00::/7"),
		netip.MustParsePrefix("fe80::/10"),
	}
}

// subjects are what a certificate is for: DNS names in lower case and addresses,
// each once.
type subjects struct {
	names []string
	addrs []netip.Addr
}

// add takes a DNS name or an address as an operator writes it; what is neither is
// dropped.
func (s *subjects) add(text string) {
	text = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(text), "."))
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		s.addAddr(a)
		return
	}
	if validName(text) && !slices.Contains(s.names, text) {
		s.names = append(s.names, text)
	}
}

func (s *subjects) addAddr(a netip.Addr) {
	a = a.Unmap().WithZone("")
	if a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && !slices.Contains(s.addrs, a) {
		s.addrs = append(s.addrs, a)
	}
}

// validName accepts host names, with underscores since they occur, and with one
// wildcard label in front.
func validName(name string) bool {
	rest := strings.TrimPrefix(name, "*.")
	if rest == "" || len(rest) > 253 {
		return false
	}
	for label := range strings.SplitSeq(rest, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}

// wanted are the subjects a leaf should have now: localhost, the loopback addresses,
// the host's own names, what the operator gave, and the local addresses.
func (c LocalConfig) wanted() subjects {
	var s subjects
	for _, n := range []string{"localhost", "*.localhost", "127.0.0.1", "::1"} {
		s.add(n)
	}
	s.addHost(c.Hostname)
	for _, n := range c.Names {
		s.add(n)
	}
	for _, a := range c.Addresses() {
		// A browser's address bar takes no zone, so a link-local IPv6 address
		// can name nothing; container interfaces would bring dozens.
		if !a.Is6() || !a.IsLinkLocalUnicast() {
			s.addAddr(a)
		}
	}
	return s
}

// addHost adds the host's name, its first label, and that label below local. A host
// that is called like a public top-level domain ("dev", "cloud") is only known by its
// name below local: a constraint permits all names below it too (RFC 5280
// §4.2.1.10), and this CA must not speak for every site of such a domain.
func (s *subjects) addHost(host string) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(host); err == nil || !validName(host) {
		return
	}
	short, _, _ := strings.Cut(host, ".")
	s.add(short + ".local")
	for _, n := range []string{host, short} {
		if !publicTop(n) {
			s.add(n)
		}
	}
}

// inside parts the subjects into those that the CA may sign and those it may not,
// and keeps the former within maxSubjects.
func (s subjects) inside(ca *x509.Certificate) (in subjects, out []string) {
	for _, n := range s.names {
		if permitsName(ca, n) {
			in.names = append(in.names, n)
		} else {
			out = append(out, n)
		}
	}
	for _, a := range s.addrs {
		if permitsAddr(ca, a) {
			in.addrs = append(in.addrs, a)
		} else {
			out = append(out, a.String())
		}
	}
	in.names = in.names[:min(len(in.names), maxSubjects)]
	in.addrs = in.addrs[:min(len(in.addrs), maxSubjects-len(in.names))]
	return in, out
}

// permitsName is the rule of RFC 5280 §4.2.1.10: a name satisfies a constraint when
// it is the constraint with zero or more labels put in front.
func permitsName(ca *x509.Certificate, name string) bool {
	name = strings.TrimPrefix(name, "*.")
	for _, p := range ca.PermittedDNSDomains {
		if name == p || strings.HasSuffix(name, "."+p) {
			return true
		}
	}
	return false
}

func permitsAddr(ca *x509.Certificate, a netip.Addr) bool {
	for _, n := range ca.PermittedIPRanges {
		if n.Contains(a.AsSlice()) {
			return true
		}
	}
	return false
}

// covers says whether the certificate already names all of s. What it names beyond
// that does no harm and goes with the next renewal, so that an interface that comes
// and goes does not change the certificate each time.
func (s subjects) covers(leaf *x509.Certificate) bool {
	for _, n := range s.names {
		if !slices.Contains(leaf.DNSNames, n) {
			return false
		}
	}
	for _, a := range s.addrs {
		if !slices.ContainsFunc(leaf.IPAddresses, func(ip net.IP) bool { return ip.Equal(a.AsSlice()) }) {
			return false
		}
	}
	return true
}

// constrain writes the name constraints into the template of a CA: what is private,
// the host's own name, and what the operator gave.
func (c LocalConfig) constrain(ca *x509.Certificate) {
	var given subjects
	for _, d := range privateDomains() {
		given.add(d)
	}
	given.addHost(c.Hostname)
	for _, n := range c.Names {
		given.add(n)
	}
	ca.PermittedDNSDomainsCritical = true
	for _, n := range given.names {
		n = strings.TrimPrefix(n, "*.")
		if !permitsName(ca, n) {
			ca.PermittedDNSDomains = append(ca.PermittedDNSDomains, n)
		}
	}
	networks := privateNetworks()
	for _, a := range given.addrs {
		networks = append(networks, netip.PrefixFrom(a, a.BitLen()))
	}
	for _, p := range networks {
		if !permitsAddr(ca, p.Addr()) {
			ca.PermittedIPRanges = append(ca.PermittedIPRanges, &net.IPNet{
				IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
			})
		}
	}
}

func localAddresses() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var addrs []netip.Addr
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			addrs = append(addrs, p.Addr())
		}
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	return addrs
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return name
}

// warnOutside logs, once for each different set, names that the operator gave and
// the CA may not sign. Public addresses of the machine's own interfaces are left out
// without a word: with IPv6 they change daily and nobody asked for them.
func (l *LocalCA) warnOutside(out []string) {
	var given subjects
	for _, n := range l.cfg.Names {
		given.add(n)
	}
	var lost []string
	for _, n := range out {
		a, err := netip.ParseAddr(n)
		if slices.Contains(given.names, n) || err == nil && slices.Contains(given.addrs, a) {
			lost = append(lost, n)
		}
	}
	text := strings.Join(lost, " ")
	if text == l.warned {
		return
	}
	l.warned = text
	if text != "" {
		l.log.Warn("names are left out of the certificate: the local CA was made without them and may not sign them; "+
			"remove its files and let every device trust the new one, or bring your own certificate",
			slog.String("names", text), slog.String("ca", l.store.path(caKeyFile)))
	}
}
