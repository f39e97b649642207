package sdp

// SessionConfig is what a Session is made from. The zero value is valid.
type SessionConfig struct {
	// SessionID is the sess-id of o=, which should be unique for the host
	// (RFC 8866 §5.2). Its highest bit is cleared, as RFC 8829 §5.2.1 asks.
	SessionID uint64
	// User is the username of o=; empty means "-".
	User string
}

// Session is the offer/answer state of one dialog (RFC 3264, and RFC 6337 for
// later offers). It is not safe for concurrent use.
type Session struct {
	config SessionConfig
}

// NewSession returns the state of a dialog in which nothing was said yet.
func NewSession(c SessionConfig) *Session { return &Session{config: c} }

// ReceiveOffer reads an offer of the far side, which becomes the pending
// offer until Answer or Rollback. The error is a *NegotiationError with the
// SIP status to answer; the session is then as it was before.
func (s *Session) ReceiveOffer(b []byte) (*Remote, error) {
	return nil, &NegotiationError{Status: 488, Warning: WarnOther, Text: "not read yet"}
}

// Answer answers the pending offer (RFC 3264 §6). It may be called again for
// the same offer, as a 183 and its 200 do, and gives identical bytes for an
// identical Local. A *NegotiationError carries the SIP status to answer; any
// other error says that l cannot be written.
func (s *Session) Answer(l Local) ([]byte, *Stream, error) {
	return nil, nil, &NegotiationError{Status: 488, Warning: WarnOther, Text: "not answered yet"}
}

// Offer writes our offer, the first or a later one, which is then pending
// until ReceiveAnswer or Rollback (RFC 3264 §5, §8).
func (s *Session) Offer(l Local) ([]byte, error) {
	return nil, &NegotiationError{Status: 488, Warning: WarnOther, Text: "not offered yet"}
}

// ReceiveAnswer reads the far side's answer to our offer (RFC 3264 §7). The
// same answer may come again; within one dialog a different one replaces it.
// Answers of other dialogs of the same INVITE belong to a Fork.
func (s *Session) ReceiveAnswer(b []byte) (*Stream, error) {
	return nil, &NegotiationError{Status: 488, Warning: WarnOther, Text: "not read yet"}
}

// Rollback forgets the pending offer, theirs or ours, because its request was
// refused (RFC 6337 §3.4). What was agreed stays. Without a pending offer it
// does nothing.
func (s *Session) Rollback() {}

// Agreed returns what was agreed last, nil when nothing was. While an offer is
// pending that is still the agreement before it.
func (s *Session) Agreed() *Stream { return nil }

// LastLocal returns our description that the far side has: the pending offer
// if there is one, else what was agreed; nil at first.
func (s *Session) LastLocal() []byte { return nil }

// Fork returns an independent copy for another early dialog of the same
// INVITE, in which our last offer is pending, answered here or not.
func (s *Session) Fork() *Session { c := *s; return &c }
