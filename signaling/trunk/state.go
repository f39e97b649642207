package trunk

import "time"

// phase is how a registration or the health of a trunk stands.
type phase uint8

const (
	trying    phase = iota // nothing known yet
	bound                  // the registrar has our Contact
	reachable              // OPTIONS is answered
	failing                // the last attempt came to nothing
	down                   // OPTIONS is not answered, twice in a row
	unchecked              // neither registers nor asks
	off                    // not to be registered now
)

// String is the word that is shown.
func (p phase) String() string {
	return [...]string{"trying", "registered", "reachable", "failing", "down", "unchecked", "off"}[p]
}

// State is a trunk as an operator asks for it.
type State struct {
	Name string
	// Kind is "registration", "address", "accounts held" or "accounts relayed".
	Kind string
	// State is "registered", "reachable", "trying", "failing", "down" or
	// "unchecked", and "off" for an account whose user is away.
	State string
	// Since is when it came to that.
	Since time.Time
	// Contact is the URI that calls come in for; empty without a registration.
	Contact string
	// Registrar is the transport and address that last answered REGISTER or, where
	// there is none, OPTIONS.
	Registrar string
	// RoundTrip is how long the last OPTIONS took, or else the last REGISTER; zero
	// where neither was answered.
	RoundTrip time.Duration
	// Error is why the last attempt came to nothing; empty after a good one.
	Error string
	// Next is when REGISTER or, without one, OPTIONS is sent again.
	Next time.Time
	// Expires is when the binding ends; zero while there is none.
	Expires time.Time
	// Associated are the identities that the registrar gave us (RFC 7315 §4.1).
	Associated []string
	// Calls are those at the moment; MaxCalls and MaxPerSecond their bounds, zero
	// for none.
	Calls, MaxCalls int
	MaxPerSecond    float64
	// Accounts are the extensions of a PBX.
	Accounts []AccountState
}

// AccountState is one extension of a PBX.
type AccountState struct {
	// User is our user, Account the name at the PBX.
	User, Account string
	// The rest is as in State.
	State             string
	Since             time.Time
	Contact           string
	Error             string
	Next, Expires     time.Time
	RoundTrip         time.Duration
	RegistrarAnswered string
}

// List returns how every trunk stands, in the order of their configuration.
func (ts *Trunks) List() []State {
	var out []State
	for _, t := range ts.All() {
		out = append(out, t.State())
	}
	return out
}

// State returns how the trunk stands.
func (t *Trunk) State() State {
	s := State{Name: t.cfg.Name, Kind: "address", Calls: t.Calls(), MaxCalls: t.cfg.MaxCalls, MaxPerSecond: t.cfg.MaxPerSecond}
	p := t.health.fill(&s)
	if t.own != nil {
		s.Kind = "registration"
		t.own.fill(&s, p)
	}
	if t.cfg.Accounts != nil {
		s.Kind = "accounts held"
		if t.relay.on {
			s.Kind = "accounts relayed"
			s.Accounts = t.relay.states()
		}
	}
	for _, r := range t.registrations() {
		if r.user != "" {
			s.Accounts = append(s.Accounts, r.extension())
		}
	}
	return s
}

// fill writes what OPTIONS has shown.
func (h *health) fill(s *State) phase {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.State, s.Since, s.Error, s.Next, s.RoundTrip, s.Registrar = h.phase.String(), h.since, h.why, h.next, h.trip, h.place
	return h.phase
}

// fill writes how the registration stands over that: a trunk that is down is so,
// whatever is registered there.
func (r *registration) fill(s *State, p phase) {
	st := r.state()
	s.Contact, s.Expires, s.Associated = st.contact, st.expires, st.associated
	if s.RoundTrip == 0 {
		s.RoundTrip = st.took
	}
	if p == down {
		return
	}
	s.State, s.Since = st.phase.String(), st.since
	s.Next = st.next
	if st.failure != "" {
		s.Error = st.failure
	}
	if st.registrar != "" {
		s.Registrar = st.registrar
	}
}

// extension is the registration of an extension.
func (r *registration) extension() AccountState {
	st := r.state()
	return AccountState{
		User: r.user, Account: r.account.User, State: st.phase.String(), Since: st.since, Contact: st.contact, Error: st.failure,
		Next: st.next, Expires: st.expires, RoundTrip: st.took, RegistrarAnswered: st.registrar,
	}
}
