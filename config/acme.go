package config

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
)

// email reads one mail address, without a name before it.
func (v value) email(into *string) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "mail address"}) || !v.line(&s) {
		return
	}
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		v.l.errorf(v.at, `Write it as "ops@example.com".`, "%s %q is no mail address", v.name, s)
		return
	}
	*into = s
}

// directory reads where an ACME authority is.
func (v value) directory(into *string) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "https URL of an ACME directory"}) || !v.line(&s) {
		return
	}
	const form = `Write it as "https://ca.example.com/acme/directory".`
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		v.l.errorf(v.at, form, "%s %q is no https URL", v.name, s)
		return
	}
	*into = s
}

// account reads an account that an ACME authority knows already.
func (v value) account(into **ACMEAccount) {
	a := &ACMEAccount{}
	known := v.members([]key{
		{"id", func(v value) { v.line(&a.ID) }},
		{"key", func(v value) { v.secret(&a.Key) }},
	})
	*into = a
	if known {
		v.needs(`Write account = { id = "...", key = env("ACME_KEY") }.`, "id", "key")
	}
}

// checkACME asks that what is for ACME only stands with it, and that an authority can sign the domain.
func (l *loader) checkACME() {
	if l.file.TLS.Mode != TLSACME {
		if l.unknown["tls"] || l.refusedMode() {
			return
		}
		for _, name := range []string{"email", "directory", "ca", "account"} {
			if at, set := l.places["tls."+name]; set {
				l.consequent(at, `Write mode = "acme".`, `%s is of use only with tls mode "acme"`, name)
			}
		}
		return
	}
	for _, name := range []string{"cert", "key"} {
		if at, set := l.places["tls."+name]; set {
			l.consequent(at, `Leave it out, or write mode = "files".`, `%s is of use only with tls mode "files"`, name)
		}
	}
	l.checkKnock()
	if l.file.TLS.Directory == "" && private(l.file.Domain) {
		l.warnf(l.seen.tlsMode, `Write mode = "local", or name your own authority with directory.`,
			"no public authority signs a certificate for %q", l.file.Domain)
	}
}

// checkKnock asks that the authority's knock at port 443 (RFC 8737 §3) can come to a listener of ours.
func (l *loader) checkKnock() {
	var first *Listener
	for i, w := range l.file.Listen.Web {
		if w.Transport != "https" {
			continue
		}
		if w.Port == 443 {
			return
		}
		if first == nil {
			first = &l.file.Listen.Web[i]
		}
	}
	if first == nil {
		l.consequent(l.seen.tlsMode, `Write web = [":443/https"] in listen.`, `tls mode "acme" needs an https listener: the authority knocks there`)
		return
	}
	l.warnf(l.seen.tlsMode, `Write web = [":443/https"] in listen, unless something in front sends port 443 here.`,
		"the authority knocks at port 443, and we listen at %s", first)
}

// private says that a host name or address means nothing to the Internet (RFC 6761, RFC 6762 appendix G, RFC 8375).
func private(host string) bool {
	if host == "" {
		return false // it has been reported
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || net.ParseIP(host) != nil {
		return true
	}
	if !strings.Contains(host, ".") {
		return true
	}
	for _, end := range []string{".test", ".local", ".localhost", ".internal", ".invalid", ".example", ".lan", ".home.arpa"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return false
}
