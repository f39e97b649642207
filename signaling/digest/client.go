package digest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/icholy/digest"
)

// Limits of what a Client takes from a peer.
const (
	maxChallenges = 8 // challenges of one response that are looked at
	maxSpaces     = 8 // protection spaces that a Client remembers
)

// ErrNoAnswer says that none of the challenges can be answered: all are for other
// realms, of variants unknown, or damaged. The text says why.
var ErrNoAnswer = errors.New("no challenge can be answered")

// Role says who challenges: the user agent server with 401, or a proxy with 407
// (RFC 3261 §22.2, §22.3).
type Role int

// The roles.
const (
	Server Role = iota // 401: WWW-Authenticate, Authorization
	Proxy              // 407: Proxy-Authenticate, Proxy-Authorization
)

// RoleOf returns the role that a status code belongs to.
func RoleOf(status int) (Role, bool) {
	switch status {
	case 401:
		return Server, true
	case 407:
		return Proxy, true
	}
	return 0, false
}

// Challenge returns the name of the header that challenges.
func (r Role) Challenge() string {
	if r == Proxy {
		return "Proxy-Authenticate"
	}
	return "WWW-Authenticate"
}

// Credentials returns the name of the header that answers.
func (r Role) Credentials() string {
	if r == Proxy {
		return "Proxy-Authorization"
	}
	return "Authorization"
}

// Account is what a Client answers with. It prints as "redacted".
type Account struct {
	User string

	// Password, or HA1 where only that is stored. HA1 is tied to one realm.
	Password string
	HA1      HA1

	// Realm, where not empty, is the only realm that is answered. Without it a
	// peer can name a realm of its choice and have the password hashed with it,
	// until Settle has learned the realm.
	Realm string
}

// String hides the password.
func (Account) String() string { return "redacted" }

// GoString hides the password from %#v.
func (Account) GoString() string { return "redacted" }

// Header is a header to be put into a request.
type Header struct{ Name, Value string }

// Answer computes the credentials of one request for a list of challenges, the values
// of all headers of one 401 or 407. It keeps nothing: a Client does.
func Answer(a Account, role Role, challenges []string, method, uri string) ([]Header, error) {
	return NewClient(a).Answer(role, challenges, method, uri)
}

// Client answers the challenges of one trunk and remembers them, so that further
// requests carry credentials at once (RFC 3261 §22.2: "SHOULD cache"), each with the
// next nonce count.
type Client struct {
	account Account

	mu     sync.Mutex
	spaces []*space // guarded by mu; the last one used is the last
	realms []string // guarded by mu: where Settle has found the account to belong; nil before
}

// space is a protection space with the challenge that holds there.
type space struct {
	role      Role
	challenge digest.Challenge
	algorithm Algorithm
	count     int // how often the nonce was used
}

// NewClient returns a Client that knows no challenge.
func NewClient(a Account) *Client { return &Client{account: a} }

// Answer takes the challenges of one response and returns a header for each realm
// that asks and may be answered, by the strongest algorithm it offers: SHA-256 before
// MD5. The URI is the full Request-URI, parameters included, as it will be sent; the
// request is sent anew with a higher CSeq.
//
// Being challenged again is the caller's to judge: once more where IsStale says so,
// else the password is wrong and a third try would be the same.
func (c *Client) Answer(role Role, challenges []string, method, uri string) ([]Header, error) {
	found, err := c.choose(role, challenges)
	if len(found) == 0 {
		return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	headers := make([]Header, 0, len(found))
	for _, s := range found {
		s = c.rememberLocked(s)
		h, err := c.writeLocked(s, method, uri)
		if err != nil {
			return nil, err
		}
		headers = append(headers, h)
	}
	return headers, nil
}

// Preempt returns the headers for a request that was not challenged yet, from the
// challenges that are remembered; none where there are none.
func (c *Client) Preempt(method, uri string) []Header {
	return append(c.Known(Server, method, uri), c.Known(Proxy, method, uri)...)
}

// Known is Preempt for the challenges of one role.
func (c *Client) Known(role Role, method, uri string) []Header {
	c.mu.Lock()
	defer c.mu.Unlock()
	var headers []Header
	for _, s := range c.spaces {
		if s.role != role {
			continue
		}
		if h, err := c.writeLocked(s, method, uri); err == nil {
			headers = append(headers, h)
		}
	}
	return headers
}

// Settle says that answers of the account were taken: where its realm was not
// configured, the realms answered so far are its own from now on, and no other is
// answered. Only the first call counts.
func (c *Client) Settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.account.Realm != "" || c.realms != nil {
		return
	}
	for _, s := range c.spaces {
		c.realms = append(c.realms, s.challenge.Realm)
	}
}

// foreign says whether a realm is known not to be the account's.
func (c *Client) foreign(realm string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.account.Realm != "" && c.account.Realm != realm || c.realms != nil && !slices.Contains(c.realms, realm)
}

// Forget drops the challenges that are remembered.
func (c *Client) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spaces = nil
}

// IsStale says whether one of the challenges is for a nonce that has only grown old.
func IsStale(challenges []string) bool {
	for _, text := range challenges[:min(len(challenges), maxChallenges)] {
		if p, err := parseHeader(text); err == nil && strings.EqualFold(p["stale"], "true") {
			return true
		}
	}
	return false
}

// choose returns the best challenge of each realm, and why the others were not taken.
func (c *Client) choose(role Role, challenges []string) ([]*space, error) {
	var best []*space
	why := errors.New("there is none")
	for _, text := range challenges[:min(len(challenges), maxChallenges)] {
		s, err := c.readChallenge(text)
		if err != nil {
			why = err
			continue
		}
		s.role = role
		i := slices.IndexFunc(best, func(b *space) bool { return b.challenge.Realm == s.challenge.Realm })
		switch {
		case i < 0:
			best = append(best, s)
		case best[i].algorithm == MD5 && s.algorithm == SHA256:
			best[i] = s
		}
	}
	return best, why
}

func (c *Client) readChallenge(text string) (*space, error) {
	p, err := parseHeader(text)
	if err != nil {
		return nil, err
	}
	a, ok := parseAlgorithm(p["algorithm"])
	realm, hasRealm := p["realm"]
	switch {
	case !ok:
		return nil, errors.New("the algorithm is not supported")
	case !hasRealm || p["nonce"] == "":
		return nil, errors.New("realm or nonce is missing")
	case c.foreign(realm):
		return nil, errors.New("the realm is not that of the account")
	case c.account.Password == "" && c.account.HA1.of(a) == "":
		return nil, errors.New("no secret for this algorithm is stored")
	}
	s := &space{algorithm: a, challenge: digest.Challenge{
		Realm: realm, Nonce: p["nonce"], Opaque: p["opaque"],
	}}
	// The parameter is repeated as it was given, or left out if it was.
	if p["algorithm"] != "" {
		s.challenge.Algorithm = string(a)
	}
	if qop := p["qop"]; qop != "" {
		offered := strings.FieldsFunc(qop, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
		if !slices.ContainsFunc(offered, func(q string) bool { return strings.EqualFold(q, qopAuth) }) {
			return nil, errors.New("the qop is not supported")
		}
		s.challenge.QOP = []string{qopAuth}
	}
	return s, nil
}

// rememberLocked puts a challenge in the place of the former one of its space, and
// goes on counting where the nonce is the same.
func (c *Client) rememberLocked(s *space) *space {
	i := slices.IndexFunc(c.spaces, func(o *space) bool {
		return o.role == s.role && o.challenge.Realm == s.challenge.Realm
	})
	if i >= 0 {
		if c.spaces[i].challenge.Nonce == s.challenge.Nonce {
			s.count = c.spaces[i].count
		}
		c.spaces = slices.Delete(c.spaces, i, i+1)
	}
	if len(c.spaces) == maxSpaces {
		c.spaces = slices.Delete(c.spaces, 0, 1)
	}
	c.spaces = append(c.spaces, s)
	return s
}

func (c *Client) writeLocked(s *space, method, uri string) (Header, error) {
	s.count++
	cred, err := digest.Digest(&s.challenge, digest.Options{
		Method:   method,
		URI:      uri,
		Count:    s.count,
		Username: c.account.User,
		A1:       c.ha1(s),
	})
	if err != nil {
		return Header{}, fmt.Errorf("answer a challenge: %w", err)
	}
	return Header{Name: s.role.Credentials(), Value: cred.String()}, nil
}

func (c *Client) ha1(s *space) string {
	if c.account.Password != "" {
		return s.algorithm.hash(c.account.User, s.challenge.Realm, c.account.Password)
	}
	return c.account.HA1.of(s.algorithm)
}
