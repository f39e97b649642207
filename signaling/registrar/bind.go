package registrar

import (
	"errors"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

// Bind binds the Contacts of a REGISTER for a time, or takes them away (zero), for
// a user whom somebody else has proved to be on that flow: a PBX to which the
// registration was relayed. Nothing is said to the flow. It returns nil, or the
// answer that is owed instead of a 200.
func (r *Registrar) Bind(now time.Time, user string, f *flow.Flow, req *sip.Request, lasts time.Duration) *sipmsg.Refusal {
	err := r.bind(now, r.name(user), f, req, lasts)
	if err == nil {
		return nil
	}
	var no *refusal
	if !errors.As(err, &no) {
		no = &refusal{status: 500, reason: "Server Internal Error", why: err.Error()}
	}
	out := &sipmsg.Refusal{Status: no.status, Reason: no.reason, Warning: no.why}
	if no.header != nil {
		out.Headers = append(out.Headers, no.header)
	}
	return out
}

func (r *Registrar) bind(now time.Time, user string, f *flow.Flow, req *sip.Request, lasts time.Duration) error {
	contacts := sipmsg.Contacts(req)
	if len(contacts) > maxContacts {
		return &refusal{status: 400, reason: "Bad Request", why: "more than " + itoa(maxContacts) + " Contacts"}
	}
	var wanted []*Binding
	for _, c := range contacts {
		if c.Address.Wildcard {
			return r.unregisterAll(now, user, req, len(contacts))
		}
		c = c.Clone() // for how long is said by who calls
		c.Params = sipmsg.SetParam(c.Params, "expires", itoa(int(r.now().Max/time.Second)))
		b, err := r.binding(now, prover{user, ByPBX, f}, req, c)
		if err != nil {
			return err
		}
		b.Expires = now.Add(lasts)
		wanted = append(wanted, b)
	}
	return r.enter(now, user, f, wanted)
}

// name is a user as the configuration writes him, where he is in it.
func (r *Registrar) name(user string) string {
	if u, ok := r.cfg.Users.Find(user); ok {
		return u.Name
	}
	return user
}

// Contacts returns the bindings of a user as a 200 to REGISTER lists them.
func (r *Registrar) Contacts(now time.Time, user string) []*sip.ContactHeader {
	var out []*sip.ContactHeader
	for _, b := range r.all(now, r.name(user)) {
		out = append(out, b.write(now))
	}
	return out
}

// Until returns when the last binding of a user on a flow ends, on any where f is
// nil; zero for none.
func (r *Registrar) Until(now time.Time, user string, f *flow.Flow) time.Time {
	var last time.Time
	for _, b := range r.all(now, r.name(user)) {
		if (f == nil || b.Flow.Key() == f.Key()) && b.Expires.After(last) {
			last = b.Expires
		}
	}
	return last
}
