package leg

import (
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// maxDialogs bounds the dialogs at one time, early ones included.
const maxDialogs = 20000

// methods and types are what a user agent may ask of us in a call (RFC 3261 §8.2,
// §20.5): no more than what is really done.
var (
	methods = []sip.RequestMethod{
		sip.INVITE, sip.ACK, sip.CANCEL, sip.BYE, sip.OPTIONS, sip.PRACK, sip.UPDATE, sip.INFO, sip.REFER, sip.REGISTER,
	}
	// extensions are the option tags that Require may name, and that Supported lists.
	extensions = []string{dialog.TagReliable, dialog.TagTimer, tagFromChange, "gruu", "norefersub", "outbound", "path", "replaces"}
	types      = []string{sdpType, relayType, dtmfType, flashType, controlType}
)

// Core is what the Server, the Dialer and all legs share.
type Core struct {
	Config
	rules   atomic.Pointer[Policy]
	layer   *txn.Layer
	ability sipmsg.Ability // with what Others take
	others  []taker

	mu      sync.Mutex // guards dialogs and flows; never held while calling out
	dialogs map[dialog.ID]*leg
	callers map[string]int                 // calls under way that each user has made
	flows   map[flow.Key]map[*leg]struct{} // the legs whose flow this is, to tell them of its end

	Counters Counters
}

// Counters are what was refused, for whoever watches.
type Counters struct {
	Unauthorized, Forbidden, NotServed, NoDialog, Merged, BadRequest, Flooded atomic.Uint64
}

// New returns a Core; Attach must be called before the first message comes.
func New(c Config) *Core {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Silence <= 0 {
		c.Silence = 5 * time.Second
	}
	ability := sipmsg.Ability{Methods: slices.Clone(methods), Extensions: extensions, Types: slices.Clone(types)}
	for _, o := range c.Others {
		ability.Methods = append(ability.Methods, o.Methods()...)
	}
	core := &Core{
		Config: c, ability: ability, others: takers(c.Others, ability),
		dialogs: make(map[dialog.ID]*leg), callers: make(map[string]int),
		flows: make(map[flow.Key]map[*leg]struct{}),
	}
	core.SetPolicy(c.Policy)
	core.Policy = Policy{} // whoever means the one that counts asks for it
	return core
}

// SetPolicy replaces the policy: for calls that begin, and for what comes up in those
// that there are.
func (c *Core) SetPolicy(p Policy) {
	if p.Detach == 0 {
		p.Detach = 30 * time.Second
	}
	c.rules.Store(&p)
}

// policy is the one that counts now.
func (c *Core) policy() *Policy { return c.rules.Load() }

// Attach gives the transaction layer that messages are sent through.
func (c *Core) Attach(l *txn.Layer) { c.layer = l }

// taker is one of Others and what its requests may bring.
type taker struct {
	Other
	ability sipmsg.Ability
}

// takers gives each of Others an ability of its own: a call takes no text, and a
// message no description.
func takers(others []Other, all sipmsg.Ability) []taker {
	var out []taker
	for _, o := range others {
		own := all
		own.Types = o.Types()
		out = append(out, taker{o, own})
	}
	return out
}

// other returns who takes a method that makes no call; nil for nobody.
func (c *Core) other(m sip.RequestMethod) *taker {
	for i := range c.others {
		if slices.Contains(c.others[i].Methods(), m) {
			return &c.others[i]
		}
	}
	return nil
}

// able is what a request with this method may ask of us.
func (c *Core) able(m sip.RequestMethod) sipmsg.Ability {
	if o := c.other(m); o != nil {
		return o.ability
	}
	return c.ability
}

// add enters a leg under its dialog and its flow; false means that there is no
// room.
func (c *Core) add(l *leg) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.dialogs) >= maxDialogs {
		return false
	}
	c.dialogs[l.dialog.ID()] = l
	c.tieLocked(l)
	if _, calls := l.self.(*Incoming); calls && l.peerUser != "" {
		l.callOf = l.peerUser
		c.callers[l.callOf]++
	}
	return true
}

// move ties a leg to another flow, after its device has come back on one.
func (c *Core) move(l *leg, to *flow.Flow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.untieLocked(l)
	l.flow = to
	c.tieLocked(l)
}

func (c *Core) tieLocked(l *leg) {
	if l.flow == nil {
		return // its way is still being looked for
	}
	key := l.flow.Key()
	if c.flows[key] == nil {
		c.flows[key] = make(map[*leg]struct{})
	}
	c.flows[key][l] = struct{}{}
}

func (c *Core) untieLocked(l *leg) {
	if l.flow == nil {
		return
	}
	key := l.flow.Key()
	delete(c.flows[key], l)
	if len(c.flows[key]) == 0 {
		delete(c.flows, key)
	}
}

// remove forgets a leg that is done.
func (c *Core) remove(l *leg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dialogs[l.dialog.ID()] == l {
		delete(c.dialogs, l.dialog.ID())
	}
	c.untieLocked(l)
	c.uncountLocked(l)
}

// uncount takes a leg off what limits calls: from when it says goodbye on, since who
// hangs up may call again at once. It is idempotent.
func (c *Core) uncount(l *leg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uncountLocked(l)
}

func (c *Core) uncountLocked(l *leg) {
	if l.callOf != "" {
		if c.callers[l.callOf]--; c.callers[l.callOf] <= 0 {
			delete(c.callers, l.callOf)
		}
		l.callOf = ""
	}
	if l.charge != nil {
		l.charge.End()
		l.charge = nil
	}
	if l.counted != nil {
		l.counted.Release()
		l.counted = nil
	}
}

// find returns the leg of a dialog and the flow that it is bound to; nil for none.
func (c *Core) find(callID, localTag string) (*leg, *flow.Flow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.dialogs[dialog.ID{CallID: callID, LocalTag: localTag}]
	if l == nil || l.flow == nil {
		return nil, nil
	}
	return l, l.flow
}

// calls says whether the call comes from this flow.
func (c *Core) calls(f *flow.Flow, call tandem.CallID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for l := range c.flows[f.Key()] {
		if _, in := l.self.(*Incoming); in && l.call == call {
			return true
		}
	}
	return false
}

// joins notes that a leg belongs to another call now.
func (c *Core) joins(l *leg, call tandem.CallID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l.call = call
}

// Uses says whether a leg is bound to a flow.
func (c *Core) Uses(k flow.Key) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.flows[k]) > 0
}

// UsesSocket says whether a leg is bound to a flow of a UDP socket.
func (c *Core) UsesSocket(number uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.flows {
		if k.Socket() == number {
			return true
		}
	}
	return false
}

// Dialogs returns how many dialogs there are.
func (c *Core) Dialogs() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.dialogs)
}

// contact is our own address in a dialog on this flow (RFC 3261 §8.1.1.8). The
// transport parameter of a browser's is ws, secure or not (RFC 7118 §5.2.1).
func (c *Core) contact(f *flow.Flow, user string) sip.Uri {
	at := c.Announce(f)
	u := sip.Uri{Scheme: "sip", User: user, Host: host(at.Addr()), Port: int(at.Port()), UriParams: sip.NewParams()}
	if p := f.Kind().URIParam(); p != "udp" && p != "" {
		u.UriParams.Add("transport", p)
	}
	return u
}

// host writes an address as the host part of a URI (RFC 3261 §25.1: IPv6 in
// brackets).
func host(a netip.Addr) string {
	if a = a.Unmap(); a.Is6() {
		return "[" + a.WithZone("").String() + "]"
	}
	return a.String()
}

// respond builds an answer of ours.
func respond(tx *txn.Server, status int, reason string) *sip.Response {
	return tx.Answer(status, reason)
}

// refuse answers a request with a status and says in a Warning which of our
// settings or rules decided.
func refuse(tx *txn.Server, status int, reason, why string) {
	res := respond(tx, status, reason)
	if why != "" {
		sipmsg.Warning(res, why)
	}
	if status == 503 {
		sipmsg.RetryAfter(res, 10)
	}
	_ = tx.Respond(res) // the flow is gone: nobody is left to be told
}

// refuseOnce is refuse for somebody who has not shown who he is: nothing is kept
// and nothing repeated.
func refuseOnce(tx *txn.Server, status int, reason, why string) {
	res := respond(tx, status, reason)
	sipmsg.Warning(res, why)
	_ = tx.RespondOnce(res)
}
