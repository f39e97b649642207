package sipmsg

import (
	"crypto/rand"
	"encoding/base32"

	"github.com/emiago/sipgo/sip"
)

// lower is base32 in lower case: tags and branches are compared without regard
// to case by some.
var lower = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// random returns 125 random bits as 25 characters.
func random() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand.Read's documentation
	return lower.EncodeToString(b[:])[:25]
}

// Tag returns an unguessable From- or To-tag (RFC 3261 §19.3).
func Tag() string { return random() }

// Branch returns an unguessable Via branch with the cookie (RFC 3261 §8.1.1.7).
func Branch() string { return sip.RFC3261BranchMagicCookie + random() }

// CallID returns an unguessable Call-ID that names no host (RFC 3261 §8.1.1.4).
func CallID() string { return random() }
