package tandem

import (
	"crypto/rand"
	"encoding/base32"
)

// CallID names one call of this gateway: both legs and everything logged about
// them. It is ours alone and never sent to a far end; the Call-ID header field of
// each leg is another thing (RFC 3261 §8.1.1.4).
type CallID string

// LegID names one leg: one SIP dialog, or one branch that may become a dialog.
// It is the CallID with a letter behind it, "k3v9x2mqa7-a" for the caller's.
type LegID string

// idEncoding is lower-case base32 without vowels-like confusions and padding, so
// that an identifier can be read out over a telephone.
var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewCallID returns a fresh identifier of 50 random bits.
func NewCallID() CallID {
	var b [7]byte
	rand.Read(b[:]) // never fails: crypto/rand.Read's documentation
	return CallID(idEncoding.EncodeToString(b[:])[:10])
}

// Leg returns the identifier of the nth leg of the call; 0 is the caller's.
func (id CallID) Leg(n int) LegID {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	if n < len(letters) {
		return LegID(string(id) + "-" + letters[n:n+1])
	}
	return LegID(string(id) + "-" + letters[n%len(letters):n%len(letters)+1] + string(idEncoding.EncodeToString([]byte{byte(n)})))
}
