package sdp

import (
	"strconv"
	"strings"
)

// SessionConfig is what a Session is made from. The zero value is valid.
type SessionConfig struct {
	// SessionID is the sess-id of o=, which should be unique for the host
	// (RFC 8866 §5.2). Its highest bit is cleared, as RFC 8829 §5.2.1 asks.
	SessionID uint64
	// User is the username of o=; empty means "-". What cannot stand there
	// is replaced by "-".
	User string
}

// Session is the offer/answer state of one dialog (RFC 3264, and RFC 6337 for
// later offers). It is not safe for concurrent use.
type Session struct {
	origin  string // "v=0" and o= up to the version; immutable
	phase   phase
	version uint64 // the highest written
	doubt   bool   // see Doubt
	agreed  state
	before  state     // what was agreed when the last offer came or went
	theirs  *incoming // their last offer, pending or answered
	ours    *outgoing // our last offer, pending or answered
}

// phase is where a Session stands.
//
//	quiet    --ReceiveOffer--> received --Answer-->        answered
//	quiet    --Offer-->        offered  --ReceiveAnswer--> concluded
//	received, offered --Rollback--> quiet
//	answered, concluded: as quiet, and the answer may come again
type phase uint8

const (
	quiet phase = iota
	received
	answered
	offered
	concluded
)

// NewSession returns the state of a dialog in which nothing was said yet.
func NewSession(c SessionConfig) *Session {
	user := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '-'
		}
		return r
	}, c.User)
	if user == "" {
		user = "-"
	}
	id := strconv.FormatUint(c.SessionID&^(1<<63), 10)
	return &Session{origin: "v=0\r\no=" + user + " " + id + " "}
}

// Rollback forgets the pending offer, theirs or ours, because its request was
// refused (RFC 6337 §3.4). What was agreed stays. Without a pending offer it
// does nothing; an answer that was given or received is not undone.
func (s *Session) Rollback() {
	switch s.phase {
	case received:
		s.theirs = nil
	case offered:
		s.ours = nil
	default:
		return
	}
	s.phase = quiet
}

// Agreed returns what was agreed last, nil when nothing was. While an offer is
// pending that is still the agreement before it.
func (s *Session) Agreed() *Stream { return s.agreed.stream }

// LastLocal returns our description that the far side has: the pending offer
// if there is one, else what was agreed; nil at first.
func (s *Session) LastLocal() []byte {
	text := s.agreed.local
	if s.phase == offered {
		text = s.ours.local
	}
	if text == "" {
		return nil
	}
	return []byte(text)
}

// Doubt says that nobody knows whether the far side has taken the offer that was rolled
// back: it may have a newer description of ours than was agreed. The next one is newer
// than both, whatever it says. The next agreement ends it.
func (s *Session) Doubt() { s.doubt = true }

// Doubted reports whether Doubt was called since the last agreement.
func (s *Session) Doubted() bool { return s.doubt }

// Fork returns an independent copy for another early dialog of the same
// INVITE, in which our last offer is pending, answered here or not.
func (s *Session) Fork() *Session {
	c := *s
	if c.phase == concluded {
		c.phase = offered
		c.agreed = c.before
	}
	return &c
}

// stamp gives a description its version, which is raised only when the text
// is not the one the far side has (RFC 3264 §8, RFC 8866 §5.2).
func (s *Session) stamp(text string) (local string, version uint64) {
	switch {
	case s.agreed.text == text && !s.doubt:
		version = s.agreed.version
	case s.phase == offered && s.ours.text == text:
		version = s.ours.version
	default:
		s.version++
		version = s.version
	}
	return s.origin + strconv.FormatUint(version, 10) + text, version
}
