package event

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// publish takes a PUBLISH (RFC 3903 §6).
func (s *Service) publish(tx *txn.Server, req *sip.Request, src dialplan.Source) {
	if name, _ := eventOf(sipmsg.Value(req, "Event")); name != presenceEvent {
		s.refuse(tx, &refusal{status: 489, why: "only presence is published here", field: sip.NewHeader("Allow-Events", presenceEvent)})
		return
	}
	user, no := s.about(req, src)
	if no == nil && src != (dialplan.Source{Kind: dialplan.FromUser, Name: user}) {
		no = &refusal{status: 403, why: "nobody publishes for user " + user + " but himself"}
	}
	lasts, late := s.lasts(req)
	if no == nil {
		no = late
	}
	if no == nil {
		var etag string
		if etag, no = s.entity(req, user, lasts); no == nil {
			s.counts.published.Add(1)
			res := tx.Answer(200, "")
			res.AppendHeader(sip.NewHeader("SIP-ETag", etag))
			res.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(lasts/time.Second))))
			_ = tx.Respond(res)
			return
		}
	}
	s.refuse(tx, no)
}

// entity does what a PUBLISH asks for and returns the new entity-tag (RFC 3903
// §4.1):
//
//	              body   SIP-If-Match  Expires
//	initial       yes    no            > 0
//	refresh       no     yes           > 0
//	modify        yes    yes           > 0
//	remove        no     yes           0
func (s *Service) entity(req *sip.Request, user string, lasts time.Duration) (string, *refusal) {
	match := strings.TrimSpace(sipmsg.Value(req, "SIP-If-Match"))
	body := req.Body()
	var about *presence
	switch {
	case len(body) > maxDocument:
		return "", &refusal{status: 413, why: "a document may have " + strconv.Itoa(maxDocument) + " octets"}
	case len(body) == 0 && match == "":
		return "", &refusal{status: 400, why: "a document is missing"}
	case len(body) > 0:
		p, err := parsePIDF(body)
		if err != nil {
			return "", &refusal{status: 400, why: err.Error()}
		}
		about = &p
	}
	return s.public.put(user, match, about, lasts)
}

// publications are the documents that users have published.
type publications struct {
	most    int               // of one user
	changed func(user string) // not called with mu held

	mu     sync.Mutex // a leaf: guards what follows
	ofUser map[string][]*publication
	closed bool
}

// publication is one document.
type publication struct {
	etag  string
	about presence
	until time.Time
	timer *time.Timer
}

func newPublications(most int, changed func(string)) *publications {
	return &publications{most: most, changed: changed, ofUser: make(map[string][]*publication)}
}

// put makes, refreshes, changes or removes a publication; about is nil where the
// document stays.
func (ps *publications) put(user, match string, about *presence, lasts time.Duration) (string, *refusal) {
	etag := sipmsg.Tag()
	ps.mu.Lock()
	no := ps.putLocked(user, match, &publication{etag: etag, until: time.Now().Add(lasts)}, about)
	ps.mu.Unlock()
	if no != nil {
		return "", no
	}
	if about != nil || lasts == 0 {
		ps.changed(user)
	}
	return etag, nil
}

func (ps *publications) putLocked(user, match string, now *publication, about *presence) *refusal {
	mine := ps.ofUser[user]
	i := slices.IndexFunc(mine, func(p *publication) bool { return p.etag == match })
	switch {
	case match != "" && i < 0:
		return &refusal{status: 412, why: "no publication has this entity-tag any more"}
	case ps.closed || match == "" && len(mine) >= ps.most:
		return &refusal{status: 503, why: "too many publications of this user", field: sip.NewHeader("Retry-After", "60")}
	}
	if i >= 0 {
		now.about = mine[i].about
		ps.dropLocked(user, mine[i])
	}
	if about != nil {
		now.about = *about
	}
	if lasts := time.Until(now.until); lasts > 0 {
		now.timer = time.AfterFunc(lasts, func() { ps.expire(user, now) })
		ps.ofUser[user] = append(ps.ofUser[user], now)
	}
	return nil
}

// dropLocked forgets a publication; false means that it is gone already.
func (ps *publications) dropLocked(user string, p *publication) bool {
	i := slices.Index(ps.ofUser[user], p)
	if i < 0 {
		return false
	}
	p.timer.Stop()
	if ps.ofUser[user] = slices.Delete(ps.ofUser[user], i, i+1); len(ps.ofUser[user]) == 0 {
		delete(ps.ofUser, user)
	}
	return true
}

func (ps *publications) expire(user string, p *publication) {
	ps.mu.Lock()
	was := ps.dropLocked(user, p)
	ps.mu.Unlock()
	if was {
		ps.changed(user)
	}
}

// of returns what a user has published, oldest first.
func (ps *publications) of(user string) []presence {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	var out []presence
	for _, p := range ps.ofUser[user] {
		out = append(out, p.about)
	}
	return out
}

func (ps *publications) count() (n int) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, mine := range ps.ofUser {
		n += len(mine)
	}
	return n
}

func (ps *publications) close() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.closed = true
	for _, mine := range ps.ofUser {
		for _, p := range mine {
			p.timer.Stop()
		}
	}
	clear(ps.ofUser)
}
