// Package certs is where the gateway's certificates come from.
//
// A Source serves the certificate of the TLS listeners (HTTPS, WSS, SIP over TLS).
// There are two: LocalCA, a certificate authority of this machine's own that may
// sign private names and addresses only, and FilesSource, a pair of PEM files that
// somebody else renews. DTLS gives the self-signed certificate of the media, whose
// fingerprint travels in the session description (RFC 8122 §5).
//
// Files lie in DIR/certs (mode 0700), DIR being the state directory:
//
//	ca.key    the local CA: private key and certificate    0600
//	ca.pem    its certificate alone, for people to trust   0644
//	leaf.key  what the listeners serve: key and chain      0600
//	dtls.key  the media's certificate and its key          0600
//
// A key and its certificate share one file, so that replacing the file replaces
// both at once: a reader never meets a key of one pair and a certificate of another.
// Every file is written beside its place, synced, and moved there; the local CA is
// moved there only if no other process was first, and else the other's is taken.
//
// # Name constraints
//
// The local CA carries critical name constraints (RFC 5280 §4.2.1.10): even if its
// key is stolen it cannot speak for a public site. It may sign localhost, the host's
// own name, the private top-level names (local, internal, home.arpa, test, lan and
// the rest of RFC 6762 appendix G) and private addresses (loopback, RFC 1918,
// RFC 4193, link-local, RFC 6598). Names and addresses that the operator gives are
// added when the CA is made, public or not, since a certificate for a domain that
// the gateway is told to serve must verify. A public name given later is outside of
// a CA that devices already trust; it is then left out of the certificate with a
// warning, because a new CA would break every device that trusts the present one.
//
// The leaf names *.localhost too, but Chromium and OpenSSL take no wildcard for one
// label below a top-level name: links are better made with localhost itself.
//
// # Goroutines and limits
//
// The package starts none: Run works on its caller's goroutine until its context
// ends. Sources may be used from any goroutine. A file of more than 1 MiB is
// refused, and a leaf names at most 128 names and addresses.
package certs
