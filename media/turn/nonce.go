package turn

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"

	"github.com/pion/stun/v4"
	pion "github.com/pion/turn/v5"
)

// A nonce of pion/turn says when it was made, to the minute, and is the same for everybody.
// Whoever sees a user's Allocate on its way could send it again from other ports, within the
// hour that the nonce lives, until the user has no allocation left. So each nonce goes out with a
// mark for the five-tuple that is told it (RFC 8489 §9.2.4 leaves its form to the server):
//
//	Allocate --------------------------->
//	<-- 401, NONCE n + mark(far, near, n)    bind
//	Allocate, NONCE n + mark ----------->    unbind: NONCE n, signed anew for pion/turn
//	the same, from elsewhere ----------->    no nonce of its: 438, with one that is
//
// What has no mark, or another one, gets a nonce that nothing has made.

// markLength is how many characters of a nonce are the mark: 72 bits.
const markLength = 12

// mark is what a nonce has at its end for a five-tuple.
func (s *Server) mark(nonce string, far, near netip.AddrPort) string {
	mac := hmac.New(sha256.New, s.marks[:])
	for _, a := range []netip.AddrPort{far, near} {
		b, _ := a.MarshalBinary() // never fails
		mac.Write(append(b, byte(len(b))))
	}
	mac.Write([]byte(nonce))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:markLength*6/8])
}

// isRefusal says whether a message is an error response of STUN (RFC 8489 §5).
func isRefusal(b []byte) bool {
	return len(b) >= stunMinimum && b[0]>>6 == 0 && b[0]&0x01 == 1 && b[1]&0x10 != 0
}

// bind returns an answer that goes out, with the mark of who gets it where it has a nonce.
func (s *Server) bind(b []byte, far, near netip.AddrPort) []byte {
	if !isRefusal(b) {
		return b
	}
	m := &stun.Message{Raw: b}
	var nonce stun.Nonce
	if m.Decode() != nil || nonce.GetFrom(m) != nil || m.Contains(stun.AttrMessageIntegrity) {
		return b
	}
	return renonced(m, nonce.String()+s.mark(nonce.String(), far, near)).Raw
}

// unbind makes of a request what pion/turn takes, in place, and returns its length. b has no
// request mostly, and stays as it is.
func (s *Server) unbind(b []byte, far, near netip.AddrPort) int {
	if len(b) < stunMinimum || !isRequest(b) {
		return len(b)
	}
	m := &stun.Message{Raw: b}
	if m.Decode() != nil || !m.Contains(stun.AttrMessageIntegrity) {
		return len(b)
	}
	bound, err := m.Get(stun.AttrNonce)
	if err != nil {
		return len(b)
	}
	nonce := string(bound[:max(0, len(bound)-markLength)])
	if !hmac.Equal(bound[len(nonce):], []byte(s.mark(nonce, far, near))) {
		for i := range bound {
			bound[i] = '-' // which is in none
		}
		return len(b)
	}
	return copy(b, s.signed(m, nonce).Raw)
}

// signed returns a request with another nonce, which is as well signed, or as badly.
func (s *Server) signed(m *stun.Message, nonce string) *stun.Message {
	out := renonced(m, nonce)
	var user stun.Username
	var realm stun.Realm
	if user.GetFrom(m) == nil && realm.GetFrom(m) == nil && len(user) <= maxUsername {
		key := stun.MessageIntegrity(pion.GenerateAuthKey(user.String(), realm.String(), s.password(user.String())))
		if key.Check(m) == nil && key.AddTo(out) == nil {
			return out
		}
	}
	if wrong, err := m.Get(stun.AttrMessageIntegrity); err == nil {
		out.Add(stun.AttrMessageIntegrity, wrong)
	}
	return out
}

// renonced returns a message with another nonce, up to what signs it: behind that
// nothing counts but a sum (RFC 8489 §14.5), which nobody asks us for.
func renonced(m *stun.Message, nonce string) *stun.Message {
	out := stun.New()
	out.Type, out.TransactionID = m.Type, m.TransactionID
	out.WriteHeader()
	for _, a := range m.Attributes {
		switch a.Type {
		case stun.AttrMessageIntegrity:
			return out
		case stun.AttrNonce:
			if !out.Contains(stun.AttrNonce) { // the first counts (§14)
				out.Add(stun.AttrNonce, []byte(nonce))
			}
		default:
			out.Add(a.Type, a.Value)
		}
	}
	return out
}
