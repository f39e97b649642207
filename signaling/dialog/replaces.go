package dialog

import (
	"errors"
	"strings"
)

// maxReplaces bounds a Replaces value that is looked at, in octets.
const maxReplaces = 512

// errReplaces is a Replaces value that names no dialog.
var errReplaces = errors.New("malformed Replaces: a Call-ID, one to-tag and one from-tag are wanted")

// Replaces names a dialog, as the Replaces header field (RFC 3891 §6.1) and the
// Join header field (RFC 3911 §7.1) do. ToTag is the local tag of whoever is sent
// it.
type Replaces struct {
	CallID, ToTag, FromTag string
	// EarlyOnly says that the dialog must not be answered yet.
	EarlyOnly bool
}

// ParseReplaces reads the value of a Replaces header field. What is wrong with it
// is answered with 400 (RFC 3891 §3).
func ParseReplaces(v string) (Replaces, error) {
	if len(v) > maxReplaces {
		return Replaces{}, errReplaces
	}
	id, params, _ := strings.Cut(v, ";")
	r := Replaces{CallID: strings.TrimSpace(id)}
	for params != "" {
		var p string
		p, params, _ = strings.Cut(params, ";")
		name, value, _ := strings.Cut(p, "=")
		value = strings.TrimSpace(value)
		var tag *string
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "to-tag":
			tag = &r.ToTag
		case "from-tag":
			tag = &r.FromTag
		case "early-only":
			r.EarlyOnly = true
		}
		if tag != nil {
			if *tag != "" {
				return Replaces{}, errReplaces
			}
			*tag = value
		}
	}
	if !plain(r.CallID) || !plain(r.ToTag) || !plain(r.FromTag) {
		return Replaces{}, errReplaces
	}
	return r, nil
}

// plain says that s is neither empty nor has blanks or control characters.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] == 0x7f || s[i] == ',' {
			return false
		}
	}
	return s != ""
}

// IDs returns what the dialog is found by, as seen from either of its ends: the
// first is right where RFC 3891 is followed, the second where the two tags were
// mixed up.
func (r Replaces) IDs() [2]ID {
	return [2]ID{{r.CallID, r.ToTag}, {r.CallID, r.FromTag}}
}

// Names says whether it is this dialog that is named, from either end. RFC 2543
// dialogs without a tag, written as "0", are not looked for.
func (r Replaces) Names(d *Dialog) bool {
	return r.CallID == d.callID && d.remoteTag != "" &&
		(r.ToTag == d.localTag && r.FromTag == d.remoteTag || r.FromTag == d.localTag && r.ToTag == d.remoteTag)
}
