package admin

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// remotePort is that of a server which is named without one.
const remotePort = "8443"

// What a gateway on the network may take.
const (
	remoteDial   = 10 * time.Second
	remoteAnswer = time.Minute
)

// Remote is a gateway that is asked over the network.
type Remote struct {
	// Server is the web address of the gateway: a URL, such as
	// https://pbx.example.com:8443, or HOST[:PORT], which means https.
	Server string
	// Token proves who asks; required.
	Token string
	// Roots are the authorities to believe; nil means those of the system.
	Roots *x509.CertPool
}

// ParseServer reads the address of a Remote. A token must not cross a network in the
// clear: http is for this machine only.
func ParseServer(text string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		if !strings.Contains(strings.TrimRight(text, "0123456789"), "]") && strings.Count(text, ":") > 1 {
			text = "[" + text + "]" // an IPv6 address by itself
		}
		if _, port, err := net.SplitHostPort(text); err != nil || port == "" {
			text = strings.TrimSuffix(text, ":") + ":" + remotePort
		}
		text = "https://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Hostname() == "", u.User != nil, u.RawQuery != "", u.Fragment != "", u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("it is written https://HOST:PORT, or HOST:PORT")
	case u.Scheme == "http" && !onThisMachine(u.Hostname()):
		return nil, errors.New("a token would go over the network in the clear: write https://")
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	return u, nil
}

// onThisMachine says whether a host is one that nothing leaves the machine for.
func onThisMachine(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") { // RFC 6761 §6.3
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// NewRemoteClient returns a Client of a gateway on the network. Nothing is connected
// yet. It errs on an address that makes no sense.
func NewRemoteClient(r Remote) (*Client, error) {
	u, err := ParseServer(r.Server)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: remoteDial}
	return &Client{base: u.String() + apiPrefix, token: r.Token, http: &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext,
			TLSHandshakeTimeout: remoteDial, ResponseHeaderTimeout: remoteAnswer,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: r.Roots, ClientSessionCache: tls.NewLRUClientSessionCache(4)},
		},
		// A token is for whom it was meant for alone.
		CheckRedirect: func(to *http.Request, _ []*http.Request) error {
			return fmt.Errorf("it sends us on to %s://%s", to.URL.Scheme, to.URL.Host)
		},
	}}, nil
}

// WhyUnreached says in words why a gateway was not reached.
func WhyUnreached(err error) string {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var u *url.Error
	switch {
	case errors.As(err, &authority):
		return "its certificate is of an authority that is not known here: give it with --ca; `tandem certs export-ca` writes it"
	case errors.As(err, &name):
		return fmt.Sprintf("its certificate is not for %s", name.Host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate is not good at this time: has it ended, or is a clock wrong?"
	case errors.As(err, &u):
		return u.Err.Error()
	}
	return err.Error()
}
