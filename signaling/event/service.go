package event

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// Service takes SUBSCRIBE and PUBLISH. It is safe for concurrent use.
type Service struct {
	cfg      Config
	packages []eventPackage
	calls    *calls
	public   *publications
	identify Identifier
	send     Sender

	wake chan struct{} // capacity 1: due is not empty
	quit chan struct{}
	once sync.Once
	wg   sync.WaitGroup // the notifier

	mu        sync.Mutex // a leaf: guards what follows and the subscriptions' own
	subs      map[dialog.ID]*subscription
	ofWatched map[watched]map[*subscription]struct{}
	ofWatcher map[string]map[*subscription]struct{}
	due       map[*subscription]struct{} // those that the notifier has to look at
	closed    bool

	counts counters
}

// watched is what a subscription is about.
type watched struct{ event, user string }

type counters struct{ subscribed, notified, published, refused, failed atomic.Uint64 }

// Counters are what a Service has counted since its start, and its sizes now.
type Counters struct {
	// Subscribed are new subscriptions, Notified the NOTIFYs sent, Published the
	// PUBLISHs taken, Refused those of both kinds that were not, Failed the
	// subscriptions that ended because of their NOTIFY.
	Subscribed, Notified, Published, Refused, Failed uint64
	// Subscriptions and Publications are those now.
	Subscriptions, Publications int
}

// New returns a Service; Attach must be called before the first message comes.
func New(c Config) *Service {
	s := &Service{
		cfg: c.withDefaults(), wake: make(chan struct{}, 1), quit: make(chan struct{}),
		subs:      make(map[dialog.ID]*subscription),
		ofWatched: make(map[watched]map[*subscription]struct{}),
		ofWatcher: make(map[string]map[*subscription]struct{}),
		due:       make(map[*subscription]struct{}),
	}
	s.calls = newCalls(func(user string) { s.touch(dialogEvent, user); s.touch(presenceEvent, user) })
	s.public = newPublications(s.cfg.MaxPublications, func(user string) { s.touch(presenceEvent, user) })
	s.packages = []eventPackage{
		dialogPackage{s.calls, s.cfg.Domain}, presencePackage{s}, summaryPackage{s.cfg.Mailbox, s.cfg.Domain}, regPackage{s.cfg.Registrar, s.cfg.Domain},
	}
	if s.cfg.Room != nil {
		s.packages = append(s.packages, conferencePackage{s.cfg.Room, s.cfg.Domain})
	}
	s.wg.Go(s.run)
	return s
}

// Attach gives the Service who finds out senders and what sends.
func (s *Service) Attach(i Identifier, send Sender) { s.identify, s.send = i, send }

// Close ends all subscriptions without a word. It is idempotent and waits.
func (s *Service) Close() {
	s.once.Do(func() { close(s.quit) })
	s.wg.Wait()
	s.mu.Lock()
	s.closed = true
	for _, sub := range s.subs {
		s.removeLocked(sub)
	}
	s.mu.Unlock()
	s.public.close()
}

// Methods implements leg.Other.
func (s *Service) Methods() []sip.RequestMethod {
	return []sip.RequestMethod{sip.SUBSCRIBE, sip.PUBLISH}
}

// Types implements leg.Other.
func (s *Service) Types() []string { return []string{pidfType} }

// Events are the names of the event packages, for Allow-Events.
func (s *Service) Events() []string {
	var names []string
	for _, p := range s.packages {
		names = append(names, p.name())
	}
	return names
}

// Counters returns the counts.
func (s *Service) Counters() Counters {
	s.mu.Lock()
	n := len(s.subs)
	s.mu.Unlock()
	c := &s.counts
	return Counters{
		Subscribed: c.subscribed.Load(), Notified: c.notified.Load(), Published: c.published.Load(), Refused: c.refused.Load(),
		Failed: c.failed.Load(), Subscriptions: n, Publications: s.public.count(),
	}
}

// Request implements leg.Other.
func (s *Service) Request(tx *txn.Server, req *sip.Request) {
	src, ok := s.identify.Identify(tx, req)
	if !ok {
		return
	}
	if req.Method == sip.PUBLISH {
		s.publish(tx, req, src)
		return
	}
	if tag, ok := sipmsg.Param(req.To().Params, "tag"); ok && tag != "" {
		s.refresh(tx, req, src, tag)
		return
	}
	s.subscribe(tx, req, src)
}

var _ bridge.Watcher = (*Service)(nil)

// Watch implements bridge.Watcher.
func (s *Service) Watch(call tandem.CallID, legs []bridge.Standing) { s.calls.watch(call, legs) }

// Registered is to be told each change of the registrar. It does not block.
func (s *Service) Registered(c registrar.Change) {
	user := c.Binding.User
	if c.Kind != registrar.Refreshed {
		s.touch(presenceEvent, user)
		s.touch(regEvent, user)
	}
	s.mu.Lock()
	for sub := range s.ofWatcher[user] { // a watcher may be back, or gone
		if gone(sub.flow) {
			sub.dirty = true
			s.dueLocked(sub)
		}
	}
	s.mu.Unlock()
}

// MailboxChanged is to be told when something else waits for a user. It does not
// block.
func (s *Service) MailboxChanged(user string) { s.touch(summaryEvent, user) }

// touch notes that the state of a user is another one.
func (s *Service) touch(event, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sub := range s.ofWatched[watched{event, user}] {
		sub.dirty = true
		s.dueLocked(sub)
	}
}

// dueLocked lets the notifier look at a subscription.
func (s *Service) dueLocked(sub *subscription) {
	s.due[sub] = struct{}{}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// find returns the package with a name; nil for none.
func (s *Service) find(name string) eventPackage {
	i := slices.IndexFunc(s.packages, func(p eventPackage) bool { return p.name() == name })
	if i < 0 {
		return nil
	}
	return s.packages[i]
}

// refusal is an answer that is not 2xx.
type refusal struct {
	status int
	why    string
	field  sip.Header // one more, or nil
}

func (s *Service) refuse(tx *txn.Server, no *refusal) {
	s.counts.refused.Add(1)
	res := tx.Answer(no.status, "")
	if no.field != nil {
		res.AppendHeader(no.field)
	}
	if no.why != "" {
		sipmsg.Warning(res, no.why)
	}
	_ = tx.Respond(res) // the flow is gone: nobody is left to be told
}

// about finds out which user a request is about.
func (s *Service) about(req *sip.Request, src dialplan.Source) (string, *refusal) {
	if !s.cfg.Served(req.Recipient.Host) {
		return "", &refusal{status: 404, why: "this gateway serves " + s.cfg.Domain + ", not " + req.Recipient.Host}
	}
	name := sipmsg.UnescapeUser(req.Recipient.User)
	if name == "" && src.Kind == dialplan.FromUser {
		name = src.Name // phones ask their server for their own mailbox like that
	}
	u, ok := s.cfg.Users.Find(name)
	if !ok {
		return "", &refusal{status: 404, why: "there is no such user"}
	}
	return u.Name, nil
}

// contact is our own address in a dialog on this flow.
func (s *Service) contact(f *flow.Flow) sip.Uri {
	at := s.cfg.Announce(f)
	u := sip.Uri{Scheme: "sip", User: "tandem", Host: sipmsg.BracketHost(at.Addr().Unmap().WithZone("").String()), Port: int(at.Port()), UriParams: sip.NewParams()}
	if p := f.Kind().URIParam(); f.Kind() != flow.UDP {
		u.UriParams.Add("transport", p)
	}
	return u
}

// gone says that a connection has ended.
func gone(f *flow.Flow) bool {
	select {
	case <-f.Closed():
		return true
	default:
		return false
	}
}

// aor is the address of record of a user.
func aor(user, domain string) string {
	return "sip:" + sipmsg.EscapeUser(user) + "@" + sipmsg.BracketHost(domain)
}

// until is how much longer something lasts, in whole seconds.
func until(now, then time.Time) int { return max(int(then.Sub(now).Round(time.Second)/time.Second), 0) }
