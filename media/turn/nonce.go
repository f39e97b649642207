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
	switch {
	case m.Decode() != nil || m.Contains(stun.AttrMessageIntegrity):
		return b
	case nonce.GetFrom(m) != nil:
		return forbidden(m).Raw
	}
	return renonced(m, nonce.String()+s.mark(nonce.String(), far, near)).Raw
}

// forbidden returns a refusal as it is, but that of a channel to what is not our media: 403,
// where pion/turn says 401, as if other credentials would help (RFC 8656 §12.2).
func forbidden(m *stun.Message) *stun.Message {
	var e stun.ErrorCodeAttribute
	if m.Type.Method != stun.MethodChannelBind || e.GetFrom(m) != nil || e.Code != stun.CodeUnauthorized {
		return m
	}
	out := stun.New()
	out.Type, out.TransactionID = m.Type, m.TransactionID
	out.WriteHeader()
	_ = stun.CodeForbidden.AddTo(out) // a code with a reason of its own
	return out
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

// signed returns a request with another nonce, signed for pion/turn. One whose credentials are
// not good goes on unsigned, so that it is told 401 and a nonce (RFC 8489 §9.2.4), where
// pion/turn says 400: a browser that is asked why it has no relay should name the credentials.
func (s *Server) signed(m *stun.Message, nonce string) *stun.Message {
	var name stun.Username
	var realm stun.Realm
	if name.GetFrom(m) != nil || realm.GetFrom(m) != nil { // 400, which it has to see signed
		out := renonced(m, nonce)
		if wrong, err := m.Get(stun.AttrMessageIntegrity); err == nil {
			out.Add(stun.AttrMessageIntegrity, wrong)
		}
		return out
	}
	_, key, ok := s.authorize(&pion.RequestAttributes{Username: name.String(), Realm: realm.String(), Method: m.Type.Method})
	switch {
	case !ok: // counted
		return renonced(m, nonce)
	case stun.MessageIntegrity(key).Check(m) != nil:
		s.count.unauthorized.Add(1)
		return renonced(m, nonce)
	}
	s.unsuit(m)
	out := renonced(m, nonce)
	_ = stun.MessageIntegrity(key).AddTo(out) // never fails: it has none yet
	return out
}

// unsuit makes of what is wished for of an allocation and is not to be had something that there
// is not, in place: pion/turn knows TCP (RFC 6062) and both families and would say 508, after
// which a client comes back in a minute, where 442 and 440 tell it not to (RFC 8656 §7.2).
func (s *Server) unsuit(m *stun.Message) {
	const udp, v4, v6 = 17, 1, 2
	if v, err := m.Get(stun.AttrRequestedTransport); err == nil && len(v) > 0 && v[0] != udp {
		v[0] = 0
	}
	if v, err := m.Get(stun.AttrRequestedAddressFamily); err == nil && len(v) > 0 && (v[0] == v4 || v[0] == v6) {
		if !s.ofFamily(v[0] == v4).IsValid() {
			v[0] = 0
		}
	}
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
