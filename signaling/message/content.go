package message

import (
	"math"
	"mime"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// The types that are passed on whatever the configuration says.
const (
	anyText   = "text/*"
	cpim      = "message/cpim"                   // RFC 3862
	composing = "application/im-iscomposing+xml" // RFC 3994
)

// content reads the body of a MESSAGE: its type, written anew, and the octets as
// they are. A Cause with a Status says why it is not passed on.
func (s *Service) content(req *sip.Request) (typ string, body []byte, cause tandem.Cause) {
	body = req.Body()
	if len(body) > s.now().Max {
		return "", nil, refused(413, "a message may have "+itoa(s.now().Max)+" octets")
	}
	raw := sipmsg.Value(req, "Content-Type")
	if raw == "" { // RFC 3261 §20.15: only an empty body needs none
		if len(body) > 0 {
			return "", nil, refused(400, "a body without Content-Type")
		}
		return "text/plain", nil, cause
	}
	typ, params, err := mime.ParseMediaType(raw)
	if err != nil || !s.takes(typ) {
		return "", nil, refused(415, "messages of this type are not passed on")
	}
	if !strings.HasPrefix(typ, "text/") {
		return typ, body, cause
	}
	// RFC 3428 §7: text is UTF-8 unless it says otherwise, and no other charset is
	// sure to be read at the far end.
	switch strings.ToLower(params["charset"]) {
	case "", "utf-8", "utf8", "us-ascii":
	default:
		return "", nil, refused(415, "text is to be in UTF-8")
	}
	if !utf8.Valid(body) {
		return "", nil, refused(400, "the text is not UTF-8")
	}
	if _, said := params["charset"]; said {
		typ += ";charset=UTF-8"
	}
	return typ, body, cause
}

// takes says whether a type is passed on.
func (s *Service) takes(typ string) bool {
	for _, t := range s.types {
		if prefix, all := strings.CutSuffix(t, "*"); typ == t || all && strings.HasPrefix(typ, prefix) {
			return true
		}
	}
	return false
}

// keepable says whether a message is worth something later: that somebody is
// typing is not.
func (l letter) keepable() bool { return l.typ != composing && l.lasts > 0 }

// lasts reads Expires; a message without it is worth something for ever.
func lasts(req *sip.Request) time.Duration {
	seconds, err := strconv.ParseUint(sipmsg.Value(req, "Expires"), 10, 31)
	if err != nil {
		return math.MaxInt64
	}
	return time.Duration(seconds) * time.Second
}
