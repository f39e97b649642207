package locate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// naptr and srv are what is used of such records.
type (
	naptr struct {
		order, preference           uint16
		flags, service, replacement string
	}
	srv struct {
		priority, weight, port uint16
		target                 string // "." where there is decidedly none
	}
)

// answer is what the DNS says to a question.
type answer struct {
	naptr []naptr
	srv   []srv
	addrs []netip.Addr
}

func (a answer) empty() bool { return len(a.naptr)+len(a.srv)+len(a.addrs) == 0 }

// nameOf checks a host and gives it as a question has it: in lower case, ending in a
// dot.
func nameOf(host string) (string, error) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "" || len(host) > 253 {
		return "", fmt.Errorf("%w: %.60q", ErrName, host)
	}
	labels := strings.Split(host, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return "", fmt.Errorf("%w: %.60q", ErrName, host)
		}
		for i := 0; i < len(l); i++ {
			if c := l[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return "", fmt.Errorf("%w: %.60q", ErrName, host)
			}
		}
	}
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return "", fmt.Errorf("%w: %q is an address that is none", ErrName, host)
	}
	return host + ".", nil
}

// askable checks a name of nameOf's: some mean no place in the DNS (RFC 6761 §6, RFC
// 6762 §3, RFC 7686 §2).
func askable(name string) error {
	for _, top := range []string{".local.", ".invalid.", ".onion."} {
		if strings.HasSuffix("."+name, top) {
			return fmt.Errorf("%w: %q", ErrName, name)
		}
	}
	return nil
}

// read takes what a message answers to a question, follows its aliases, and says how
// long it holds. Where the aliases lead out of the message, next is the name to ask
// for.
func read(q question, m *dns.Msg) (a answer, ttl time.Duration, next string) {
	seconds, name := uint32(86400), q.name
	for range maxAliases {
		found := false
		for _, rr := range m.Answer {
			h := rr.Header()
			if !strings.EqualFold(h.Name, name) || h.Class != dns.ClassINET {
				continue
			}
			if a.add(rr, q.kind) {
				found, seconds = true, min(seconds, h.Ttl)
			}
		}
		if found {
			return a, time.Duration(seconds) * time.Second, ""
		}
		alias, age := aliasOf(m, name)
		if alias == "" {
			break
		}
		name, seconds = alias, min(seconds, age)
	}
	if name != q.name {
		next = name
	}
	return a, time.Duration(seconds) * time.Second, next
}

// aliasOf returns where a CNAME of a name leads, "" where there is none.
func aliasOf(m *dns.Msg, name string) (string, uint32) {
	for _, rr := range m.Answer {
		if c, ok := rr.(*dns.CNAME); ok && strings.EqualFold(c.Hdr.Name, name) {
			if alias, err := nameOf(c.Target); err == nil && askable(alias) == nil {
				return alias, c.Hdr.Ttl
			}
		}
	}
	return "", 0
}

// add takes one record, if it is of the kind asked for and there is room.
func (a *answer) add(rr dns.RR, kind uint16) bool {
	if rr.Header().Rrtype != kind || max(len(a.naptr), len(a.srv), len(a.addrs)) >= maxRecords {
		return false
	}
	switch r := rr.(type) {
	case *dns.NAPTR:
		a.naptr = append(a.naptr, naptr{r.Order, r.Preference, r.Flags, r.Service, r.Replacement})
	case *dns.SRV:
		a.srv = append(a.srv, srv{r.Priority, r.Weight, r.Port, strings.ToLower(r.Target)})
	case *dns.A:
		a.addIP(r.A)
	case *dns.AAAA:
		a.addIP(r.AAAA)
	default:
		return false
	}
	return true
}

func (a *answer) addIP(ip []byte) {
	if addr, ok := netip.AddrFromSlice(ip); ok && sendable(addr.Unmap()) {
		a.addrs = append(a.addrs, addr.Unmap())
	}
}

// negative is how long "there is none" holds: RFC 2308 §5.
func negative(m *dns.Msg) time.Duration {
	for _, rr := range m.Ns {
		if soa, ok := rr.(*dns.SOA); ok {
			return time.Duration(min(soa.Minttl, soa.Hdr.Ttl)) * time.Second
		}
	}
	return 0
}

// weighted draws an order of SRV records: by priority, and within one by chance, each
// in proportion to its weight (RFC 2782, "Weight").
func weighted(records []srv, intn func(int) int) []srv {
	rest := slices.Clone(records)
	// Those of weight 0 come first, so that they have a small chance.
	slices.SortStableFunc(rest, func(a, b srv) int {
		if a.priority != b.priority {
			return int(a.priority) - int(b.priority)
		}
		return min(int(a.weight), 1) - min(int(b.weight), 1)
	})
	out := make([]srv, 0, len(rest))
	for len(rest) > 0 {
		n, sum := 0, 0
		for n < len(rest) && rest[n].priority == rest[0].priority {
			sum += int(rest[n].weight)
			n++
		}
		drawn, i := intn(sum+1), 0
		for running := int(rest[0].weight); running < drawn; running += int(rest[i].weight) {
			i++
		}
		out = append(out, rest[i])
		rest = slices.Delete(rest, i, i+1)
	}
	return out
}
