package trunk

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"golang.org/x/time/rate"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/uac"
)

const (
	maxRelayed    = 4096             // users bound at one time
	maxRelaying   = 256              // REGISTERs under way
	strangers     = 50               // REGISTERs without credentials a second, and 4 times as many at once
	usualLongest  = 10 * time.Minute // of a relayed binding
	relayPatience = 8 * time.Second  // how long the PBX is waited for
	grace         = 30 * time.Second // that a user whose connection is gone stays bound
	sweep         = 10 * time.Second
)

// Binder is where users that a PBX has proved are bound; the registrar is one.
type Binder interface {
	// Bind binds the Contacts of a REGISTER for a time, or takes them away (zero),
	// for a user who is proved by that to be on that flow.
	Bind(now time.Time, user string, f *flow.Flow, req *sip.Request, lasts time.Duration) *sipmsg.Refusal
	// Contacts are the bindings of a user, for a 200.
	Contacts(now time.Time, user string) []*sip.ContactHeader
	// Until is when the binding of a user on a flow ends; zero for none. A nil flow
	// means any.
	Until(now time.Time, user string, f *flow.Flow) time.Time
	// Guessing says that this address has given too many wrong passwords, Guessed
	// that it has given one.
	Guessing(now time.Time, f *flow.Flow) bool
	Guessed(now time.Time, f *flow.Flow)
}

// relay passes the registrations of browsers on to a PBX that knows their
// passwords, and its challenges back. The password is never seen here, and of its
// digest nothing is kept: what the browser answers goes into one request to the
// PBX.
//
//	browser             tandem               PBX
//	   |-- REGISTER ------->|-- REGISTER ----->|  our Contact
//	   |<- 401 nonce -------|<- 401 nonce -----|  as it is
//	   |-- REGISTER answer->|-- REGISTER ----->|  the answer as it is
//	   |<- 200 -------------|<- 200 -----------|  the user is proved and bound
//
// Digest covers method, Request-URI and nonce (RFC 7616 §3.4), which stay; Contact
// and Expires may differ. One Contact stands for all devices of a user, so that the
// PBX has no old ones after a page was loaded again.
type relay struct {
	trunk   *Trunk
	on      bool
	domain  string
	longest time.Duration
	anybody *rate.Limiter // REGISTERs without credentials

	mu        sync.Mutex // guards what follows
	underWay  int
	users     map[string]*relayed // by user in lower case
	byContact map[string]string   // user by the user part of his Contact at the PBX
}

// relayed is a user who is bound at the PBX; guarded by the relay's mu.
type relayed struct {
	user        string
	contactUser string
	contact     string
	callID, tag string
	cseq        uint32
	since       time.Time
	expires     time.Time
	gone        time.Time // since when no connection of his is left; zero while there is one
	said        bool      // that he is gone was told
	failure     string
	place       string
	took        time.Duration
	routes      []sip.Uri
}

func newRelay(t *Trunk) *relay {
	y := &relay{trunk: t, users: make(map[string]*relayed), byContact: make(map[string]string)}
	p := t.cfg.Accounts
	if p == nil || p.Mode != Relayed || t.deps.Binder == nil {
		return y
	}
	y.on, y.longest = true, p.Longest
	y.domain = strings.Trim(t.host(), "[]")
	if y.longest <= 0 {
		y.longest = usualLongest
	}
	y.anybody = rate.NewLimiter(strangers, 4*strangers)
	return y
}

// userOf returns whose Contact at the PBX a user part is.
func (y *relay) userOf(contactUser string) (string, bool) {
	y.mu.Lock()
	defer y.mu.Unlock()
	user, ok := y.byContact[contactUser]
	return user, ok
}

// Relays says whether the PBX has proved who this user of ours is, so that his
// calls to the trunk are his own there.
func (t *Trunk) Relays(user string) bool {
	if !t.relay.on || user == "" {
		return false
	}
	t.relay.mu.Lock()
	defer t.relay.mu.Unlock()
	return t.relay.users[strings.ToLower(user)] != nil
}

// Relays says whether a PBX has proved who this user is.
func (ts *Trunks) Relays(user string) bool {
	return slices.ContainsFunc(ts.All(), func(t *Trunk) bool { return t.Relays(user) })
}

// run lets users go whose connections are gone.
func (y *relay) run(ctx context.Context) {
	if !y.on {
		return
	}
	for sleep(ctx, sweep) {
		for _, u := range y.leaving(time.Now()) {
			y.leave(ctx, u)
		}
	}
}

// leaving returns who has been gone for a while and is still bound, each once, and
// forgets those whose binding is over.
func (y *relay) leaving(now time.Time) []*relayed {
	y.mu.Lock()
	users := make([]*relayed, 0, len(y.users))
	for _, u := range y.users {
		users = append(users, u)
	}
	y.mu.Unlock()
	var out []*relayed
	for _, u := range users {
		here := !y.trunk.deps.Binder.Until(now, u.user, nil).IsZero()
		y.mu.Lock()
		switch {
		case here:
			u.gone, u.said = time.Time{}, false
		case now.After(u.expires):
			y.forgetLocked(u)
		case u.gone.IsZero():
			u.gone = now
		case !u.said && now.Sub(u.gone) >= grace:
			u.said = true
			out = append(out, u)
		}
		y.mu.Unlock()
	}
	return out
}

func (y *relay) forgetLocked(u *relayed) {
	delete(y.users, strings.ToLower(u.user))
	delete(y.byContact, u.contactUser)
}

// leave asks the PBX to forget a user. It may want his password for that, which we
// do not have: then his binding ends with its time.
func (y *relay) leave(ctx context.Context, u *relayed) {
	t := y.trunk
	aor := t.identity(u.user)
	aor.Host = t.host()
	ctx, cancel := context.WithTimeout(ctx, relayPatience)
	defer cancel()
	got, err := ask(ctx, t.deps.Send, uac.Request{
		Dest: uac.Destination{URI: t.hop(), Identity: t.cfg.Security},
		Build: func(f *flow.Flow) *sip.Request {
			y.mu.Lock()
			u.cseq++
			seq := u.cseq
			y.mu.Unlock()
			req := t.open(opening{method: sip.REGISTER, uri: t.registrar(), from: aor, to: aor, callID: u.callID, tag: u.tag, seq: seq})
			req.AppendHeader(&sip.ContactHeader{Address: t.contact(f, u.contactUser), Params: sip.HeaderParams{{K: "expires", V: "0"}}})
			req.AppendHeader(sip.NewHeader("Expires", "0"))
			return req
		},
		Timeout: relayPatience / 2, Hurry: true,
	})
	if err != nil || got.res.StatusCode/100 != 2 {
		return
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	if !u.gone.IsZero() {
		y.forgetLocked(u)
	}
}

// states are the users that are bound.
func (y *relay) states() []AccountState {
	y.mu.Lock()
	defer y.mu.Unlock()
	var out []AccountState
	for _, u := range y.users {
		s := AccountState{
			User: u.user, Account: u.user, State: bound.String(), Since: u.since, Contact: u.contact, Error: u.failure,
			Expires: u.expires, RoundTrip: u.took, RegistrarAnswered: u.place,
		}
		if !u.gone.IsZero() {
			s.State, s.Since = off.String(), u.gone
		}
		out = append(out, s)
	}
	return out
}
