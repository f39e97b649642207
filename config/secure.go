package config

import "slices"

// The words of secure, in trunks and users.
const (
	SecureRequire = "require" // encrypted media only, which needs TLS
	SecurePrefer  = "prefer"  // offered where it can be, taken as it comes
	SecureDTLS    = "dtls"    // encrypted media only, offered with keys by DTLS, whatever the way
	SecureOff     = "off"     // plain RTP only
)

// secure reads what is wished of encrypted media.
func (v value) secure(into *string) {
	v.word(into, []string{SecureRequire, SecurePrefer, SecureDTLS, SecureOff}, nil)
}

// checkSecure warns of encryption that is required where there is no TLS: no call would
// come about.
func (l *loader) checkSecure() {
	const hint = `Write host = "sip.example.com;transport=tls".`
	for i := range l.seen.trunks {
		t := &l.seen.trunks[i]
		if t.Secure == "" || t.Secure == SecureOff || t.Secure == SecureDTLS || !t.whole || t.mayUseTLS() {
			continue
		}
		at, _ := t.where("secure")
		if t.Secure == SecureRequire {
			l.warnf(at, hint, "every call with trunk %q will be refused: keys of encrypted media go over TLS only, and it is reached without", t.Name)
		} else {
			l.warnf(at, hint, "calls to trunk %q will not be encrypted: keys are offered over TLS only, and it is reached without", t.Name)
		}
	}
	if slices.ContainsFunc(l.file.Listen.SIP, func(x Listener) bool { return x.Transport == "tls" }) {
		return
	}
	for _, u := range l.seen.users {
		if u.Secure == SecureRequire {
			l.warnf(u.secureAt, `Add ":5061/tls" to sip in listen.`, "telephones of user %q cannot call: secure = %q needs TLS, which is not listened on", u.Name, u.Secure)
		}
	}
}

// mayUseTLS says whether a trunk is, or may turn out to be, reached over TLS.
func (t *placedTrunk) mayUseTLS() bool {
	over := t.Transport
	if t.Proxy != "" {
		over = proxyTransport(t.Proxy)
	}
	return over == "tls" || over == "" && !isAddress(t.Host) // the DNS may say TLS
}
