package trunk

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"golang.org/x/time/rate"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/uac"
)

const (
	// maxPlaces bounds the addresses that are learned of a trunk.
	maxPlaces = 8
	// reached is how long an address counts that has answered a call.
	reached = 2 * time.Hour
)

// Why a trunk takes no call; the text names the setting.
var (
	// ErrLimit: max_calls or max_per_second is reached.
	ErrLimit = errors.New("limit reached")
	// ErrProbed: somebody else has asked for it just now.
	ErrProbed = errors.New("is being asked already")
	// ErrDown: OPTIONS is not answered.
	ErrDown = errors.New("trunk is down")
)

// Trunk is one carrier or PBX. It is safe for concurrent use.
type Trunk struct {
	cfg    Config
	deps   Deps
	own    *registration            // nil for a trunk without one
	held   map[string]*registration // by our user
	login  *digest.Client           // of cfg.Register; nil where there is none
	health *health
	relay  *relay
	bucket *rate.Limiter // nil without a limit
	load   *load         // also of those that it came after
	runs   runs

	mu     sync.Mutex
	places map[netip.Addr]time.Time // guarded by mu: addresses that have answered, until when they count
}

// load is the calls of a trunk, whatever its configuration was when they began.
type load struct {
	mu    sync.Mutex
	calls int // guarded by mu
}

func newTrunk(c Config, d Deps) *Trunk {
	t := &Trunk{cfg: c.withDefaults(), deps: d, held: make(map[string]*registration), load: new(load), places: make(map[netip.Addr]time.Time)}
	if c.MaxPerSecond > 0 {
		t.bucket = rate.NewLimiter(rate.Limit(c.MaxPerSecond), int(max(1, math.Ceil(c.MaxPerSecond))))
	}
	if a := t.cfg.Register; a != nil {
		t.login = login(*a)
		if a.Expires >= 0 {
			t.own = newRegistration(t, *a, "", t.login)
		}
	}
	if p := t.cfg.Accounts; p != nil && p.Mode == HeldByUs {
		for _, h := range p.Held {
			t.held[strings.ToLower(h.User)] = newRegistration(t, h.Account, h.User, login(h.Account))
		}
	}
	t.health, t.relay = newHealth(t), newRelay(t)
	return t
}

func login(a Account) *digest.Client {
	user := a.AuthUser
	if user == "" {
		user = a.User
	}
	return digest.NewClient(digest.Account{User: user, Password: string(a.Password), Realm: a.Realm})
}

// Name is what the dialplan calls it.
func (t *Trunk) Name() string { return t.cfg.Name }

// Config returns what the trunk is made of, defaults filled in.
func (t *Trunk) Config() Config { return t.cfg }

// registrations are all that the trunk keeps.
func (t *Trunk) registrations() []*registration {
	var all []*registration
	if t.own != nil {
		all = append(all, t.own)
	}
	if t.cfg.Accounts != nil {
		for _, h := range t.cfg.Accounts.Held { // in the order of the configuration
			if r := t.held[strings.ToLower(h.User)]; r != nil && r.user == h.User {
				all = append(all, r)
			}
		}
	}
	return all
}

// covers says whether an address is one of those configured.
func (t *Trunk) covers(a netip.Addr) bool {
	for _, p := range t.cfg.Allow {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Owns says whether a flow leads to the trunk: to one of its configured addresses,
// to its registrar, or it is the connection that we registered on.
func (t *Trunk) Owns(f *flow.Flow) bool {
	if f.Kind() == flow.WS || f.Kind() == flow.WSS {
		return false
	}
	return t.covers(f.Remote().Addr().Unmap()) || t.registers() && t.leads(f)
}

// leads says whether a flow is where our own requests to the trunk go.
func (t *Trunk) leads(f *flow.Flow) bool { return t.leadsTo(f.Remote().Addr().Unmap()) }

// leadsTo is leads for an address.
func (t *Trunk) leadsTo(from netip.Addr) bool {
	t.mu.Lock()
	until, ok := t.places[from]
	t.mu.Unlock()
	if ok && time.Now().Before(until) {
		return true
	}
	if t.deps.Addresses == nil {
		return false
	}
	for _, a := range t.deps.Addresses(t.cfg) {
		if a.Unmap() == from {
			return true
		}
	}
	return false
}

// registers says whether calls come from wherever the registrar is.
func (t *Trunk) registers() bool { return t.own != nil || len(t.held) > 0 || t.relay.on }

// Reached notes that a flow which a destination of the trunk's led to has brought
// an answer: what comes back from there within calls is the trunk's.
func (t *Trunk) Reached(f *flow.Flow) { t.learn(f, reached) }

// learn notes an address that has answered as the trunk's, for a time.
func (t *Trunk) learn(f *flow.Flow, d time.Duration) {
	if f == nil {
		return
	}
	now, a := time.Now(), f.Remote().Addr().Unmap()
	t.mu.Lock()
	defer t.mu.Unlock()
	if until := now.Add(d); until.After(t.places[a]) {
		t.places[a] = until
	}
	for len(t.places) > maxPlaces {
		oldest := a
		for other, until := range t.places {
			if until.Before(t.places[oldest]) {
				oldest = other
			}
		}
		delete(t.places, oldest)
	}
}

// Take counts a call of the trunk's, in or out, against its limits. Release gives
// it back.
func (t *Trunk) Take() error {
	t.load.mu.Lock()
	defer t.load.mu.Unlock()
	if t.cfg.MaxCalls > 0 && t.load.calls >= t.cfg.MaxCalls {
		return fmt.Errorf("%w: max_calls of trunk %s is reached", ErrLimit, t.cfg.Name)
	}
	if t.bucket != nil && !t.bucket.Allow() {
		return fmt.Errorf("%w: max_per_second of trunk %s is reached", ErrLimit, t.cfg.Name)
	}
	t.load.calls++
	return nil
}

// Release gives back what Take took.
func (t *Trunk) Release() {
	t.load.mu.Lock()
	defer t.load.mu.Unlock()
	t.load.calls = max(t.load.calls-1, 0)
}

// Calls returns how many calls there are.
func (t *Trunk) Calls() int {
	t.load.mu.Lock()
	defer t.load.mu.Unlock()
	return t.load.calls
}

// Available returns nil, or why a call to the trunk would be in vain: OPTIONS is
// not answered. A registration that is lost does not count: whoever refuses
// REGISTER may well take calls.
func (t *Trunk) Available() error { return t.health.down() }

// host is the domain of the trunk's addresses of record.
func (t *Trunk) host() string {
	if p := t.cfg.Accounts; p != nil && p.Domain != "" {
		return bracketed(p.Domain)
	}
	return bracketed(t.cfg.Host)
}

// URI is the Request-URI of a call to a number of the trunk's.
func (t *Trunk) URI(number string) sip.Uri {
	u := sip.Uri{Scheme: "sip", User: sipmsg.EscapeUser(number), Host: t.host(), UriParams: sip.NewParams()}
	if t.cfg.Accounts == nil || t.cfg.Accounts.Domain == "" {
		u.Port = int(t.cfg.Port)
	}
	return u
}

// hop is where requests go first: the outbound proxy, or the trunk itself.
func (t *Trunk) hop() sip.Uri {
	if u, ok := t.proxy(); ok {
		return u
	}
	u := sip.Uri{Scheme: "sip", Host: bracketed(t.cfg.Host), Port: int(t.cfg.Port), UriParams: sip.NewParams()}
	if t.cfg.Transport != "" {
		u.UriParams.Add("transport", t.cfg.Transport)
	}
	return u
}

// proxy is the outbound proxy as a loose route.
func (t *Trunk) proxy() (sip.Uri, bool) {
	var u sip.Uri
	if t.cfg.Proxy == "" || sip.ParseUri(t.cfg.Proxy, &u) != nil || u.Host == "" {
		return u, false
	}
	if u.UriParams == nil {
		u.UriParams = sip.NewParams()
	}
	if _, ok := u.UriParams.Get("lr"); !ok {
		u.UriParams.Add("lr", "")
	}
	return u, true
}

// Routes are the Route fields of a request that opens something: the outbound
// proxy, then the Service-Route of the registration (RFC 3608 §5). user is our user
// whose account is used; "" for none.
func (t *Trunk) Routes(user string) []sip.Uri {
	var out []sip.Uri
	if u, ok := t.proxy(); ok {
		out = append(out, u)
	}
	r := t.registrationOf(user)
	if r == nil {
		return out
	}
	for _, u := range r.state().routes {
		if len(out) > 0 && strings.EqualFold(out[len(out)-1].Host, u.Host) && out[len(out)-1].Port == u.Port {
			continue // the proxy names itself in Service-Route
		}
		out = append(out, u)
	}
	return out
}

// Destination is where a call to the trunk goes, with the account that answers its
// challenges: that of our user at the PBX, if he has one, else the trunk's own.
func (t *Trunk) Destination(user string) uac.Destination {
	d := uac.Destination{URI: t.hop(), Account: t.loginOf(user), Identity: t.cfg.Security}
	if routes := t.Routes(user); len(routes) > 0 {
		d.URI = routes[0]
	}
	return d
}

// Login returns the account for a request within a dialog on a flow; nil where the
// flow does not lead to the trunk, since then it is not the trunk that asks.
func (t *Trunk) Login(user string, f *flow.Flow) *digest.Client {
	if t.covers(f.Remote().Addr().Unmap()) || t.leads(f) {
		return t.loginOf(user)
	}
	return nil
}

func (t *Trunk) loginOf(user string) *digest.Client {
	if r := t.held[strings.ToLower(user)]; user != "" && r != nil {
		return r.login
	}
	return t.login
}

// registrationOf is the user's own, else the trunk's; nil for none.
func (t *Trunk) registrationOf(user string) *registration {
	if r := t.held[strings.ToLower(user)]; user != "" && r != nil {
		return r
	}
	return t.own
}

// bracketed writes a host for a URI: IPv6 literals in brackets.
func bracketed(host string) string {
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		return "[" + host + "]"
	}
	return host
}
