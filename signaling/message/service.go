package message

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
	"golang.org/x/time/rate"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/trunk"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/signaling/uac"
)

// Service takes MESSAGE. It is safe for concurrent use.
type Service struct {
	cfg      Config
	rules    atomic.Pointer[Rules]
	keeper   atomic.Pointer[Keeper] // the last that there was; nil while there was none
	types    []string
	identify Identifier
	client   *uac.Client
	clerk    *clerk

	mu     sync.Mutex // a leaf: guards rates
	rates  map[dialplan.Source]*rate.Limiter
	counts counters
}

// counters count since the start.
type counters struct {
	received, delivered, kept, refused, limited, released, abandoned atomic.Uint64
}

// Counters are what a Service has counted since its start.
type Counters struct {
	// Received are messages of senders that were known. Each is Delivered, Kept or
	// Refused; Limited are those of the refused that came too fast.
	Received, Delivered, Kept, Refused, Limited uint64
	// Released are kept messages that were delivered, Abandoned those that no
	// device of their user would take.
	Released, Abandoned uint64
}

// New returns a Service; Attach must be called before the first message comes.
func New(c Config) *Service {
	s := &Service{cfg: c.withDefaults(), rates: make(map[dialplan.Source]*rate.Limiter)}
	s.SetRules(c.Rules)
	s.cfg.Rules = Rules{} // whoever means those that count asks for them
	s.types = append([]string{anyText, cpim, composing}, s.cfg.Types...)
	s.clerk = newClerk(s)
	return s
}

// SetRules replaces the rules, for messages that come from now on.
func (s *Service) SetRules(r Rules) {
	r = r.withDefaults()
	if r.Keeper != nil {
		s.keeper.Store(&r.Keeper)
	}
	s.rules.Store(&r)
}

// now are the rules that count.
func (s *Service) now() *Rules { return s.rules.Load() }

// kept is where messages are that wait; nil while none was ever kept.
func (s *Service) kept() Keeper {
	if k := s.keeper.Load(); k != nil {
		return *k
	}
	return nil
}

// Attach gives the Service who finds out senders and what sends.
func (s *Service) Attach(i Identifier, c *uac.Client) { s.identify, s.client = i, c }

// Close ends what is under way; senders that wait get no answer any more. It is
// idempotent and waits.
func (s *Service) Close() { s.clerk.close() }

// Methods implements leg.Other.
func (s *Service) Methods() []sip.RequestMethod { return []sip.RequestMethod{sip.MESSAGE} }

// Types implements leg.Other.
func (s *Service) Types() []string { return s.types }

// Counters returns the counts.
func (s *Service) Counters() Counters {
	c := &s.counts
	return Counters{
		Received: c.received.Load(), Delivered: c.delivered.Load(), Kept: c.kept.Load(), Refused: c.refused.Load(),
		Limited: c.limited.Load(), Released: c.released.Load(), Abandoned: c.abandoned.Load(),
	}
}

// Request implements leg.Other: it takes a MESSAGE that is within no dialog of
// ours.
func (s *Service) Request(tx *txn.Server, req *sip.Request) {
	if tag, ok := sipmsg.Param(req.To().Params, "tag"); ok && tag != "" {
		res := tx.Answer(481, "") // of a dialog that is gone
		sipmsg.Warning(res, "there is no such call here, or it is not with this address")
		_ = tx.Respond(res)
		return
	}
	src, ok := s.identify.Identify(tx, req)
	if !ok {
		return
	}
	s.counts.received.Add(1)
	a := answer{s: s, tx: tx}
	if !s.allow(src) {
		s.counts.limited.Add(1)
		a.refuse(refused(503, "too many messages of this sender: wait a moment"))
		return
	}
	l, to, cause := s.read(src, req)
	if cause.Status == 0 {
		var target Target
		if target, cause = s.route(src, to); cause.Status == 0 {
			s.forward(a, src, l, target)
			return
		}
	}
	a.refuse(cause)
}

// Text implements leg.Texter: it judges a message within a call of a sender.
func (s *Service) Text(from dialplan.Source, req *sip.Request) (string, tandem.Cause) {
	if !s.allow(from) {
		s.counts.limited.Add(1)
		return "", refused(503, "too many messages of this sender: wait a moment")
	}
	typ, _, cause := s.content(req)
	return typ, cause
}

// Texts implements leg.Texter.
func (s *Service) Texts(trunk string) bool { return s.cfg.Texts != nil && s.cfg.Texts(trunk) }

// read takes from a request what crosses.
func (s *Service) read(src dialplan.Source, req *sip.Request) (l letter, to string, cause tandem.Cause) {
	if src.Kind == dialplan.FromUser && !s.cfg.Served(req.Recipient.Host) {
		return l, "", refused(404, "this gateway serves "+s.cfg.Domain+", not "+req.Recipient.Host)
	}
	to = sipmsg.UnescapeUser(req.Recipient.User)
	if src.Kind == dialplan.FromTrunk {
		if t := s.trunk(src.Name); t != nil {
			to = t.Dialed(req)
		}
	}
	to, clean := sipmsg.Clean(to)
	if !clean || to == "" || len(to) > tandem.MaxUser {
		return l, "", refused(404, "the number is empty, too long or not text")
	}
	l = letter{from: s.shown(src, req), at: time.Now(), hops: 69, lasts: lasts(req)}
	if h := req.MaxForwards(); h != nil {
		l.hops = int(h.Val()) - 1
	}
	if l.hops < 0 { // RFC 3261 §16.3 step 3
		return l, "", refused(483, "Max-Forwards has come down to 0")
	}
	l.typ, l.body, cause = s.content(req)
	return l, to, cause
}

// shown is the sender as the receiver sees him: for a user what the configuration
// says, since anybody can write anything into From.
func (s *Service) shown(src dialplan.Source, req *sip.Request) tandem.Address {
	if src.Kind == dialplan.FromUser {
		a := tandem.Address{User: src.Name}
		if u, ok := s.cfg.Users.Find(src.Name); ok {
			a.Name = u.DisplayName
		}
		return a
	}
	if t := s.trunk(src.Name); t != nil {
		return t.Caller(req).Address
	}
	return tandem.Address{}
}

// trunk finds a trunk; nil for none.
func (s *Service) trunk(name string) *trunk.Trunk {
	if s.cfg.Trunk == nil {
		return nil
	}
	return s.cfg.Trunk(name)
}

// route is the Config's Route, or its default.
func (s *Service) route(src dialplan.Source, to string) (Target, tandem.Cause) {
	t := Target{User: to}
	if s.cfg.Route != nil {
		var cause tandem.Cause
		if t, cause = s.cfg.Route(src, to); cause.Status != 0 {
			return t, cause
		}
	} else if src.Kind != dialplan.FromUser {
		return t, refused(403, "no messages are taken from "+src.String())
	}
	if t.Trunk != "" {
		return t, tandem.Cause{}
	}
	u, ok := s.cfg.Users.Find(t.User)
	if !ok {
		return t, refused(404, "there is no user "+t.User)
	}
	t.User = u.Name
	return t, tandem.Cause{}
}

// allow counts a message of a sender. Senders are proved, so that the table has no
// more entries than the configuration has users and trunks.
func (s *Service) allow(src dialplan.Source) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.rates[src]
	if l == nil {
		perSecond := s.cfg.Rate
		if src.Kind == dialplan.FromTrunk {
			perSecond *= 10
		}
		l = rate.NewLimiter(rate.Limit(perSecond), int(10*perSecond)+1)
		s.rates[src] = l
	}
	return l.Allow()
}

// forward sends a letter on, and answers when that is settled.
func (s *Service) forward(a answer, src dialplan.Source, l letter, t Target) {
	if t.Trunk != "" {
		to, cause := s.outside(src, l, t)
		if cause.Status != 0 {
			a.refuse(cause)
			return
		}
		s.deliver(l, []place{to}, patience, a.settle, nil)
		return
	}
	keep := s.now().Keeper != nil && l.keepable()
	if keep && s.clerk.releasing(t.User) { // behind those that wait
		s.clerk.keep(a, l, t.User, true)
		return
	}
	devices := s.devices(t.User, a.tx)
	if len(devices) == 0 {
		if !keep {
			a.refuse(refused(480, "no device of user "+t.User+" is registered"))
			return
		}
		s.clerk.keep(a, l, t.User, true)
		return
	}
	places := s.places(l, t.User, devices)
	if !keep {
		s.deliver(l, places, patience, a.settle, nil)
		return
	}
	w := &waiting{s: s, a: a, l: l, user: t.User}
	s.deliver(l, places, patience, w.settle, w.late)
}

// devices are where a user can be written to, without the device that the message
// comes from, unless there is no other: who writes to himself has his
// other devices in mind.
func (s *Service) devices(user string, tx *txn.Server) [][]registrar.Binding {
	all := registrar.Devices(s.cfg.Registrar.Lookup(time.Now(), user))
	var others [][]registrar.Binding
	for _, flows := range all {
		if !slices.ContainsFunc(flows, func(b registrar.Binding) bool { return b.Flow.Key() == tx.Flow().Key() }) {
			others = append(others, flows)
		}
	}
	if len(others) == 0 {
		return all
	}
	return others
}
