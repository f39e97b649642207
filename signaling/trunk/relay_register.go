package trunk

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/signaling/uac"
)

// Bounds of what is passed on.
const (
	maxCredentials = 4
	maxFieldValue  = 2048
	shortly        = time.Minute // what a user gets whose PBX does not answer
)

// registering is one REGISTER that is being relayed.
type registering struct {
	relay    *relay
	tx       *txn.Server
	req      *sip.Request
	user     string
	lasts    time.Duration // asked for; zero takes away
	contacts int
	answers  []string // Authorization, as the browser wrote it
	known    *relayed // nil for one who is not bound
	callID   string
	tag      string
	callUser string
	best     *sip.Response
	began    time.Time
	took     time.Duration
}

// Register relays a REGISTER for the domain of a PBX (see Trunks.Relaying). It
// does not block; the answer comes when the PBX has given its own.
func (t *Trunk) Register(tx *txn.Server, req *sip.Request) {
	g, no := t.relay.take(tx, req)
	if no != nil {
		_ = tx.Respond(no.Answer(req, tx.ToTag()))
		return
	}
	y := t.relay
	var k *uac.Call
	ready := make(chan struct{})
	k = t.deps.Send.Send(uac.Request{
		Dest:  uac.Destination{URI: t.hop(), Identity: t.cfg.Security},
		Build: g.build,
		On: func(res *sip.Response) {
			if !res.IsProvisional() {
				g.best, g.took = res, time.Since(g.began)
			}
		},
		Done: func(err error) {
			<-ready
			y.mu.Lock()
			y.underWay--
			y.mu.Unlock()
			g.over(k, err)
		},
		Timeout: relayPatience, Hurry: true,
	})
	close(ready)
}

// take judges whether a REGISTER is relayed.
func (y *relay) take(tx *txn.Server, req *sip.Request) (*registering, *sipmsg.Refusal) {
	d := y.trunk.deps
	now, name := time.Now(), y.trunk.cfg.Name
	user := sipmsg.User(req.To().Address)
	clean, sound := sipmsg.Clean(user)
	switch {
	case !strings.EqualFold(strings.Trim(req.Recipient.Host, "[]"), y.domain), user == "", !sound || clean != user, len(user) > tandem.MaxUser:
		return nil, refuse(404, "trunk "+name+" registers users of "+y.domain)
	case d.Secret != nil && d.Secret(user):
		return nil, refuse(403, "the user has a password here and registers with "+d.Domain)
	}
	g := &registering{relay: y, tx: tx, req: req, user: user, began: now, answers: credentials(req, "Authorization")}
	if no := g.read(); no != nil {
		return nil, no
	}
	if len(g.answers) > 0 && d.Binder.Guessing(now, tx.Flow()) {
		return nil, refuse(403, "too many wrong passwords from this address: wait a minute")
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	g.known = y.users[strings.ToLower(user)]
	switch {
	case y.underWay >= maxRelaying,
		len(g.answers) == 0 && !y.anybody.AllowN(now, 1),
		g.known == nil && len(y.users) >= maxRelayed:
		no := refuse(503, "too many registrations are being relayed to trunk "+name)
		no.Headers = []sip.Header{sip.NewHeader("Retry-After", "10")}
		return nil, no
	}
	y.underWay++
	g.callID, g.tag, g.callUser = sipmsg.CallID(), sipmsg.Tag(), contactUser(name, "relayed", strings.ToLower(user))
	if g.known != nil {
		g.callID, g.tag = g.known.callID, g.known.tag
	}
	return g, nil
}

// read takes what is asked for.
func (g *registering) read() *sipmsg.Refusal {
	contacts := sipmsg.Contacts(g.req)
	g.contacts, g.lasts = len(contacts), g.relay.longest
	text := sipmsg.Value(g.req, "Expires")
	for _, c := range contacts {
		if c.Address.Wildcard && (g.contacts != 1 || strings.TrimSpace(text) != "0") {
			return refuse(400, "Contact * needs Expires: 0 and stands alone")
		}
		if v, ok := sipmsg.Param(c.Params, "expires"); ok {
			text = v
		}
	}
	if g.contacts > 1 {
		return refuse(400, "one Contact at a time is relayed")
	}
	if d, err := seconds(text); err == nil {
		g.lasts = min(d, g.relay.longest)
	}
	return nil
}

func refuse(status int, why string) *sipmsg.Refusal {
	return &sipmsg.Refusal{Status: status, Reason: tandem.Phrase(status), Warning: why}
}

// credentials are the values of a field as they came, in a bounded number.
func credentials(m sip.Message, name string) []string {
	var out []string
	for _, h := range m.GetHeaders(name) {
		if v := h.Value(); len(v) <= maxFieldValue && len(out) < maxCredentials {
			out = append(out, v)
		}
	}
	return out
}

// build writes the REGISTER to the PBX: the Request-URI as it came, since the
// digest covers it, and the answer to the challenge; everything else anew.
func (g *registering) build(f *flow.Flow) *sip.Request {
	y, t := g.relay, g.relay.trunk
	aor := sip.Uri{Scheme: "sip", User: sipmsg.EscapeUser(g.user), Host: t.host(), UriParams: sip.NewParams()}
	seq := uint32(1)
	y.mu.Lock()
	if g.known != nil {
		g.known.cseq++
		seq = g.known.cseq
	}
	y.mu.Unlock()
	req := t.open(opening{method: sip.REGISTER, uri: *g.req.Recipient.Clone(), from: aor, to: aor, callID: g.callID, tag: g.tag, seq: seq})
	if g.contacts > 0 {
		lasts := g.lasts
		if lasts == 0 && g.elsewhere() {
			lasts = y.longest // another device of his stays
		}
		expires := strconv.Itoa(int(lasts / time.Second))
		req.AppendHeader(&sip.ContactHeader{Address: t.contact(f, g.callUser), Params: sip.HeaderParams{{K: "expires", V: expires}}})
		req.AppendHeader(sip.NewHeader("Expires", expires))
	}
	for _, v := range g.answers {
		req.AppendHeader(sip.NewHeader("Authorization", v))
	}
	return req
}

// elsewhere says whether the user is bound on another connection than this one.
func (g *registering) elsewhere() bool {
	now, b := time.Now(), g.relay.trunk.deps.Binder
	here := b.Until(now, g.user, g.tx.Flow())
	n := len(b.Contacts(now, g.user))
	return n > 1 || n == 1 && here.IsZero()
}

// over answers the browser.
func (g *registering) over(k *uac.Call, err error) {
	if g.best == nil {
		g.silent(err)
		return
	}
	switch status := g.best.StatusCode; {
	case status < 300:
		g.granted(k)
	case status == 401 || status == 407:
		g.challenge()
	case status == 423:
		no := refuse(423, "trunk "+g.relay.trunk.cfg.Name+" wants a longer time")
		if least, err := seconds(sipmsg.Value(g.best, "Min-Expires")); err == nil {
			no.Headers = []sip.Header{sip.NewHeader("Min-Expires", strconv.Itoa(int(least/time.Second)))}
		}
		g.answer(no)
	default:
		if status == 403 && len(g.answers) > 0 {
			g.relay.trunk.deps.Binder.Guessed(time.Now(), g.tx.Flow())
		}
		if status < 400 {
			status = 480
		}
		no := refuse(status, "trunk "+g.relay.trunk.cfg.Name+" answers "+strconv.Itoa(g.best.StatusCode)+" "+clip(g.best.Reason))
		if after := retryAfter(g.best); after > 0 {
			no.Headers = []sip.Header{sip.NewHeader("Retry-After", strconv.Itoa(int(after/time.Second)))}
		}
		g.answer(no)
	}
}

func (g *registering) answer(no *sipmsg.Refusal) { _ = g.tx.Respond(no.Answer(g.req, g.tx.ToTag())) }

// challenge passes the PBX's challenge back as it is: realm, nonce, algorithm and
// qop are the browser's to read.
func (g *registering) challenge() {
	role, _ := digest.RoleOf(g.best.StatusCode)
	values := credentials(g.best, role.Challenge())
	if len(g.answers) > 0 && !digest.IsStale(values) {
		g.relay.trunk.deps.Binder.Guessed(time.Now(), g.tx.Flow())
	}
	res := g.tx.Answer(g.best.StatusCode, tandem.Phrase(g.best.StatusCode))
	for _, v := range values {
		res.AppendHeader(sip.NewHeader(role.Challenge(), v))
	}
	_ = g.tx.RespondOnce(res)
}

// granted binds the user: the PBX has proved who is on this flow.
func (g *registering) granted(k *uac.Call) {
	now, t := time.Now(), g.relay.trunk
	v := verdict{lasts: 0}
	if g.contacts > 0 && g.lasts > 0 {
		if v = accepted(g.best, g.callUser, g.lasts); v.kind != granted {
			g.answer(refuse(502, "trunk "+t.cfg.Name+": "+v.why))
			return
		}
	}
	g.tx.Vouch()
	if g.contacts > 0 {
		if no := t.deps.Binder.Bind(now, g.user, g.tx.Flow(), g.req, min(v.lasts, g.lasts)); no != nil {
			g.answer(no)
			return
		}
		g.keep(now, k, v)
	}
	res := g.tx.Answer(200, "OK")
	for _, c := range t.deps.Binder.Contacts(now, g.user) {
		res.AppendHeader(c)
	}
	_ = g.tx.Respond(res)
}

// keep notes that the user is bound at the PBX, or is so no more.
func (g *registering) keep(now time.Time, k *uac.Call, v verdict) {
	y := g.relay
	f := k.FlowOf(g.best)
	y.trunk.learn(f, max(v.lasts, time.Minute))
	elsewhere := g.lasts == 0 && g.elsewhere()
	y.mu.Lock()
	defer y.mu.Unlock()
	u := y.users[strings.ToLower(g.user)]
	if g.lasts == 0 {
		if u != nil && !elsewhere {
			y.forgetLocked(u)
		}
		return
	}
	if u == nil {
		u = &relayed{user: g.user, contactUser: g.callUser, callID: g.callID, tag: g.tag, cseq: 1, since: now}
		y.users[strings.ToLower(g.user)] = u
		y.byContact[u.contactUser] = g.user
	}
	u.expires, u.gone, u.said, u.failure, u.took, u.routes = now.Add(v.lasts), time.Time{}, false, "", g.took, v.routes
	if f != nil {
		u.place = f.Kind().String() + " " + f.Remote().String()
		contact := y.trunk.contact(f, u.contactUser)
		u.contact = contact.String()
	}
}

// silent is a PBX that does not answer: a user who was proved on this connection
// and whose time is not over stays bound and comes again soon; anybody else waits.
func (g *registering) silent(err error) {
	now, t := time.Now(), g.relay.trunk
	why := "trunk " + t.cfg.Name + " does not answer"
	if err != nil {
		why += ": " + err.Error()
	}
	if g.known != nil {
		g.relay.mu.Lock()
		g.known.failure = why
		g.relay.mu.Unlock()
	}
	var left time.Duration
	if g.known != nil && !t.deps.Binder.Until(now, g.user, g.tx.Flow()).IsZero() {
		g.relay.mu.Lock()
		left = g.known.expires.Sub(now) // what the PBX has granted
		g.relay.mu.Unlock()
	}
	if left < time.Second || g.contacts == 0 {
		no := refuse(503, why)
		no.Headers = []sip.Header{sip.NewHeader("Retry-After", "10")}
		g.answer(no)
		return
	}
	if no := t.deps.Binder.Bind(now, g.user, g.tx.Flow(), g.req, min(left, shortly, g.lasts)); no != nil {
		g.answer(no)
		return
	}
	res := g.tx.Answer(200, "OK")
	for _, c := range t.deps.Binder.Contacts(now, g.user) {
		res.AppendHeader(c)
	}
	_ = g.tx.Respond(res)
}
