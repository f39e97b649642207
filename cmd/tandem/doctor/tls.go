package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/config"
)

// certificate looks at what browsers and telephones are shown: by a connection to the
// running gateway, else in the files.
func (p *Patient) certificate(ctx context.Context) []admin.DoctorCheck {
	if p.Gateway == nil {
		var all []admin.DoctorCheck
		for _, r := range (&Online{file: p.File, now: p.now}).certificate(ctx) {
			c := fromOnline(r, "certificate")
			c.Text = r.Message
			if c.Status != OK {
				c.Cure = certificateCure
			}
			all = append(all, c)
		}
		if all == nil {
			return one("certificate", OK, "", "the gateway gets it by itself when it runs")
		}
		return all
	}
	for _, place := range p.Gateway.Places() {
		address, kind, _ := strings.Cut(place, "/")
		if kind == "https" || kind == "tls" {
			return p.shown(ctx, address, kind)
		}
	}
	return one("certificate", OK, "", "nothing is served over TLS")
}

const certificateCure = "Renew it (certbot, or tls { acme = \"you@example.org\" }), then `tandem reload`."

// shown connects as a client does and looks at the certificate that it is shown.
func (p *Patient) shown(ctx context.Context, address, kind string) []admin.DoctorCheck {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil
	}
	host := at.Addr()
	if host.IsUnspecified() {
		host = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	dialer := tls.Dialer{Config: &tls.Config{ServerName: p.File.Domain, InsecureSkipVerify: true}} // looked at below
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host.String(), strconv.Itoa(int(at.Port()))))
	if err != nil {
		return one("certificate", Fail, "Look at the log of the gateway.", "%s over %s cannot be reached from this machine", address, kind)
	}
	defer func() { _ = conn.Close() }()
	certs := conn.(*tls.Conn).ConnectionState().PeerCertificates
	return judgeCertificate(certs, p.File.Domain, p.File.TLS.Mode, p.now())
}

// judgeCertificate looks at days, name and chain.
func judgeCertificate(certs []*x509.Certificate, domain string, mode config.TLSMode, now time.Time) []admin.DoctorCheck {
	leaf := certs[0]
	days := int(leaf.NotAfter.Sub(now).Hours() / 24)
	until := leaf.NotAfter.Format(time.DateOnly)
	switch {
	case now.After(leaf.NotAfter):
		return one("certificate", Fail, certificateCure, "it has expired on %s: browsers do not connect", until)
	case now.Before(leaf.NotBefore):
		return one("certificate", Fail, "Look at the clock of this machine.", "it is good from %s on only", leaf.NotBefore.Format(time.DateOnly))
	case mode == config.TLSLocal:
		return one("certificate", OK, "", "of the gateway's own authority, good for %d days; browsers elsewhere must trust it (/trust)", days)
	case leaf.VerifyHostname(domain) != nil:
		return one("certificate", Fail, "Get one for "+domain+", or write the domain that it is for.", "it is for %s, not for %s", strings.Join(leaf.DNSNames, ", "), domain)
	}
	options := x509.VerifyOptions{Intermediates: x509.NewCertPool(), CurrentTime: now}
	for _, c := range certs[1:] {
		options.Intermediates.AddCert(c)
	}
	if _, err := leaf.Verify(options); err != nil {
		return one("certificate", Warn, "Give the full chain (fullchain.pem) in tls.cert; one of an authority of your own must be trusted by each browser.",
			"browsers do not know its authority %q, or the certificates between are missing", leaf.Issuer.CommonName)
	}
	if leaf.NotAfter.Sub(now) < soonExpired {
		return one("certificate", Warn, certificateCure, "it is good for %d days more, until %s", days, until)
	}
	return one("certificate", OK, "", "good for %s until %s", domain, until)
}
