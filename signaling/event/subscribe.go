package event

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// subscribe takes a SUBSCRIBE that is to make a dialog (RFC 6665 §4.2.1).
func (s *Service) subscribe(tx *txn.Server, req *sip.Request, src dialplan.Source) {
	name, echo := eventOf(sipmsg.Value(req, "Event"))
	p := s.find(name)
	if p == nil {
		s.refuse(tx, &refusal{status: 489, why: "this event package is not known here", field: sip.NewHeader("Allow-Events", strings.Join(s.Events(), ", "))})
		return
	}
	about := s.about
	if name == conferenceEvent {
		about = s.aboutRoom
	}
	user, no := about(req, src)
	if no == nil {
		no = s.may(req, src, p, user)
	}
	lasts, late := s.lasts(req)
	if no == nil {
		no = late
	}
	if no != nil {
		s.refuse(tx, no)
		return
	}
	d, err := dialog.FromInvite(req, dialog.Config{Contact: s.contact(tx.Flow()), LocalTag: tx.ToTag()})
	if err != nil {
		s.refuse(tx, &refusal{status: 400, why: err.Error()})
		return
	}
	now := time.Now()
	sub := &subscription{
		pkg: p, event: echo, watcher: src.Name, user: user, dialog: d, flow: tx.Flow(), until: now.Add(lasts),
		instance: s.instance(tx, req, src.Name), dirty: true, asked: true,
	}
	if no := s.add(sub); no != nil {
		s.refuse(tx, no)
		return
	}
	s.counts.subscribed.Add(1)
	s.accept(tx, sub, lasts)
}

// may says whether a watcher may see what it asks for, and can read it.
func (s *Service) may(req *sip.Request, src dialplan.Source, p eventPackage, user string) *refusal {
	if src.Kind != dialplan.FromUser || !s.cfg.Policy(src, p.name(), user) {
		return &refusal{status: 403, why: src.String() + " may not watch " + p.name() + " of user " + user}
	}
	if !accepts(req, p.mime()) {
		return &refusal{status: 406, why: "the state is written as " + p.mime() + ", which is not accepted"}
	}
	return nil
}

// instance is the device that subscribes, "" where it does not say.
func (s *Service) instance(tx *txn.Server, req *sip.Request, user string) string {
	if c := req.Contact(); c != nil {
		if id, ok := sipmsg.Param(c.Params, "+sip.instance"); ok {
			return id
		}
	}
	return s.cfg.Registrar.Instance(tx.Flow(), user)
}

// accept answers 200 and lets the notifier say how things stand; where the time
// asked for is none, for the last time.
func (s *Service) accept(tx *txn.Server, sub *subscription, lasts time.Duration) {
	res := tx.Answer(200, "")
	res.AppendHeader(&sip.ContactHeader{Address: s.contact(tx.Flow())})
	res.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(lasts/time.Second))))
	_ = tx.Respond(res) // a lost flow is seen by the notifier
	s.mu.Lock()
	defer s.mu.Unlock()
	if sub.gone {
		return
	}
	sub.dirty, sub.asked = true, true
	if lasts == 0 {
		sub.ending = "timeout"
	} else {
		s.expireLocked(sub, lasts)
	}
	s.dueLocked(sub)
}

// refresh takes a SUBSCRIBE within a dialog: it lasts longer, or ends (RFC 6665
// §4.2.1.4).
func (s *Service) refresh(tx *txn.Server, req *sip.Request, src dialplan.Source, tag string) {
	lasts, no := s.lasts(req)
	if no != nil {
		s.refuse(tx, no)
		return
	}
	instance := s.instance(tx, req, src.Name)
	sub, err := s.renew(tx, req, src, tag)
	switch {
	case errors.Is(err, dialog.ErrOutOfOrder):
		s.refuse(tx, &refusal{status: 500, why: err.Error()})
	case sub == nil:
		s.refuse(tx, &refusal{status: 481, why: "there is no such subscription"})
	default:
		s.mu.Lock()
		if instance != "" {
			sub.instance = instance
		}
		s.mu.Unlock()
		s.accept(tx, sub, lasts)
	}
}

// renew finds the subscription of a refresh and takes what it says of the dialog.
// Nobody but the watcher may refresh.
func (s *Service) renew(tx *txn.Server, req *sip.Request, src dialplan.Source, tag string) (*subscription, error) {
	_, echo := eventOf(sipmsg.Value(req, "Event"))
	from, _ := sipmsg.Param(req.From().Params, "tag")
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.subs[dialog.ID{CallID: req.CallID().Value(), LocalTag: tag}]
	if sub == nil || sub.ending != "" || sub.dialog.RemoteTag() != from || src != (dialplan.Source{Kind: dialplan.FromUser, Name: sub.watcher}) || sub.event != echo {
		return nil, nil
	}
	if err := sub.dialog.Accept(req); err != nil {
		return nil, err
	}
	sub.dialog.Refresh(req)
	sub.flow, sub.lost = tx.Flow(), time.Time{}
	return sub, nil
}

// lasts reads Expires; what is shorter than Config.Min, and not nothing, is
// refused (RFC 6665 §4.2.1.1).
func (s *Service) lasts(req *sip.Request) (time.Duration, *refusal) {
	text := strings.TrimSpace(sipmsg.Value(req, "Expires"))
	if text == "" {
		return s.cfg.Default, nil
	}
	seconds, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return s.cfg.Default, nil
	}
	d := time.Duration(seconds) * time.Second
	if d > 0 && d < s.cfg.Min {
		least := strconv.Itoa(int(s.cfg.Min / time.Second))
		return 0, &refusal{status: 423, field: sip.NewHeader("Min-Expires", least), why: "at least " + least + " s"}
	}
	return min(d, s.cfg.Max), nil
}

// add enters a subscription, where there is room for it.
func (s *Service) add(sub *subscription) *refusal {
	id, what := sub.dialog.ID(), watched{sub.pkg.name(), sub.user}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed || len(s.subs) >= s.cfg.MaxSubscriptions:
		return &refusal{status: 503, why: "too many subscriptions", field: sip.NewHeader("Retry-After", "60")}
	case len(s.ofWatcher[sub.watcher]) >= s.cfg.MaxPerUser:
		return &refusal{status: 403, why: "too many subscriptions of user " + tandem.Clean(sub.watcher, tandem.MaxUser)}
	case s.subs[id] != nil: // our tag is random: impossible, but it must not be lost
		return &refusal{status: 500}
	}
	s.subs[id] = sub
	enter(s.ofWatched, what, sub)
	enter(s.ofWatcher, sub.watcher, sub)
	return nil
}

func enter[K comparable](m map[K]map[*subscription]struct{}, k K, sub *subscription) {
	if m[k] == nil {
		m[k] = make(map[*subscription]struct{})
	}
	m[k][sub] = struct{}{}
}

func leave[K comparable](m map[K]map[*subscription]struct{}, k K, sub *subscription) {
	delete(m[k], sub)
	if len(m[k]) == 0 {
		delete(m, k)
	}
}
