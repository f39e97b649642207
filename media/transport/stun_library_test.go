package transport

import (
	"errors"
	"net/netip"

	"github.com/pion/stun/v4"
)

// What the tests' far ends read and write is the library's, not ours, so that both of ours
// cannot be wrong together.

var errUnsigned = errors.New("no message integrity")

// verifySTUN checks MESSAGE-INTEGRITY with the short-term password.
func verifySTUN(b []byte, password string) (*stun.Message, error) {
	m := &stun.Message{Raw: b}
	if err := m.Decode(); err != nil {
		return nil, err
	}
	if !m.Contains(stun.AttrMessageIntegrity) {
		return nil, errUnsigned
	}
	if err := stun.NewShortTermIntegrity(password).Check(m); err != nil {
		return nil, err
	}
	return m, nil
}

// answerSTUN builds the success response to the request m that came from a.
func answerSTUN(m *stun.Message, from netip.AddrPort, password string) ([]byte, error) {
	out, err := stun.Build(m, stun.BindingSuccess,
		&stun.XORMappedAddress{IP: from.Addr().AsSlice(), Port: int(from.Port())},
		stun.NewShortTermIntegrity(password), stun.Fingerprint)
	if err != nil {
		return nil, err
	}
	return out.Raw, nil
}
