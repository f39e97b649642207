package registrar

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// temporary is what the user part of a temporary GRUU begins with.
const temporary = "tgruu."

// gruus makes and reads the globally routable URIs of devices (RFC 5627). A public
// one is the address of record with the instance; a temporary one hides both: its
// user part is an instance's number and a count, encrypted with a key of this
// process, so that no two have anything in common for others to see.
type gruus struct{ block cipher.Block }

func newGRUUs() gruus {
	var key [16]byte
	rand.Read(key[:]) // never fails: crypto/rand.Read's documentation
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return gruus{} // not with sixteen octets
	}
	return gruus{block}
}

// public is the public GRUU of an instance; "" where it cannot stand in a URI.
func (r *Registrar) public(user, instance string) string {
	urn := strings.Trim(instance, "<>")
	if urn == "" || len(urn) > 256 || strings.ContainsFunc(urn, func(c rune) bool { return !inURN(c) }) {
		return ""
	}
	return "sip:" + sipmsg.EscapeUser(user) + "@" + r.cfg.Domain + ";gr=" + urn
}

// inURN says whether a character may stand in a URI parameter as it is.
func inURN(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_.!~*'()[]/:&+$", c)
}

// fresh is a temporary GRUU of an instance that was never given before.
func (r *Registrar) fresh(number, count uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], number)
	binary.BigEndian.PutUint64(b[8:], count)
	r.gruus.block.Encrypt(b[:], b[:])
	return "sip:" + temporary + hex.EncodeToString(b[:]) + "@" + r.cfg.Domain + ";gr"
}

// ByGRUU returns the user and the instance that a GRUU of ours names; false where
// the URI is none, or a temporary one whose registration has ended. What a public
// one names may not be registered, or not exist.
func (r *Registrar) ByGRUU(now time.Time, u *sip.Uri) (user, instance string, ok bool) {
	gr, is := sipmsg.Param(u.UriParams, "gr")
	if !is || !r.cfg.Served(u.Host) {
		return "", "", false
	}
	hidden, is := strings.CutPrefix(u.User, temporary)
	if !is {
		if gr == "" {
			return "", "", false
		}
		return r.name(sipmsg.UnescapeUser(u.User)), "<" + gr + ">", true
	}
	b, err := hex.DecodeString(hidden)
	if err != nil || len(b) != 16 {
		return "", "", false
	}
	r.gruus.block.Decrypt(b, b)
	r.mu.Lock()
	defer r.mu.Unlock()
	bound := r.table.numbered[binary.BigEndian.Uint64(b)]
	if bound == nil || !bound.live(now) {
		return "", "", false
	}
	return bound.User, bound.Instance, true
}

// withGRUUs adds the GRUUs to a Contact of a 200 (RFC 5627 §5.3).
func (r *Registrar) withGRUUs(c *sip.ContactHeader, b *Binding) {
	public := r.public(b.User, b.Instance)
	if public == "" || b.gruu == 0 {
		return
	}
	c.Params = append(c.Params,
		sip.HeaderKV{K: "pub-gruu", V: `"` + public + `"`},
		sip.HeaderKV{K: "temp-gruu", V: `"` + r.fresh(b.gruu, r.given.Add(1)) + `"`},
	)
}
