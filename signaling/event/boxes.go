package event

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

const (
	// maxSummary bounds the octets of a summary that are looked at.
	maxSummary = 4096
	// maxCount bounds what it may count.
	maxCount = 1 << 20
)

// Boxes are what PBXs say of the boxes that they have for our users, whose extensions
// there we have registered: NOTIFY that nobody has subscribed to, as PBXs send it to
// whoever registers and whenever something changes. It is safe for concurrent use.
//
//	PBX                    Boxes
//	|-- NOTIFY 2/8 ---------->|  to the Contact of the extension 8201
//	|<- 200 ------------------|  the lamp of user 201 is lit
type Boxes struct {
	// Changed is told whose boxes have changed. It does not block. Required.
	Changed func(user string)

	whose func(f *flow.Flow, req *sip.Request) (user string, ok bool)

	mu   sync.Mutex
	told map[string][]Waiting // by user; those for whom nothing at all is kept are left out
}

// Attach gives it what returns our user whose extension at a PBX a request is for, and
// false where it is from no PBX, or for none of its extensions.
func (b *Boxes) Attach(whose func(f *flow.Flow, req *sip.Request) (user string, ok bool)) {
	b.whose = whose
}

// Methods implements leg.Other.
func (*Boxes) Methods() []sip.RequestMethod { return []sip.RequestMethod{sip.NOTIFY} }

// Types implements leg.Other.
func (*Boxes) Types() []string { return []string{summaryType} }

// Request implements leg.Other: a NOTIFY of no dialog of ours.
func (b *Boxes) Request(tx *txn.Server, req *sip.Request) {
	answer := func(status int, why string) {
		res := tx.Answer(status, "")
		if why != "" {
			sipmsg.Warning(res, why)
		}
		_ = tx.Respond(res) // the flow is gone: nobody is left to be told
	}
	user, ok := b.whose(tx.Flow(), req)
	if tag, _ := sipmsg.Param(req.To().Params, "tag"); !ok || tag != "" {
		answer(481, "nobody here has subscribed to this") // RFC 6665 §4.1.3
		return
	}
	if name, _ := eventOf(sipmsg.Value(req, "Event")); name != summaryEvent {
		answer(489, "a PBX may tell of the boxes of its extensions, and of nothing else")
		return
	}
	waiting := parseSummary(req.Body())
	answer(200, "")
	b.mu.Lock()
	changed := !slices.Equal(b.told[user], waiting)
	switch {
	case len(waiting) == 0:
		delete(b.told, user)
	case b.told == nil:
		b.told = map[string][]Waiting{user: waiting}
	default:
		b.told[user] = waiting
	}
	b.mu.Unlock()
	if changed {
		b.Changed(user)
	}
}

// Waiting adds what waits for a user at PBXs to what waits here.
func (b *Boxes) Waiting(user string, here []Waiting) []Waiting {
	b.mu.Lock()
	defer b.mu.Unlock()
	here = slices.Clone(here)
	for _, w := range b.told[user] {
		if i := slices.IndexFunc(here, func(h Waiting) bool { return h.Class == w.Class }); i >= 0 {
			here[i].New, here[i].Old = here[i].New+w.New, here[i].Old+w.Old
		} else if w.Class == voiceClass { // phones read the first line
			here = slices.Insert(here, 0, w)
		} else {
			here = append(here, w)
		}
	}
	return here
}

// parseSummary reads the body of a NOTIFY (RFC 3842 §5.2), as far as it counts
// messages: `Voice-Message: 2/8 (0/2)`. One that only says that messages wait counts
// one.
func parseSummary(body []byte) []Waiting {
	var all []Waiting
	any := false
	for line := range strings.Lines(string(body[:min(len(body), maxSummary)])) {
		name, value, _ := strings.Cut(line, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if name == "messages-waiting" {
			any = strings.EqualFold(value, "yes")
		}
		class, known := classes[name]
		if !known || slices.ContainsFunc(all, func(w Waiting) bool { return w.Class == class }) {
			continue
		}
		fresh, rest, _ := strings.Cut(value, "/")
		saved, _, _ := strings.Cut(rest, " ")
		if w := (Waiting{Class: class, New: count(fresh), Old: count(saved)}); w.New+w.Old > 0 {
			all = append(all, w)
		}
	}
	if any && !slices.ContainsFunc(all, func(w Waiting) bool { return w.New > 0 }) {
		all = append(slices.DeleteFunc(all, func(w Waiting) bool { return w.Class == voiceClass }), Waiting{Class: voiceClass, New: 1})
	}
	return all
}

func count(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 {
		return 0
	}
	return min(n, maxCount)
}

const voiceClass = "Voice-Message"

// classes are the message-context-classes of RFC 3458 §6.2 that are counted.
var classes = map[string]string{ //nolint:gochecknoglobals // a table
	"voice-message": voiceClass, "fax-message": "Fax-Message", "pager-message": "Pager-Message",
	"multimedia-message": "Multimedia-Message", "text-message": "Text-Message",
}
