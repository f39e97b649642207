package event

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// The event packages.
const (
	dialogEvent   = "dialog"          // RFC 4235
	presenceEvent = "presence"        // RFC 3856
	summaryEvent  = "message-summary" // RFC 3842
	regEvent      = "reg"             // RFC 3680

	conferenceEvent = "conference" // RFC 4575
)

// eventPackage is a kind of state that can be subscribed to (RFC 6665 §5).
type eventPackage interface {
	// name is its event type.
	name() string
	// mime is the media type of its documents.
	mime() string
	// write gives the state of a user, or of a room. It runs on the notifier.
	write(now time.Time, user string, v *view) []byte
}

// digest is that of a document.
type digest [sha256.Size]byte

// view is what a subscription was shown so far. It belongs to the notifier, and
// while a NOTIFY is under way to its end.
type view struct {
	// compared says that a document is not sent but compared: it has no time in it.
	compared bool
	version  int // of the document to be written: 0, 1, 2, ...
	// shown are the parts of the last document that may be shown once more as
	// terminated: what is written of each, by its id.
	shown map[string]string
	// told is what the last document said.
	told digest
	// next becomes shown once the watcher has taken the document.
	next map[string]string
}

// ended returns the parts that were shown before and are not in now, in order, and
// remembers now for the time after.
func (v *view) ended(now map[string]string) []string {
	var gone []string
	for id, part := range v.shown {
		if _, still := now[id]; !still {
			gone = append(gone, part)
		}
	}
	slices.Sort(gone)
	v.next = now
	return gone
}

// eventOf reads an Event field: the event type, and the field as NOTIFY has to
// bring it back, with id (RFC 6665 §8.2.1) and with the marks of shared lines that
// some phones look for.
func eventOf(value string) (name, echo string) {
	parts := strings.Split(value, ";")
	name = strings.ToLower(strings.TrimSpace(parts[0]))
	if !isToken(name) {
		return "", ""
	}
	echo = name
	for _, p := range parts[1:min(len(parts), 9)] {
		k, v, has := strings.Cut(strings.TrimSpace(p), "=")
		k, v = strings.ToLower(strings.TrimSpace(k)), strings.TrimSpace(v)
		switch {
		case k == "id" && has && isToken(v) && len(v) <= 64 && !strings.Contains(echo, ";id="):
			echo += ";id=" + v
		case (k == "sla" || k == "ma") && !has && !strings.Contains(echo, ";"+k):
			echo += ";" + k
		}
	}
	return name, echo
}

// isToken reports whether s is a token of RFC 3261 §25.1.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		alnum := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !alnum && strings.IndexByte("-.!%*_+`'~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// accepts says whether the sender of a SUBSCRIBE understands a type; without
// Accept it is the package's own (RFC 6665 §3.1.3).
func accepts(req *sip.Request, mime string) bool {
	ranges := sipmsg.List(req, "Accept")
	if len(ranges) == 0 {
		return true
	}
	kind, _, _ := strings.Cut(mime, "/")
	for _, r := range ranges {
		r, _, _ = strings.Cut(strings.ToLower(r), ";")
		if r = strings.TrimSpace(r); r == mime || r == "*/*" || r == kind+"/*" {
			return true
		}
	}
	return false
}
