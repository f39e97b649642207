package media

import (
	"crypto/rand"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// suites are those that plain legs are offered and answered with, best first:
// AES-GCM costs the least. An offer has the first few (sdp.Local).
var suites = [...]sdp.Suite{sdp.AES128GCM, sdp.AES128CMSHA80, sdp.AES128CMSHA32, sdp.AES256GCM, sdp.AES256CMSHA80}

// ownKeys returns the keys of what a plain leg sends, one a suite, made once for
// its life: a key that stays lets SRTP's counters go on through re-INVITEs.
func (ep *Endpoint) ownKeys() []sdp.Crypto {
	ep.keysOnce.Do(func() { ep.keys = newKeys() })
	return ep.keys
}

// newKeys makes a key for each suite.
func newKeys() []sdp.Crypto {
	var all []sdp.Crypto
	for i, suite := range suites {
		key, salt := suite.KeyLen()
		b := make([]byte, key+salt)
		_, _ = rand.Read(b) // never fails
		all = append(all, sdp.Crypto{Tag: i + 1, Suite: suite, Key: sdp.Secret(b)})
	}
	return all
}

// security is what a stream says of encryption, as the way needs it.
func security(s *sdp.Stream) transport.PlainSecurity {
	return transport.PlainSecurity{
		Keying: s.Security.Keying, Ours: s.Security.Ours, Theirs: s.Security.Theirs,
		Fingerprints: s.Remote.Fingerprints, Setup: s.Setup, Association: s.Association,
	}
}

// describe says to a plain leg's way where and how the far end is reached. Where
// DTLS makes the keys nothing can be sent before it is done.
func (ep *Endpoint) describe(s *sdp.Stream, t *terms) error {
	ep.plain.SetRaw(nil)
	waits := s.Security.Keying == sdp.DTLS
	if waits {
		if k, profile := ep.plain.Secured(); k != sdp.DTLS || profile == "" {
			ep.up.Store(false)
		}
	}
	if err := ep.plain.SetRemote(plainRemote(ep.o, s, t)); err != nil {
		ep.up.Store(true)
		return err
	}
	if _, profile := ep.plain.Secured(); !waits || profile != "" {
		ep.up.Store(true)
	}
	return nil
}

// onSecured follows the handshake of a plain leg.
func (ep *Endpoint) onSecured(ok bool) {
	switch {
	case ep.closed.Load():
	case ok:
		ep.up.Store(true)
	case ep.o.Events.Lost != nil:
		ep.o.Events.Lost()
	}
}
