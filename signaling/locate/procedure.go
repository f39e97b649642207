package locate

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/miekg/dns"

	"github.com/tandemgw/tandem/signaling/flow"
)

// lookup answers one question.
type lookup func(question) (answer, error)

// procedure is one run of RFC 3263 §4.
//
//	the URI has          transport (§4.1)         address and port (§4.2)
//	an address           its own, or UDP; TLS     as written, or 5060; 5061
//	a port               its own, or UDP; TLS     A and AAAA, the port
//	a transport          that                     SRV of it, else A and AAAA, the default port
//	neither              NAPTR, else those        SRV, else A and AAAA with UDP; TLS
//	                     that have SRV
type procedure struct {
	l        *Locator
	query    Query
	look     lookup
	together bool
}

// run returns the targets in the order in which they are to be tried.
func (p procedure) run() ([]Target, error) {
	kind, err := p.kind()
	if err != nil {
		return nil, err
	}
	if addr, err := netip.ParseAddr(p.query.Host); err == nil {
		return p.at([]netip.Addr{addr.Unmap()}, p.plain(kind), p.query.Port), nil
	}
	host, err := nameOf(p.query.Host)
	if err != nil {
		return nil, err
	}
	if addrs, listed := p.l.system.lookup(host); listed {
		return p.at(p.sorted(addrs), p.plain(kind), p.query.Port), nil
	}
	if err := askable(host); err != nil {
		return nil, err
	}
	switch {
	case p.query.Port != 0:
		return p.byAddress(host, p.plain(kind), p.query.Port)
	case kind != 0:
		targets, err := p.bySRV(serviceOf(kind)+host, kind)
		if !errors.Is(err, errNone) {
			return targets, err
		}
		return p.byAddress(host, kind, 0)
	}
	return p.byDomain(host)
}

// kind is the transport that the URI asks for; zero where it leaves that to the DNS.
func (p procedure) kind() (flow.Kind, error) {
	var kind flow.Kind
	switch strings.ToLower(p.query.Transport) {
	case "":
		return 0, nil
	case "udp":
		kind = flow.UDP
	case "tcp":
		kind = flow.TCP
	case "tls":
		kind = flow.TLS
	default:
		return 0, ErrTransport
	}
	if p.query.Secure && kind == flow.TCP { // sips: and transport=tcp mean TLS (RFC 3261 §26.2.2)
		kind = flow.TLS
	}
	if !p.uses(kind) {
		return 0, ErrTransport
	}
	return kind, nil
}

// uses says whether we send over a transport, and may for this query.
func (p procedure) uses(k flow.Kind) bool {
	return slices.Contains(p.l.cfg.Kinds, k) && (k.Secure() || !p.query.Secure)
}

// plain is the transport where neither the URI nor the DNS names one.
func (p procedure) plain(kind flow.Kind) flow.Kind {
	switch {
	case kind != 0:
		return kind
	case p.query.Secure:
		return flow.TLS
	}
	return flow.UDP
}

// byDomain asks the DNS for the transport too. That no server answers for NAPTR, which
// some routers swallow, means that there is none.
func (p procedure) byDomain(host string) ([]Target, error) {
	p.hurry(host)
	a, err := p.look(question{host, dns.TypeNAPTR})
	if err != nil && !errors.Is(err, ErrNoAnswer) && !errors.Is(err, errNone) {
		return nil, err
	}
	for _, n := range p.services(a.naptr) {
		targets, err := p.bySRV(n.name, n.kind)
		if err == nil || errors.Is(err, errUnknown) {
			return targets, err
		}
	}
	for _, kind := range p.l.cfg.Kinds {
		if !p.uses(kind) {
			continue
		}
		targets, err := p.bySRV(serviceOf(kind)+host, kind)
		if !errors.Is(err, errNone) {
			return targets, err
		}
	}
	return p.byAddress(host, p.plain(0), 0)
}

// hurry begins to ask at once for all that may be needed, rather than for one thing
// after the other.
func (p procedure) hurry(host string) {
	if !p.together {
		return
	}
	names := []question{{host, dns.TypeNAPTR}, {host, dns.TypeA}, {host, dns.TypeAAAA}}
	for _, kind := range p.l.cfg.Kinds {
		if p.uses(kind) {
			names = append(names, question{serviceOf(kind) + host, dns.TypeSRV})
		}
	}
	for _, q := range names {
		if _, err := p.l.remembered(q); errors.Is(err, errUnknown) {
			_, _ = p.l.fly(q) // what came of it is seen when it is needed
		}
	}
}

// service is a NAPTR record that can be used.
type service struct {
	kind flow.Kind
	name string // of its SRV records
}

// services are the NAPTR records that lead to SRV records of a transport of ours, in
// their order (RFC 3263 §4.1, RFC 3403 §4.1).
func (p procedure) services(records []naptr) []service {
	slices.SortStableFunc(records, func(a, b naptr) int {
		if a.order != b.order {
			return int(a.order) - int(b.order)
		}
		return int(a.preference) - int(b.preference)
	})
	var out []service
	for _, r := range records {
		var kind flow.Kind
		switch strings.ToUpper(r.service) {
		case "SIP+D2U":
			kind = flow.UDP
		case "SIP+D2T":
			kind = flow.TCP
		case "SIPS+D2T":
			kind = flow.TLS
		}
		if name, err := nameOf(r.replacement); err == nil && askable(name) == nil && p.uses(kind) && strings.EqualFold(r.flags, "s") {
			out = append(out, service{kind, name})
		}
	}
	return out
}

// serviceOf is what an SRV name begins with.
func serviceOf(k flow.Kind) string {
	switch k {
	case flow.TCP:
		return "_sip._tcp."
	case flow.TLS:
		return "_sips._tcp."
	}
	return "_sip._udp."
}

// bySRV follows the SRV records of a name; errNone where it has none.
func (p procedure) bySRV(name string, kind flow.Kind) ([]Target, error) {
	a, err := p.look(question{name, dns.TypeSRV})
	if err != nil {
		return nil, err
	}
	records := weighted(a.srv, p.l.intn)
	if len(records) == 1 && records[0].target == "." {
		return nil, ErrNotFound // RFC 2782: decidedly not available here
	}
	found := make([][]netip.Addr, len(records))
	errs := make([]error, len(records))
	p.each(len(records), func(i int) { found[i], errs[i] = p.addresses(records[i].target) })
	var targets []Target
	for i, r := range records {
		if errors.Is(errs[i], errUnknown) {
			return nil, errUnknown
		}
		targets = append(targets, p.at(found[i], kind, r.port)...)
	}
	if len(targets) == 0 {
		return nil, errors.Join(append(errs, ErrNotFound)...)
	}
	return targets, nil
}

// byAddress follows the A and AAAA records of a host; a port of 0 is the default.
func (p procedure) byAddress(host string, kind flow.Kind, port uint16) ([]Target, error) {
	var err error
	for _, name := range p.l.system.candidates(host) {
		addrs, e := p.addresses(name)
		if e == nil {
			return p.at(addrs, kind, port), nil
		}
		if err = e; !errors.Is(e, errNone) {
			break
		}
	}
	if errors.Is(err, errNone) {
		err = ErrNotFound
	}
	return nil, err
}

// addresses finds the addresses of a name, in the order in which they are tried.
func (p procedure) addresses(name string) ([]netip.Addr, error) {
	name, err := nameOf(name)
	if err != nil {
		return nil, err
	}
	if addrs, listed := p.l.system.lookup(name); listed {
		return p.sorted(addrs), nil
	}
	if err := askable(name); err != nil {
		return nil, err
	}
	types := [2]uint16{dns.TypeA, dns.TypeAAAA}
	var found [2]answer
	var errs [2]error
	p.each(2, func(i int) { found[i], errs[i] = p.look(question{name, types[i]}) })
	addrs := p.sorted(slices.Concat(found[0].addrs, found[1].addrs))
	switch {
	case errors.Is(errs[0], errUnknown) || errors.Is(errs[1], errUnknown):
		return nil, errUnknown
	case len(addrs) > 0:
		return addrs, nil
	case errors.Is(errs[0], errNone):
		return nil, errs[1]
	}
	return nil, errs[0]
}

// each calls f for 0 to n-1, on goroutines of their own where that is of use.
func (p procedure) each(n int, f func(i int)) {
	if !p.together {
		for i := range n {
			f(i)
		}
		return
	}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// sorted puts the addresses to which there is a way, and the family preferred, before
// the others.
func (p procedure) sorted(addrs []netip.Addr) []netip.Addr {
	out := slices.Clone(addrs)
	rank := func(a netip.Addr) int {
		r := 0
		if p.l.cfg.Usable != nil && !p.l.cfg.Usable(a) {
			r = 2
		}
		if a.Is4() == p.l.cfg.PreferIPv6 {
			r++
		}
		return r
	}
	slices.SortStableFunc(out, func(a, b netip.Addr) int { return rank(a) - rank(b) })
	return out
}

// at makes targets of addresses.
func (p procedure) at(addrs []netip.Addr, kind flow.Kind, port uint16) []Target {
	if port == 0 {
		port = 5060 // RFC 3261 §19.1.2
		if kind == flow.TLS {
			port = 5061
		}
	}
	var out []Target
	for _, a := range addrs {
		if p.uses(kind) && sendable(a) {
			out = append(out, Target{Kind: kind, Addr: netip.AddrPortFrom(a, port), Name: strings.TrimSuffix(strings.ToLower(p.query.Host), ".")})
		}
	}
	return out
}

// sendable says whether an address is one of a machine.
func sendable(a netip.Addr) bool { return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() }
