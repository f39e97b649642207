package locate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/miekg/dns"
)

const (
	failureFor = 5 * time.Second         // how long a failure is remembered
	staleFor   = 24 * time.Hour          // how long an answer may be used after its time (RFC 8767 §5)
	staleAgain = 30 * time.Second        // when a server is asked again while it fails
	staleWait  = 1800 * time.Millisecond // how long a caller waits for a new answer where there is an old one
	flightTime = 12 * time.Second        // one question, aliases and servers included
	naptrTime  = 4 * time.Second         // one for NAPTR, which can be done without
	naptrAgain = time.Minute             // how long its failure is remembered
	bufferSize = 1232                    // EDNS: what passes without fragments
)

var (
	errUnknown = errors.New("not in memory")
	errNone    = errors.New("no such records")
)

// question is a name, in lower case and ending in a dot, and a record type.
type question struct {
	name string
	kind uint16
}

// entry is an answer that is kept; immutable.
type entry struct {
	answer  answer
	err     error     // errNone, or one that wraps ErrNoAnswer
	expires time.Time // asked again from then on
	stale   time.Time // of no use any more; zero for errors
}

// flight is a question under way.
type flight struct {
	done  chan struct{}
	entry *entry // once done is closed
}

// remembered answers from memory.
func (l *Locator) remembered(q question) (answer, error) {
	e, ok := l.cache.Get(q)
	if !ok || !time.Now().Before(e.expires) {
		return answer{}, errUnknown
	}
	return e.answer, e.err
}

// ask answers from memory or by asking. One question is asked once, however many
// wait for it.
func (l *Locator) ask(ctx context.Context, q question) (answer, error) {
	now := time.Now()
	old, _ := l.cache.Get(q)
	if old != nil && now.Before(old.expires) {
		return old.answer, old.err
	}
	useful := old != nil && now.Before(old.stale)
	f, err := l.fly(q)
	if err != nil {
		if useful {
			return old.answer, nil
		}
		return answer{}, err
	}
	var patience <-chan time.Time
	if useful {
		t := time.NewTimer(staleWait)
		defer t.Stop()
		patience = t.C
	}
	select {
	case <-f.done:
		return f.entry.answer, f.entry.err
	case <-patience:
		return old.answer, nil
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}

// fly begins to ask, or joins whoever has begun.
func (l *Locator) fly(q question) (*flight, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.flights[q]; f != nil {
		return f, nil
	}
	if l.closed || len(l.flights) >= maxFlights {
		return nil, fmt.Errorf("%w: too many questions", ErrNoAnswer)
	}
	f := &flight{done: make(chan struct{})}
	l.flights[q] = f
	l.wg.Go(func() {
		within := flightTime
		if q.kind == dns.TypeNAPTR {
			within = naptrTime
		}
		ctx, cancel := context.WithTimeout(l.ctx, within)
		defer cancel()
		f.entry = l.keep(q, l.resolve(ctx, q))
		l.mu.Lock()
		delete(l.flights, q)
		l.mu.Unlock()
		close(f.done)
	})
	return f, nil
}

// keep puts an answer into memory. A failure does not push out what was known before.
func (l *Locator) keep(q question, e *entry) *entry {
	now := time.Now()
	if old, ok := l.cache.Peek(q); ok && errors.Is(e.err, ErrNoAnswer) && now.Before(old.stale) {
		l.cfg.Log.Warn("the DNS does not answer; what it said before stays", "name", q.name, "type", dns.TypeToString[q.kind], "reason", e.err)
		e = &entry{answer: old.answer, expires: now.Add(staleAgain), stale: old.stale}
	}
	l.cache.Add(q, e)
	return e
}

// resolve asks, and follows aliases that lead out of the answers.
func (l *Locator) resolve(ctx context.Context, q question) *entry {
	asked, ttl := q, l.cfg.MaxTTL
	for range maxAliases {
		m, err := l.query(ctx, asked)
		now := time.Now()
		if err != nil {
			again := failureFor
			if q.kind == dns.TypeNAPTR {
				again = naptrAgain
			}
			return &entry{err: err, expires: now.Add(again)}
		}
		a, age, next := read(asked, m)
		ttl = min(ttl, age)
		switch {
		case !a.empty():
			ttl = max(ttl, l.cfg.MinTTL)
			return &entry{answer: a, expires: now.Add(ttl), stale: now.Add(ttl + staleFor)}
		case next == "" || m.Rcode == dns.RcodeNameError:
			return &entry{err: errNone, expires: now.Add(min(max(negative(m), l.cfg.MinTTL), l.cfg.Negative))}
		}
		asked.name = next
	}
	return &entry{err: errNone, expires: time.Now().Add(l.cfg.Negative)}
}

// query asks the servers, one after the other and over again, until one answers.
func (l *Locator) query(ctx context.Context, q question) (*dns.Msg, error) {
	servers, timeout, attempts := l.system.resolver()
	if l.cfg.Timeout > 0 {
		timeout = l.cfg.Timeout
	}
	if l.cfg.Attempts > 0 {
		attempts = l.cfg.Attempts
	}
	timeout, attempts = min(timeout, 5*time.Second), min(attempts, 3)
	why := errors.New("there is no server")
	for range attempts {
		for _, server := range servers {
			m, err := l.exchange(ctx, server, q, timeout)
			if err == nil {
				return m, nil
			}
			why = fmt.Errorf("server %s: %w", server, err)
			if ctx.Err() != nil {
				return nil, fmt.Errorf("%w: %w", ErrNoAnswer, why)
			}
		}
	}
	return nil, fmt.Errorf("%w: %w", ErrNoAnswer, why)
}

// exchange asks one server, and judges what it says.
func (l *Locator) exchange(ctx context.Context, server string, q question, timeout time.Duration) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	m := new(dns.Msg)
	m.SetQuestion(q.name, q.kind) // with a random identifier, from a random port
	m.SetEdns0(bufferSize, false)
	r, err := l.send(ctx, server, m)
	switch {
	case err != nil:
		return nil, err
	case r == nil || r.Id != m.Id || !r.Response || len(r.Question) != 1 || r.Question[0].Qtype != q.kind || !strings.EqualFold(r.Question[0].Name, q.name):
		return nil, errors.New("it answers another question")
	case r.Rcode == dns.RcodeSuccess, r.Rcode == dns.RcodeNameError:
		return r, nil
	case r.Rcode == dns.RcodeNotImplemented, r.Rcode == dns.RcodeFormatError && q.kind == dns.TypeNAPTR:
		r.Answer = nil // an old one that knows no NAPTR: then there are none
		return r, nil
	}
	return nil, errors.New("it says " + dns.RcodeToString[r.Rcode])
}

// exchange sends a question by UDP, and by TCP where the answer was cut short.
func exchange(ctx context.Context, server string, m *dns.Msg) (*dns.Msg, error) {
	udp := dns.Client{Net: "udp", UDPSize: bufferSize}
	r, _, err := udp.ExchangeContext(ctx, m, server)
	if err != nil || !r.Truncated {
		return r, err
	}
	tcp := dns.Client{Net: "tcp"}
	r, _, err = tcp.ExchangeContext(ctx, m, server)
	return r, err
}
