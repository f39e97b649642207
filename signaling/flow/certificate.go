package flow

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// sipDomainUse is the purpose of a certificate for a SIP domain, id-kp-sipDomain
// (RFC 5924 §3).
var sipDomainUse = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 20}

// sanExtension is the subjectAltName of a certificate (RFC 5280 §4.2.1.6).
var sanExtension = asn1.ObjectIdentifier{2, 5, 29, 17}

// clientNames returns the names that a client's certificate proves. One that
// crypto/tls was not told to verify is verified here, so that a telephone with a
// certificate of its maker gets in as one without a certificate.
func clientNames(state tls.ConnectionState, roots *x509.CertPool) []string {
	if len(state.VerifiedChains) > 0 {
		return identities(state.VerifiedChains[0])
	}
	if roots == nil {
		return nil
	}
	chain, err := verifyChain(state.PeerCertificates, roots)
	if err != nil {
		return nil
	}
	return identities(chain)
}

// verifyServer checks that a server's certificates prove name, and returns all
// names that they prove.
func verifyServer(certs []*x509.Certificate, roots *x509.CertPool, name string) ([]string, error) {
	chain, err := verifyChain(certs, roots)
	if err != nil {
		return nil, err
	}
	if !proves(chain, name) {
		return nil, fmt.Errorf("%w: it is for %q, not for %q", ErrCertificate, describe(chain), name)
	}
	return identities(chain), nil
}

// verifyChain returns a chain from a certificate to a root. The certificate must
// be one that may serve SIP; proxies are clients and servers with the same one, so
// that one for servers is taken from clients too (RFC 5924 §4).
func verifyChain(certs []*x509.Certificate, roots *x509.CertPool) ([]*x509.Certificate, error) {
	if len(certs) == 0 {
		return nil, fmt.Errorf("%w: there is none", ErrCertificate)
	}
	between := x509.NewCertPool()
	for _, c := range certs[1:] {
		between.AddCert(c)
	}
	chains, err := certs[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	if !servesSIP(certs[0]) {
		return nil, fmt.Errorf("%w: its purpose is another", ErrCertificate)
	}
	return chains[0], nil
}

// servesSIP reports whether the extended key usage admits SIP (RFC 5924 §4).
func servesSIP(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	for _, use := range c.ExtKeyUsage {
		switch use {
		case x509.ExtKeyUsageAny, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth:
			return true
		}
	}
	return slices.ContainsFunc(c.UnknownExtKeyUsage, sipDomainUse.Equal)
}

// identities returns the names that a chain proves (RFC 5922 §7.1): the SIP URIs
// that are no more than a domain, and the DNS names.
func identities(chain []*x509.Certificate) []string {
	domains, hosts := sipDomains(chain), hostNames(chain)
	all := make([]string, 0, len(domains)+len(hosts))
	for _, d := range domains {
		all = append(all, "sip:"+d)
	}
	return append(all, hosts...)
}

// proves reports whether a chain proves name, a domain or an address: by a SIP
// URI, and where there is none by a DNS name (RFC 5922 §7.2). Other than there, a
// DNS name may begin with "*.", for any one label, since carriers that give each
// customer a domain of his own have such certificates.
func proves(chain []*x509.Certificate, name string) bool {
	name = canonicalName(name)
	if addr, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		for _, ip := range chain[0].IPAddresses {
			if a, ok := netip.AddrFromSlice(ip); ok && a.Unmap() == addr.Unmap() {
				return true
			}
		}
		return !hasSAN(chain[0]) && slices.Contains(hostNames(chain), name)
	}
	if domains := sipDomains(chain); len(domains) > 0 {
		return slices.Contains(domains, name)
	}
	_, parent, dotted := strings.Cut(name, ".")
	for _, host := range hostNames(chain) {
		if host == name || dotted && strings.Contains(parent, ".") && host == "*."+parent {
			return true
		}
	}
	return false
}

// canonicalName writes a domain as names are compared here.
func canonicalName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// sipDomains returns the SIP URIs of a certificate. Where an authority may speak
// for some DNS names only, URIs do not count: its bounds do not reach them
// (RFC 5280 §4.2.1.10).
func sipDomains(chain []*x509.Certificate) (domains []string) {
	if isConstrained(chain) {
		return nil
	}
	for _, u := range chain[0].URIs {
		if d := domainOf(u); d != "" {
			domains = append(domains, d)
		}
	}
	return domains
}

// domainOf returns the domain of a SIP URI that is nothing but one; "sips" is
// none (RFC 5922 §7.1).
func domainOf(u *url.URL) string {
	if !strings.EqualFold(u.Scheme, "sip") || u.RawQuery != "" || u.Fragment != "" {
		return ""
	}
	d := u.Opaque
	if strings.ContainsAny(d, "@;:/%<>\" ") {
		return ""
	}
	return canonicalName(d)
}

// hostNames returns the DNS names of a certificate; of one without any
// subjectAltName, as PBXs make them for themselves, the common name (RFC 5922 §7.1).
func hostNames(chain []*x509.Certificate) []string {
	leaf := chain[0]
	if !hasSAN(leaf) {
		if name := canonicalName(leaf.Subject.CommonName); name != "" && !isConstrained(chain) {
			return []string{name}
		}
		return nil
	}
	hosts := make([]string, 0, len(leaf.DNSNames))
	for _, n := range leaf.DNSNames {
		hosts = append(hosts, canonicalName(n))
	}
	return hosts
}

func hasSAN(c *x509.Certificate) bool {
	for _, e := range c.Extensions {
		if e.Id.Equal(sanExtension) {
			return true
		}
	}
	return false
}

// isConstrained reports whether an authority of the chain is bound to some names.
func isConstrained(chain []*x509.Certificate) bool {
	for _, c := range chain[1:] {
		if len(c.PermittedDNSDomains)+len(c.ExcludedDNSDomains) > 0 || len(c.PermittedURIDomains)+len(c.ExcludedURIDomains) > 0 {
			return true
		}
	}
	return false
}

// describe names a certificate for a person.
func describe(chain []*x509.Certificate) string {
	names := identities(chain)
	for _, ip := range chain[0].IPAddresses {
		names = append(names, ip.String())
	}
	switch {
	case len(names) == 0:
		return "nobody"
	case len(names) > 4:
		names = append(names[:4:4], "others")
	}
	return strings.Join(names, ", ")
}
