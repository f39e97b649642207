package sipmsg

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// A body of several parts (RFC 5621 §3) is what carriers with ISUP (RFC 3372), PBXs
// with QSIG and telephones that tell where they are (RFC 6442) write around their
// session description. The bounds hold for hostile ones.
const (
	maxParts  = 16
	maxNested = 3
)

// Body returns the body of a message that has a media type, written in lower case:
// the whole of it, or the first part of that type; of alternatives the last, which
// its sender prefers (RFC 2046 §5.1.4). Nil means that there is none. Other parts are
// passed over, also those that are not marked as optional (RFC 5621 §5.1): who sends
// ISUP seldom marks it, and wants the call.
func Body(m sip.Message, kind string) []byte {
	return bodyOf(Value(m, "Content-Type"), m.Body(), kind, maxNested)
}

func bodyOf(contentType string, body []byte, kind string, nested int) []byte {
	t, _, _ := strings.Cut(contentType, ";")
	t = strings.ToLower(strings.TrimSpace(t))
	if t == kind {
		return body
	}
	if !strings.HasPrefix(t, "multipart/") || nested == 0 {
		return nil
	}
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return nil
	}
	var found []byte
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for range maxParts {
		part, err := parts.NextRawPart()
		if err != nil {
			break
		}
		text, err := io.ReadAll(part) // no longer than the message
		if err != nil {
			break
		}
		if encoded(part.Header.Get("Content-Transfer-Encoding")) {
			continue
		}
		if b := bodyOf(part.Header.Get("Content-Type"), text, kind, nested-1); len(b) > 0 {
			found = b
			if t != "multipart/alternative" {
				break
			}
		}
	}
	return found
}

// encoded says that a part is not as it stands. SIP carries all octets, so nobody needs
// that (RFC 3261 §7.4.1), and what traces blot out of a body they look for as it stands.
func encoded(transfer string) bool {
	switch strings.ToLower(strings.TrimSpace(transfer)) {
	case "", "7bit", "8bit", "binary":
		return false
	}
	return true
}
