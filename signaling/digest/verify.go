package digest

import (
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// qopAuth is the quality of protection that is offered and answered: the request
// line without the body (RFC 7616 §3.3).
const qopAuth = "auth"

// maxUser bounds a user name, in bytes.
const maxUser = 256

// futureSlack is how far ahead of now the time of a nonce may be: nodes that share a
// key have clocks of their own.
const futureSlack = 30 * time.Second

// Outcome is what became of the credentials of a request.
type Outcome int

// The outcomes of Verify, and what is owed for each.
const (
	// Absent: no digest credentials for this realm. Challenge.
	Absent Outcome = iota

	// OK: the request is User's.
	OK

	// Stale: the nonce is not ours, too old, for another source, or was used in
	// this way before. Challenge with stale=true; it is no wrong password, and
	// nothing was tested. A replayed request ends here.
	Stale

	// Wrong: the response does not fit, or the digest URI is not the request's.
	// Challenge, and count a guess.
	Wrong

	// UnknownUser: there is no such user. Answer exactly as for Wrong.
	UnknownUser

	// Malformed: the header cannot be read. 400.
	Malformed

	// Unsupported: a variant that was not offered, such as MD5-sess. Challenge.
	Unsupported
)

// String returns the outcome in words for a log.
func (o Outcome) String() string {
	switch o {
	case Absent:
		return "absent"
	case OK:
		return "ok"
	case Stale:
		return "stale"
	case Wrong:
		return "wrong"
	case UnknownUser:
		return "unknown user"
	case Malformed:
		return "malformed"
	case Unsupported:
		return "unsupported"
	}
	return "outcome " + strconv.Itoa(int(o))
}

// Request is what Verify looks at.
type Request struct {
	Method string // of the request line; that of the INVITE for an ACK
	URI    string // the Request-URI as it came
	Source string // as given to Challenge
	Header string // the value of Authorization or Proxy-Authorization; empty: none
}

// Result is what Verify found.
type Result struct {
	Outcome Outcome

	// User is the name that lookup was asked for, without a realm; empty before
	// that. It is proven only with OK: with Wrong it is whom somebody claimed to be.
	User string

	// Secret is the index of the HA1 that fits, with OK.
	Secret int

	// Algorithm is that of the response, with OK.
	Algorithm Algorithm

	// Reason says in words, for a log, why the outcome is not OK. It holds nothing
	// of the header but parameter names.
	Reason string
}

// Lookup returns the secrets of a user and whether there is such a user. It is called
// at most once for each Verify, and only when the nonce is good.
type Lookup func(user string) ([]HA1, bool)

// Verify judges the credentials of a request (RFC 3261 §22.4, RFC 7616 §3.4.6). What
// is cheap and needs no secret comes first: form, realm, variant, nonce. A request
// with credentials for several realms has a header for each; give each to the
// Verifier of its realm, or one after the other until one is not Absent.
func (v *Verifier) Verify(now time.Time, r Request, lookup Lookup) Result {
	if r.Header == "" {
		return Result{Outcome: Absent, Reason: "no credentials"}
	}
	c, res := v.read(r.Header)
	if res.Outcome != OK {
		return res
	}
	made, ok := v.nonces.open(c.nonce, r.Source)
	switch {
	case !ok:
		return Result{Outcome: Stale, Reason: "the nonce is not ours, or was given to another address"}
	case now.Sub(made) > v.life || made.Sub(now) > futureSlack:
		return Result{Outcome: Stale, Reason: "the nonce has expired"}
	}
	secrets, known := lookup(c.user)
	index := v.match(c, r.Method, secrets)
	res = Result{User: c.user}
	switch {
	case !sameTarget(r.URI, c.uri):
		res.Outcome, res.Reason = Wrong, "the digest URI is not the Request-URI"
	case !known:
		res.Outcome, res.Reason = UnknownUser, "no such user"
	case index < 0:
		res.Outcome, res.Reason = Wrong, "the response does not fit"
	case !v.used.use(c.use(made, now.Add(-v.life))):
		res.Outcome, res.Reason = Stale, "the nonce was used before"
	default:
		res.Outcome, res.Secret, res.Algorithm = OK, index, c.algorithm
	}
	return res
}

// match returns the index of the secret that gives the response, or -1. It computes
// MaxSecrets responses whatever there is, with a dummy where there is no secret, and
// looks at all of them: the time it takes tells nobody whether the user exists, how
// many secrets it has, or which one fits.
func (v *Verifier) match(c credentials, method string, secrets []HA1) int {
	ha2 := c.algorithm.hash(method, c.uri)
	index := -1
	for i := range MaxSecrets {
		ha1, real := v.dummy.of(c.algorithm), 0
		if i < len(secrets) && secrets[i].of(c.algorithm) != "" {
			ha1, real = secrets[i].of(c.algorithm), 1
		}
		want := c.algorithm.hash(c.parts(ha1, ha2)...)
		fits := subtle.ConstantTimeCompare([]byte(want), []byte(c.response)) & real
		first := subtle.ConstantTimeEq(int32(index), -1)
		index = subtle.ConstantTimeSelect(fits&first, i, index)
	}
	return index
}

// credentials are an Authorization header that has passed read. The fields that are
// hashed are as the client wrote them.
type credentials struct {
	user      string // without realm
	nonce     string
	uri       string
	response  string // lower case
	algorithm Algorithm
	qop       string // empty: RFC 2069
	cnonce    string
	ncText    string
	nc        uint32
}

// parts are what the response is the hash of (RFC 7616 §3.4.1, RFC 2069 §2.1.2).
func (c credentials) parts(ha1, ha2 string) []string {
	if c.qop == "" {
		return []string{ha1, c.nonce, ha2}
	}
	return []string{ha1, c.nonce, c.ncText, c.cnonce, c.qop, ha2}
}

func (c credentials) use(made, expired time.Time) nonceUse {
	u := nonceUse{made: made, nc: c.nc, counted: c.qop != "", expired: expired}
	// open has decoded it before.
	_, _ = hex.Decode(u.nonce[:], []byte(c.nonce))
	return u
}

// read parses a header; an outcome other than OK is final.
func (v *Verifier) read(header string) (credentials, Result) {
	p, err := parseHeader(header)
	switch {
	case errors.Is(err, errScheme):
		return credentials{}, Result{Outcome: Absent, Reason: err.Error()}
	case err != nil:
		return credentials{}, Result{Outcome: Malformed, Reason: err.Error()}
	case p["nonce"] == "" && p["response"] == "":
		// Phones made for IMS name their user before they are challenged
		// (3GPP TS 24.229 §5.1.1.2.2).
		return credentials{}, Result{Outcome: Absent, Reason: "the credentials are empty"}
	}
	for _, name := range []string{"username", "realm", "nonce", "uri", "response"} {
		if _, ok := p[name]; !ok {
			return credentials{}, Result{Outcome: Malformed, Reason: "parameter " + name + " is missing"}
		}
	}
	if p["realm"] != v.realm {
		return credentials{}, Result{Outcome: Absent, Reason: "the credentials are for another realm"}
	}
	if len(p["username"]) > maxUser {
		return credentials{}, Result{Outcome: Malformed, Reason: "the user name is too long"}
	}
	c := credentials{
		user:     withoutRealm(p["username"], v.realm),
		nonce:    p["nonce"],
		uri:      p["uri"],
		response: strings.ToLower(p["response"]),
	}
	return c, c.readVariant(p)
}

// readVariant takes up algorithm, qop and what goes with it.
func (c *credentials) readVariant(p params) Result {
	var ok bool
	if c.algorithm, ok = parseAlgorithm(p["algorithm"]); !ok {
		return Result{Outcome: Unsupported, Reason: "the algorithm was not offered"}
	}
	if strings.EqualFold(p["userhash"], "true") {
		return Result{Outcome: Unsupported, Reason: "userhash was not offered"}
	}
	c.qop = p["qop"]
	if c.qop == "" {
		return Result{Outcome: OK}
	}
	if !strings.EqualFold(c.qop, qopAuth) {
		return Result{Outcome: Unsupported, Reason: "the qop was not offered"}
	}
	c.cnonce, c.ncText = p["cnonce"], p["nc"]
	nc, err := strconv.ParseUint(c.ncText, 16, 32)
	switch {
	case c.cnonce == "":
		return Result{Outcome: Malformed, Reason: "parameter cnonce is missing"}
	case err != nil || len(c.ncText) > 8:
		return Result{Outcome: Malformed, Reason: "parameter nc is not of 8 hexadecimal digits"}
	}
	c.nc = uint32(nc)
	return Result{Outcome: OK}
}

// withoutRealm takes the realm off a user name of the form user@realm, which phones
// send whose "authentication user" is set to the whole address.
func withoutRealm(user, realm string) string {
	if at := strings.LastIndexByte(user, '@'); at > 0 && strings.EqualFold(user[at+1:], realm) {
		return user[:at]
	}
	return user
}
