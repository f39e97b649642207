package registrar

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// maxContacts bounds the Contacts of one REGISTER.
const maxContacts = 8

// maxPath bounds the Path values of one REGISTER.
const maxPath = 8

// refusal is a REGISTER that is not done: what is owed, and why in words.
type refusal struct {
	status int
	reason string
	why    string
	header sip.Header // one more field, or nil
}

func (e *refusal) Error() string { return e.reason + ": " + e.why }

// Register answers a REGISTER (RFC 3261 §10.3).
func (r *Registrar) Register(now time.Time, tx *txn.Server, req *sip.Request) {
	if !r.cfg.Served(req.Recipient.Host) || !r.cfg.Served(req.To().Address.Host) {
		r.refuse(tx, &refusal{status: 404, reason: "Not Found", why: "this registrar serves " + r.cfg.Domain + ", not " + req.Recipient.Host})
		return
	}
	user, proof, ok := r.prove(now, tx, req)
	if !ok {
		return
	}
	if err := r.update(now, prover{user, proof, tx.Flow()}, req); err != nil {
		var no *refusal
		if !errors.As(err, &no) {
			no = &refusal{status: 500, reason: "Server Internal Error", why: err.Error()}
		}
		r.refuse(tx, no)
		return
	}
	_ = tx.Respond(r.accepted(now, user, tx, req)) // a lost flow has lost its binding too
}

// accepted is the 200: all bindings of the user, with their GRUUs where the device
// knows these (RFC 5627 §5.3), the Path that was taken (RFC 3327 §5.3), and that
// outbound was applied (RFC 5626 §6).
func (r *Registrar) accepted(now time.Time, user string, tx *txn.Server, req *sip.Request) *sip.Response {
	res := tx.Answer(200, "OK")
	gruu := sipmsg.Has(req, "Supported", "gruu")
	for _, b := range r.all(now, user) {
		c := b.write(now)
		if gruu {
			r.withGRUUs(c, b)
		}
		res.AppendHeader(c)
	}
	for _, v := range sipmsg.List(req, "Path") {
		res.AppendHeader(sip.NewHeader("Path", v))
	}
	res.AppendHeader(sip.NewHeader("Supported", "path, outbound, gruu"))
	if wantsOutbound(req) {
		res.AppendHeader(sip.NewHeader("Require", "outbound"))
		res.AppendHeader(sip.NewHeader("Flow-Timer", itoa(flowTimer(tx.Flow()))))
	}
	return res
}

func (r *Registrar) refuse(tx *txn.Server, no *refusal) {
	res := tx.Answer(no.status, no.reason)
	if no.header != nil {
		res.AppendHeader(no.header)
	}
	if no.why != "" {
		sipmsg.Warning(res, no.why)
	}
	_ = tx.Respond(res)
}

// prove finds out whose REGISTER this is, and answers it where that fails. The
// address of record must be the prover's own: third parties register nobody.
func (r *Registrar) prove(now time.Time, tx *txn.Server, req *sip.Request) (string, Proof, bool) {
	claimed := req.To().Address.User
	if r.now().Open {
		if u, ok := r.cfg.Users.Find(claimed); ok && len(u.HA1) == 0 {
			return u.Name, ByNoSecret, true
		}
	}
	if sipmsg.Value(req, "Authorization") != "" && r.Guessing(now, tx.Flow()) {
		r.refuse(tx, &refusal{status: 403, reason: "Forbidden", why: "too many wrong passwords from this address: wait a minute"})
		return "", "", false
	}
	source := tx.Flow().Remote().Addr().String()
	result := r.cfg.Verifier.Verify(now, digest.Request{
		Method: string(req.Method), URI: req.Recipient.String(), Source: source, Header: sipmsg.Value(req, "Authorization"),
	}, func(user string) ([]digest.HA1, bool) {
		u, ok := r.cfg.Users.Find(user)
		return u.HA1, ok
	})
	switch result.Outcome {
	case digest.OK:
		tx.Vouch()
		r.challenges.Answered(tx.Flow())
		if !strings.EqualFold(result.User, claimed) {
			r.refuse(tx, &refusal{status: 403, reason: "Forbidden", why: "the password is another user's"})
			return "", "", false
		}
		return result.User, ByDigest, true
	case digest.Wrong, digest.UnknownUser:
		r.Guessed(now, tx.Flow())
		if r.warnings.Allow() {
			r.cfg.Log.Warn("wrong credentials", "user", sipmsg.Quote(claimed), "remote", source)
		}
		r.refuse(tx, &refusal{status: 403, reason: "Forbidden", why: "wrong user or password"})
		return "", "", false
	case digest.Malformed:
		r.refuse(tx, &refusal{status: 400, reason: "Bad Request", why: result.Reason})
		return "", "", false
	}
	res := tx.Answer(401, "Unauthorized")
	for _, v := range r.cfg.Verifier.Challenge(now, source, r.challenges.Choose(tx.Flow(), sipmsg.Value(req, "User-Agent")), result.Outcome == digest.Stale) {
		res.AppendHeader(sip.NewHeader("WWW-Authenticate", v))
	}
	_ = tx.RespondOnce(res)
	return "", "", false
}

// prover is who registers, how that is known, and where he is.
type prover struct {
	user  string
	proof Proof
	flow  *flow.Flow
}

// update does what the Contacts of a REGISTER say; without any it only asks.
func (r *Registrar) update(now time.Time, p prover, req *sip.Request) error {
	contacts := sipmsg.Contacts(req)
	if len(contacts) > maxContacts {
		return &refusal{status: 400, reason: "Bad Request", why: "more than " + itoa(maxContacts) + " Contacts"}
	}
	for _, c := range contacts {
		if c.Address.Wildcard {
			return r.unregisterAll(now, p.user, req, len(contacts))
		}
	}
	if err := checkOutbound(req, contacts); err != nil {
		return err
	}
	var wanted []*Binding
	for _, c := range contacts {
		b, err := r.binding(now, p, req, c)
		if err != nil {
			return err
		}
		wanted = append(wanted, b)
	}
	return r.enter(now, p.user, p.flow, wanted)
}

// unregisterAll is `Contact: *` (RFC 3261 §10.2.2).
func (r *Registrar) unregisterAll(now time.Time, user string, req *sip.Request, contacts int) error {
	if contacts != 1 || sipmsg.Value(req, "Expires") != "0" {
		return &refusal{status: 400, reason: "Bad Request", why: "Contact * needs Expires: 0 and stands alone"}
	}
	r.mu.Lock()
	for _, old := range r.table.users[user] {
		if old.callID == req.CallID().Value() && req.CSeq().SeqNo <= old.cseq {
			r.mu.Unlock()
			return errOutOfOrder()
		}
	}
	gone := r.table.remove(user, func(*Binding) bool { return true })
	r.mu.Unlock()
	r.tell(now, Unregistered, gone)
	return nil
}

// binding reads one Contact. A binding that expires at now is one to be taken
// away.
func (r *Registrar) binding(now time.Time, p prover, req *sip.Request, c *sip.ContactHeader) (*Binding, error) {
	if c.Address.Host == "" || (c.Address.Scheme != "sip" && c.Address.Scheme != "sips") {
		return nil, &refusal{status: 400, reason: "Bad Request", why: "the Contact is no SIP URI"}
	}
	lasts, err := r.lasts(req, c)
	if err != nil {
		return nil, err
	}
	path, ok := paths(req)
	if !ok {
		return nil, &refusal{status: 400, reason: "Bad Request", why: "a Path that is no address, or more than " + itoa(maxPath)}
	}
	b := &Binding{
		User: p.user, Contact: *c.Address.Clone(), Flow: p.flow, Path: path, Since: now, seen: now, Expires: now.Add(lasts), Q: 1, Proof: p.proof,
		UserAgent: clip(sipmsg.Value(req, "User-Agent")), callID: strings.Clone(req.CallID().Value()), cseq: req.CSeq().SeqNo, params: keep(c.Params),
	}
	b.Instance, _ = sipmsg.Param(b.params, "+sip.instance")
	if b.Instance != "" { // RFC 5626 §6: reg-id means nothing without
		b.RegID, _ = sipmsg.Param(b.params, "reg-id")
	}
	if q, ok := sipmsg.Param(c.Params, "q"); ok {
		if v, err := strconv.ParseFloat(q, 64); err == nil && v >= 0 && v <= 1 {
			b.Q = v
		}
	}
	return b, nil
}

// lasts is how long a binding is to last (RFC 3261 §10.3 step 7).
func (r *Registrar) lasts(req *sip.Request, c *sip.ContactHeader) (time.Duration, error) {
	text, ok := sipmsg.Param(c.Params, "expires")
	if !ok {
		text = sipmsg.Value(req, "Expires")
	}
	if text == "" {
		return r.now().Default, nil
	}
	seconds, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return r.now().Default, nil // §10.2.1.1: malformed counts as unsaid
	}
	d := time.Duration(seconds) * time.Second
	switch {
	case d == 0:
		return 0, nil
	case d < r.now().Min:
		least := itoa(int(r.now().Min / time.Second))
		return 0, &refusal{status: 423, reason: "Interval Too Brief", header: sip.NewHeader("Min-Expires", least)}
	}
	return min(d, r.now().Max), nil
}

// clip bounds a text that is kept for people to see.
func clip(s string) string {
	s, _ = sipmsg.Clean(s)
	return s[:min(len(s), 80)]
}
