package trunk

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/uac"
)

const (
	// spread is what lies between the REGISTERs of a PBX's accounts that begin at
	// the same time.
	spread = 20 * time.Millisecond
	// online is how often it is asked whether a user is registered with us.
	online = 5 * time.Second
	// look is how often it is asked whether we are still where the registrar has us.
	look = 10 * time.Second
	// steady is how long a connection must have held for its loss not to count as
	// another failure.
	steady = 30 * time.Second
)

// registration keeps one address of record bound at a registrar (RFC 3261 §10.2):
// one Call-ID, one tag, a rising CSeq.
type registration struct {
	trunk       *Trunk
	account     Account
	login       *digest.Client
	user        string // our user, for an extension of a PBX; "" for the trunk's own
	contactUser string
	callID, tag string
	after       time.Duration // its place among the trunk's, so that not all come at once
	log         *slog.Logger
	kick        chan struct{} // capacity 1; register at once
	before      *registration // whose binding this one goes on with; nil for none. run forgets it
	inherited   atomic.Bool   // another one goes on with the binding: it is not taken away at the end

	mu sync.Mutex
	st registered // guarded by mu
}

// registered is how a registration stands.
type registered struct {
	phase      phase
	since      time.Time // of phase
	failure    string    // why the last REGISTER came to nothing; "" after a good one
	next       time.Time // of the next REGISTER
	expires    time.Time // of the binding; zero while there is none
	ask        time.Duration
	contact    string
	sent       *sip.Uri // the Contact of the last REGISTER
	known      *sip.Uri // the one that the registrar has; nil where it is not known to have any
	registrar  string
	flow       *flow.Flow // that the binding was made on
	routes     []sip.Uri  // Service-Route
	associated []string   // P-Associated-URI
	took       time.Duration
	failures   int
	cseq       uint32
}

func newRegistration(t *Trunk, a Account, user string, login *digest.Client) *registration {
	if a.Expires == 0 {
		a.Expires = usualExpires
	}
	a.Expires = max(a.Expires, minExpires)
	r := &registration{
		trunk: t, account: a, login: login, user: user, contactUser: a.Contact, callID: sipmsg.CallID(), tag: sipmsg.Tag(),
		log: t.deps.Log.With("trunk", t.cfg.Name), kick: make(chan struct{}, 1), after: time.Duration(len(t.held)) * spread,
	}
	if r.contactUser == "" {
		r.contactUser = contactUser(t.cfg.Name, user, a.User)
	}
	if user != "" {
		r.log = r.log.With("user", user)
	}
	r.st = registered{phase: trying, since: time.Now(), ask: a.Expires}
	return r
}

// state returns how it stands. A binding that could not be refreshed ends with its
// time.
func (r *registration) state() registered {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.st.phase == bound && !time.Now().Before(r.st.expires) {
		r.st.phase, r.st.since, r.st.routes = failing, r.st.expires, nil
	}
	return r.st
}

// again asks for a REGISTER at once.
func (r *registration) again() {
	select {
	case r.kick <- struct{}{}:
	default:
	}
}

// run keeps the binding until ctx ends, and takes it away then.
func (r *registration) run(ctx context.Context) {
	r.inherit()
	if !sleep(ctx, r.after) {
		return
	}
	for {
		if !r.wanted() {
			r.leave(ctx)
			r.enter(off, "")
			if !sleep(ctx, online) {
				return
			}
			continue
		}
		if !r.pause(ctx, r.once(ctx)) {
			r.leave(context.WithoutCancel(ctx))
			return
		}
	}
}

// wanted says whether the account is to be registered now.
func (r *registration) wanted() bool {
	return r.user == "" || !r.trunk.cfg.Accounts.WhileOnline || r.trunk.deps.Online(r.user)
}

// sleep waits; false means that ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// pause waits until the next REGISTER is due: after d, or at once when the
// connection is lost or the trunk is back; false means that ctx has ended.
func (r *registration) pause(ctx context.Context, d time.Duration) bool {
	st := r.state()
	timer := time.NewTimer(d)
	defer timer.Stop()
	var ask <-chan time.Time
	if r.user != "" && r.trunk.cfg.Accounts.WhileOnline {
		ticker := time.NewTicker(online)
		defer ticker.Stop()
		ask = ticker.C
	}
	looks := time.NewTicker(look)
	defer looks.Stop()
	var closed <-chan struct{}
	if st.phase == bound && st.flow != nil {
		closed = st.flow.Closed()
	}
	for {
		select {
		case <-timer.C:
			return true
		case <-r.kick:
			return sleep(ctx, r.after)
		case <-closed:
			return r.lost(ctx, st)
		case <-looks.C:
			if st := r.state(); r.moved(st) {
				r.log.Info("our address has changed, registering anew", "contact", st.contact)
				return sleep(ctx, r.after)
			}
		case <-ask:
			if !r.wanted() {
				return true
			}
		case <-ctx.Done():
			return false
		}
	}
}

// moved says whether we are reached at another address than the one that was last told
// the registrar: that of an interface went and another one came.
func (r *registration) moved(st registered) bool {
	if st.phase != bound || st.flow == nil || st.sent == nil {
		return false
	}
	at := r.trunk.deps.Announce(st.flow).Addr()
	return at.IsValid() && !at.IsUnspecified() && r.trunk.contact(st.flow, r.contactUser).Host != st.sent.Host
}

// lost waits after the connection of a binding has ended: not at all, unless it
// did so right after it was made (RFC 5626 §4.5).
func (r *registration) lost(ctx context.Context, st registered) bool {
	why := "the connection was lost"
	wait := time.Duration(0)
	if time.Since(st.since) < steady && st.failures > 0 {
		wait = r.backOff(st.failures, false)
	}
	r.fail(why, wait, true)
	return sleep(ctx, wait+r.after)
}

// once registers and returns how long to wait until the next time.
func (r *registration) once(ctx context.Context) time.Duration {
	r.begin()
	for range 3 {
		got, err := r.send(ctx, r.asked())
		if ctx.Err() != nil {
			return 0
		}
		if err != nil {
			return r.refused(0, false, "the registrar is not reached: "+err.Error())
		}
		v := judge(got.res, r.contactUser, r.asked())
		switch v.kind {
		case granted:
			return r.accept(got, v)
		case tooBrief:
			r.mu.Lock()
			r.st.ask = v.lasts
			r.mu.Unlock()
			continue
		}
		r.mu.Lock()
		r.st.known = nil // it may be the Contact of before that was not liked
		r.mu.Unlock()
		return r.refused(v.wait, v.kind == hopeless, v.why)
	}
	return r.refused(0, true, "the registrar asks for ever longer times (423)")
}

func (r *registration) asked() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.st.ask
}

// send sends one REGISTER and waits for the answer.
func (r *registration) send(ctx context.Context, lasts time.Duration) (answer, error) {
	t := r.trunk
	return ask(ctx, t.deps.Send, uac.Request{
		Dest:  uac.Destination{URI: t.hop(), Account: r.login, Identity: t.cfg.Security},
		Build: func(f *flow.Flow) *sip.Request { return r.request(f, lasts) },
	})
}

// begin notes that a REGISTER is under way.
func (r *registration) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.st.next = time.Time{}
	if r.st.phase == off {
		r.st.phase, r.st.since = trying, time.Now()
	}
}

// accept takes a 200 and returns when to refresh: between 75 and 85 % of the time
// granted, so that a refresh that fails may be repeated before it is over.
func (r *registration) accept(got answer, v verdict) time.Duration {
	now := time.Now()
	wait := time.Duration(float64(v.lasts) * (0.75 + 0.1*rand.Float64()))
	r.trunk.learn(got.flow, v.lasts)
	r.mu.Lock()
	first := r.st.phase != bound
	if first {
		r.st.phase, r.st.since = bound, now
	}
	switch {
	case r.st.flow == nil, got.flow == nil, r.st.flow.Key() == got.flow.Key(), now.Sub(r.st.since) >= steady:
		r.st.failures = 0
	}
	r.st.failure, r.st.flow, r.st.took, r.st.known = "", got.flow, got.took, r.st.sent
	r.st.routes, r.st.associated = v.routes, v.associated
	r.st.next, r.st.expires = now.Add(wait), now.Add(v.lasts)
	if got.flow != nil {
		r.st.registrar = got.flow.Kind().String() + " " + got.flow.Remote().String()
	}
	r.mu.Unlock()
	if first {
		r.log.Info("registered", "registrar", r.state().registrar, "contact", r.state().contact, "expires", v.lasts)
	}
	return wait
}

// refused notes a failure and returns how long to wait: as long as the registrar
// says, or the back-off.
func (r *registration) refused(retryAfter time.Duration, slow bool, why string) time.Duration {
	st := r.state()
	wait := r.backOff(st.failures, slow)
	if retryAfter > 0 {
		wait = retryAfter + time.Duration(rand.Int64N(int64(retryAfter)/10+1))
	}
	r.fail(why, wait, false)
	return wait
}

// backOff is the wait of RFC 5626 §4.5: W = min(max, base * 2^failures), of which
// a random time between one half and the whole. A registrar that has said no is
// not asked again for 20 times the base, since a wrong password does not get
// better, and who repeats it is banned.
func (r *registration) backOff(failures int, slow bool) time.Duration {
	retry := r.trunk.cfg.Retry
	w := retry.Min
	if slow {
		w *= 20
	}
	for range failures {
		if w *= 2; w >= retry.Max {
			break
		}
	}
	w = min(w, retry.Max)
	return w/2 + time.Duration(rand.Int64N(int64(w)/2+1))
}

// fail notes why there is no binding, or why the one there is was not refreshed:
// that one counts until its time is over.
func (r *registration) fail(why string, wait time.Duration, gone bool) {
	now := time.Now()
	r.mu.Lock()
	again := r.st.failure == why
	r.st.failure, r.st.next = why, now.Add(wait)
	r.st.failures++
	if r.st.phase != bound || gone || !now.Before(r.st.expires) {
		if r.st.phase != failing {
			r.st.phase, r.st.since = failing, now
		}
		r.st.routes = nil
	}
	r.mu.Unlock()
	if !again {
		r.log.Warn("not registered", "reason", why, "again_in", wait.Round(time.Second))
	}
}

// enter goes to a phase that nothing has failed in.
func (r *registration) enter(p phase, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.st.phase != p {
		r.st.phase, r.st.since = p, time.Now()
	}
	r.st.failure, r.st.next, r.st.expires, r.st.routes, r.st.known = why, time.Time{}, time.Time{}, nil, nil
}

// leave takes the binding away (RFC 3261 §10.2.2), within a second.
func (r *registration) leave(ctx context.Context) {
	st := r.state()
	if r.inherited.Load() || !time.Now().Before(st.expires) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, goodbye)
	defer cancel()
	if _, err := r.send(ctx, 0); err != nil && !errors.Is(err, uac.ErrCanceled) {
		r.log.Info("not unregistered", "reason", err.Error())
	}
	r.enter(off, "")
}
