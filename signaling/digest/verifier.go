package digest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"time"

	"github.com/icholy/digest"
)

// MaxSecrets is how many secrets of one user are tried; more are not looked at.
const MaxSecrets = 16

// Config is what a Verifier is made of.
type Config struct {
	// Realm is the protection realm, in SIP the domain: 1 to 128 printable
	// characters.
	Realm string

	// Key is the secret of the nonces, at least 16 bytes. Nil is a random one:
	// the nonces of another process are then stale. Nodes that share a Key accept
	// each other's nonces, and each has a replay table of its own.
	Key []byte

	// NonceLife is how long a nonce may be used; zero is 5 minutes.
	NonceLife time.Duration

	// Nonces is the size of the replay table: how many nonces may be in use at
	// once before old ones turn stale early. Zero is 32768, about 6 MiB when full.
	Nonces int

	// Since makes every nonce stale that was made at or before it. With a Key that
	// outlives the process, give the time of start: what was used before it is not
	// known.
	Since time.Time
}

// Validate reports what is impossible in c.
func (c Config) Validate() error {
	switch {
	case c.Realm == "" || len(c.Realm) > 128 || !printable(c.Realm) || bytes.ContainsAny([]byte(c.Realm), "\"\\\t\r\n"):
		return errors.New("the realm is not of 1 to 128 printable characters")
	case c.Key != nil && len(c.Key) < 16:
		return errors.New("the nonce key is shorter than 16 bytes")
	case c.NonceLife < 0:
		return errors.New("the nonce life is negative")
	case c.Nonces < 0:
		return errors.New("the size of the replay table is negative")
	}
	return nil
}

// Verifier challenges requests and judges their credentials.
type Verifier struct {
	realm  string
	life   time.Duration
	nonces nonces
	used   *replays
	dummy  HA1 // stands in for secrets that are not there
}

// NewVerifier returns a Verifier for one realm. Config must be valid.
func NewVerifier(c Config) *Verifier {
	if c.Key == nil {
		c.Key = make([]byte, 32)
		_, _ = rand.Read(c.Key)
	}
	if c.NonceLife == 0 {
		c.NonceLife = 5 * time.Minute
	}
	if c.Nonces == 0 {
		c.Nonces = 32768
	}
	return &Verifier{
		realm:  c.Realm,
		life:   c.NonceLife,
		nonces: nonces{key: bytes.Clone(c.Key), realm: c.Realm},
		used:   newReplays(c.Nonces, c.Since),
		dummy:  NewHA1("", c.Realm, rand.Text()),
	}
}

// Realm returns the protection realm.
func (v *Verifier) Realm() string { return v.realm }

// Challenge returns the values of the WWW-Authenticate or Proxy-Authenticate headers
// of one 401 or 407, a header for each algorithm in the given order (RFC 8760 §2.4);
// none means MD5. Browsers' libraries look at the first only and know MD5 only, so
// MD5 comes first or alone for them. The source is whatever a client keeps between
// challenge and answer: the address without port for UDP, that or a name of the flow
// for a connection. A stale challenge tells the client to answer anew without asking
// its user for the password (RFC 7616 §3.3).
func (v *Verifier) Challenge(now time.Time, source string, order []Algorithm, stale bool) []string {
	if len(order) == 0 {
		order = []Algorithm{MD5}
	}
	nonce := v.nonces.make(now, source)
	values := make([]string, 0, len(order))
	for _, a := range order {
		c := digest.Challenge{
			Realm:     v.realm,
			Nonce:     nonce,
			Stale:     stale,
			Algorithm: string(a),
			QOP:       []string{qopAuth},
		}
		values = append(values, c.String())
	}
	return values
}
