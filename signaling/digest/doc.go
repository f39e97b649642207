// Package digest is SIP's use of HTTP digest authentication: RFC 3261 §22, RFC 7616,
// and RFC 8760 for SHA-256.
//
// A Verifier challenges requests and judges their credentials; a Client answers the
// challenges of a trunk. Both work on header values and texts: they know no message,
// socket or clock.
//
// # Nonces
//
// A nonce is stateless: its time, randomness, and an HMAC over both, the realm and
// the source of the request. A challenge therefore costs no memory, and a nonce is
// of no use from another address. Memory is spent only on nonces with which somebody
// proved to know a password: for each a window of the last 64 nonce counts, in a
// table of bounded size (RFC 7616 §3.4, nc).
//
// When the table is full the oldest nonce goes, and from then on every nonce that is
// as old and not in the table is stale, because it may be one that was used and
// forgotten. So a forgotten nonce costs its owner one more round trip and can never
// be replayed. For the same reason a nonce that is not in the table and is younger
// has surely not been used, and its first count may be any: JsSIP goes on counting
// when it is given a new nonce.
//
// # Tolerance
//
// Credentials without qop (RFC 2069) are taken, since old softphones send them, but
// only once for each nonce. The digest URI must name the user, host and port of the
// Request-URI; URI parameters may differ, because phones drop them. A user name of
// the form user@realm is understood as user. Names of parameters, of the algorithm
// and of qop are not case-sensitive, values may be quoted or not, and a nonce count
// counts as it is written. Session variants (MD5-sess), auth-int and userhash are
// answered Unsupported: they were not offered.
//
// # Equal work
//
// Judging takes the same steps for a user that exists and one that does not, and for
// one with a single secret and one with MaxSecrets; responses are compared in
// constant time.
//
// # Goroutines and limits
//
// The package starts no goroutine. A Verifier and a Client may be used from any; each
// has one mutex around its table. A header value longer than MaxHeader is not parsed.
//
// # The library below
//
// Challenges are written and answers computed by github.com/icholy/digest. Its
// parsers are not used: they refuse unquoted URIs and nonces, know parameter names
// in lower case only, let the last of two like-named parameters win, read nc as a
// signed number and do not trim the list of qop.
package digest
