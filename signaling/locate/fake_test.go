package locate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"github.com/tandemgw/tandem/signaling/flow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a DNS in memory, in virtual time.
type world struct {
	t *testing.T
	l *Locator

	mu    sync.Mutex
	zone  map[question][]dns.RR
	down  bool
	slow  time.Duration
	asked map[string]int
	total int
}

// inBubble runs fn with a Locator that asks a DNS of these records.
func inBubble(t *testing.T, c Config, records string, fn func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, zone: make(map[question][]dns.RR), asked: make(map[string]int)}
		w.add(records)
		if c.Hosts == nil {
			c.Hosts = map[string][]netip.Addr{}
		}
		if c.Servers == nil {
			c.Servers = []netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:53")}
		}
		w.l = New(c)
		w.l.send = w.answer
		w.l.intn = func(n int) int { return n - 1 } // the heaviest end
		defer w.l.Close()
		fn(w)
	})
}

// add takes records in the form of a zone file, `ttl` left out meaning 300.
func (w *world) add(records string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for line := range strings.Lines(records) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		rr, err := dns.NewRR("$TTL 300\n" + line)
		if err != nil {
			w.t.Fatalf("%q: %v", line, err)
		}
		q := question{strings.ToLower(rr.Header().Name), rr.Header().Rrtype}
		w.zone[q] = append(w.zone[q], rr)
	}
}

func (w *world) set(down bool, slow time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down, w.slow = down, slow
}

// count is how often a question was asked.
func (w *world) count(name, kind string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked[name+" "+kind]
}

// answer plays the server; aliases are followed as a resolver does.
func (w *world) answer(ctx context.Context, _ string, m *dns.Msg) (*dns.Msg, error) {
	q := question{m.Question[0].Name, m.Question[0].Qtype}
	w.mu.Lock()
	w.asked[q.name+" "+dns.TypeToString[q.kind]]++
	w.total++
	slow, down := w.slow, w.down
	w.mu.Unlock()
	if down {
		<-ctx.Done()
		return nil, errors.New("timeout")
	}
	select {
	case <-time.After(slow):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r := new(dns.Msg).SetReply(m)
	name := q.name
	for range 3 {
		if found := w.zone[question{name, q.kind}]; found != nil {
			r.Answer = append(r.Answer, found...)
			return r, nil
		}
		alias := w.zone[question{name, dns.TypeCNAME}]
		if alias == nil {
			break
		}
		r.Answer = append(r.Answer, alias[0])
		name = strings.ToLower(alias[0].(*dns.CNAME).Target)
	}
	if len(r.Answer) == 0 {
		r.Rcode = dns.RcodeNameError
	}
	return r, nil
}

// find is Find in words.
func (w *world) find(q Query) string {
	w.t.Helper()
	targets, err := w.l.Find(w.t.Context(), q)
	if err != nil {
		return "error: " + err.Error()
	}
	return words(targets)
}

func words(targets []Target) string {
	var out []string
	for _, t := range targets {
		out = append(out, t.String())
	}
	return strings.Join(out, " ")
}

func (w *world) want(q Query, want string) {
	w.t.Helper()
	if got := w.find(q); got != want {
		w.t.Errorf("Find(%+v) = %s\nwant %s", q, got, want)
	}
}

func target(kind flow.Kind, addr string) Target {
	return Target{Kind: kind, Addr: netip.MustParseAddrPort(addr)}
}

func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\n", i/250, i%250)
	}
	return b.String()
}
