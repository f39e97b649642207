package doctor

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/locate"
)

// soonExpired is how long before its end a certificate is warned of.
const soonExpired = 21 * 24 * time.Hour

// trunk looks for a trunk, connects to it, reads its certificate and asks it by OPTIONS (RFC 3261 §11) whether it is there.
func (o *Online) trunk(ctx context.Context, t config.Trunk) []Result {
	ctx, cancel := context.WithTimeout(ctx, onlineOne)
	defer cancel()
	what := "trunk " + t.Name
	targets, err := o.locator.Find(ctx, trunkQuery(t))
	if err != nil || len(targets) == 0 {
		return said("error", what, "", "%s: %s", trunkQuery(t).Host, dnsWords(err))
	}
	target := targets[0]
	where := fmt.Sprintf("%s/%s", target.Addr, target.Kind)
	var all []Result
	if t.Certificate != nil {
		all = append(all, o.pair(what+", our certificate", t.Certificate.Cert, t.Certificate.Key, "")...)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, map[bool]string{true: "udp", false: "tcp"}[target.Kind == flow.UDP], target.Addr.String())
	if err != nil {
		return append(all, said("error", what, "", "%s: %s", where, connectWords(err))...)
	}
	defer func() { _ = conn.Close() }()
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end)
	}
	if target.Kind == flow.TLS {
		secured, result := o.secured(ctx, conn, t, target)
		all = append(all, result)
		if secured == nil {
			return all
		}
		conn = secured
	}
	if t.Options == config.Off {
		return append(all, said("ok", what, "", "found at %s; it is not asked, as options = \"off\"", where)...)
	}
	status, err := askOptions(conn, target, o.file.Domain)
	if err != nil {
		return append(all, said("warning", what, "It may answer the gateway's own port only, or no OPTIONS: then write options = \"off\".",
			"%s does not answer OPTIONS", where)...)
	}
	return append(all, said("ok", what, "", "%s answers OPTIONS with %s", where, status)...)
}

// trunkQuery is where requests to a trunk go first.
func trunkQuery(t config.Trunk) locate.Query {
	if t.Proxy == "" {
		return locate.Query{Host: t.Host, Port: t.Port, Transport: t.Transport}
	}
	scheme, rest, _ := strings.Cut(t.Proxy, ":")
	hostport, params, _ := strings.Cut(rest, ";")
	q := locate.Query{Host: hostport, Secure: scheme == "sips"}
	if host, port, err := net.SplitHostPort(hostport); err == nil {
		n, _ := strconv.ParseUint(port, 10, 16)
		q.Host, q.Port = host, uint16(n)
	}
	for param := range strings.SplitSeq(params, ";") {
		if v, ok := strings.CutPrefix(param, "transport="); ok {
			q.Transport = v
		}
	}
	return q
}

// connectWords says why there is no connection.
func connectWords(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nobody listens there"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "there is no way there from this machine"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "no connection in time"
	}
	return "no connection"
}

// secured does the handshake and looks at the certificate that the trunk shows. The connection is nil where there is none
// to be had; a certificate that is not good is told of, and not spoken to.
func (o *Online) secured(ctx context.Context, conn net.Conn, t config.Trunk, target locate.Target) (net.Conn, Result) {
	what := fmt.Sprintf("trunk %s, certificate", t.Name)
	one := func(severity, format string, args ...any) Result {
		return said(severity, what, "", format, args...)[0]
	}
	cfg := &tls.Config{ServerName: target.Name, MinVersion: tls.VersionTLS12, InsecureSkipVerify: true} // verified below, so that more can be said
	if _, err := netip.ParseAddr(target.Name); err == nil {
		cfg.ServerName = ""
	}
	if t.Certificate != nil {
		if pair, err := tls.LoadX509KeyPair(t.Certificate.Cert, t.Certificate.Key); err == nil {
			cfg.Certificates = []tls.Certificate{pair}
		}
	}
	c := tls.Client(conn, cfg)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, one("error", "the TLS handshake fails: %s", strings.TrimPrefix(err.Error(), "tls: "))
	}
	certs := c.ConnectionState().PeerCertificates
	leaf := certs[0]
	options := x509.VerifyOptions{DNSName: target.Name, Intermediates: x509.NewCertPool(), CurrentTime: o.now()}
	if t.CA != "" {
		options.Roots = x509.NewCertPool()
		if pem, err := os.ReadFile(t.CA); err != nil || !options.Roots.AppendCertsFromPEM(pem) {
			return nil, one("error", "%s holds no authorities", t.CA)
		}
	}
	for _, more := range certs[1:] {
		options.Intermediates.AddCert(more)
	}
	if _, err := leaf.Verify(options); err != nil {
		return nil, one("error", "%s", certificateWords(err, leaf, target.Name))
	}
	return c, one(expiry(o.now(), leaf.NotAfter), "good for %s until %s", target.Name, leaf.NotAfter.Format("2006-01-02"))
}

// expiry is how bad the end of a certificate is.
func expiry(now, end time.Time) string {
	if end.Sub(now) < soonExpired {
		return "warning"
	}
	return "ok"
}

// certificateWords says what is wrong with a certificate.
func certificateWords(err error, leaf *x509.Certificate, name string) string {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("it was good from %s to %s", leaf.NotBefore.Format("2006-01-02"), leaf.NotAfter.Format("2006-01-02"))
	case errors.As(err, &unknown):
		return fmt.Sprintf("its authority %q is not known: name it by ca = \"FILE\"", leaf.Issuer.CommonName)
	case errors.As(err, &host):
		return fmt.Sprintf("it is for %s, not for %s", strings.Join(leaf.DNSNames, ", "), name)
	}
	return "it cannot be verified"
}

// certificate looks at our own, where it is in files.
func (o *Online) certificate(context.Context) []Result {
	if o.file.TLS.Mode != config.TLSFiles {
		return nil
	}
	return o.pair("tls", o.file.TLS.Cert, o.file.TLS.Key, o.file.Domain)
}

// pair looks at a certificate and its key in files; name is what it must be for, or empty.
func (o *Online) pair(what, cert, key, name string) []Result {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return said("error", what, "", "%s and %s are no certificate and its key: %s", cert, key, strings.TrimPrefix(err.Error(), "tls: "))
	}
	leaf := pair.Leaf
	switch end := leaf.NotAfter.Format("2006-01-02"); {
	case o.now().After(leaf.NotAfter), o.now().Before(leaf.NotBefore):
		return said("error", what, "", "%s was good from %s to %s", cert, leaf.NotBefore.Format("2006-01-02"), end)
	case name != "" && leaf.VerifyHostname(name) != nil:
		return said("warning", what, "", "%s is for %s, not for %s", cert, strings.Join(leaf.DNSNames, ", "), name)
	default:
		return said(expiry(o.now(), leaf.NotAfter), what, "", "%s is good until %s", cert, end)
	}
}

// askOptions sends OPTIONS and gives the status of the answer.
func askOptions(conn net.Conn, target locate.Target, domain string) (string, error) {
	answer, err := exchangeOptions(conn, target, optionsRequest(conn.LocalAddr().String(), target, domain))
	if err != nil {
		return "", err
	}
	return readStatus(answer)
}

// optionsRequest is an OPTIONS of ours (RFC 3261 §11).
func optionsRequest(local string, target locate.Target, domain string) string {
	host := target.Name
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		host = "[" + host + "]"
	}
	return fmt.Sprintf("OPTIONS sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/%[2]s %[3]s;branch=z9hG4bK%[4]s;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:%[5]s>;tag=%[4]s\r\nTo: <sip:%[1]s>\r\nCall-ID: %[6]s\r\nCSeq: 1 OPTIONS\r\nContact: <sip:%[3]s;transport=%[7]s>\r\n"+
		"Accept: application/sdp\r\nContent-Length: 0\r\n\r\n",
		host, strings.ToUpper(target.Kind.String()), local, rand.Text(), domain, rand.Text(), target.Kind)
}

// exchangeOptions sends a request and gives the head of its answer. Over UDP it is sent again, as RFC 3261 §17.1.2.2 has it.
func exchangeOptions(conn net.Conn, target locate.Target, request string) (string, error) {
	if target.Kind == flow.UDP {
		return askDatagram(conn, request)
	}
	if _, err := conn.Write([]byte(request)); err != nil {
		return "", err
	}
	var head strings.Builder
	for r := bufio.NewReaderSize(conn, 4096); head.Len() < 1<<15; {
		line, err := r.ReadSlice('\n')
		head.Write(line)
		switch {
		case err != nil && head.Len() == len(line):
			return "", err
		case err != nil, len(strings.TrimSpace(string(line))) == 0:
			return head.String(), nil
		}
	}
	return head.String(), nil
}

func askDatagram(conn net.Conn, request string) (string, error) {
	b := make([]byte, 4096)
	for _, wait := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second} {
		if _, err := conn.Write([]byte(request)); err != nil {
			return "", err
		}
		_ = conn.SetReadDeadline(time.Now().Add(wait))
		if n, err := conn.Read(b); err == nil {
			return string(b[:n]), nil
		}
	}
	return "", os.ErrDeadlineExceeded
}

var errNoAnswer = errors.New("what came back is no SIP response")

// readStatus reads a status line: "200 OK".
func readStatus(text string) (string, error) {
	line, _, _ := strings.Cut(text, "\n")
	status, ok := strings.CutPrefix(strings.TrimSpace(line), "SIP/2.0 ")
	if n, err := strconv.Atoi(status[:min(3, len(status))]); !ok || err != nil || n < 100 || n > 699 {
		return "", errNoAnswer
	}
	return wording.Shortened(status, 60), nil
}
