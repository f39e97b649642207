package trunk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/signaling/uac"
)

const (
	// patience is how long an OPTIONS is waited for.
	patience = 5 * time.Second
	// soon is when it is sent again after one that failed.
	soon = 5 * time.Second
	// again is how often one that is down is asked.
	again = 10 * time.Second
	// enough is how many in a row make a trunk down.
	enough = 2
)

// health asks a trunk whether it is there (RFC 3261 §11).
type health struct {
	trunk       *Trunk
	callID, tag string
	log         *slog.Logger
	probing     atomic.Bool // somebody has it asked now

	mu     sync.Mutex // guards what follows
	phase  phase
	since  time.Time
	why    string // the last failure; "" after an answer
	next   time.Time
	trip   time.Duration
	place  string
	missed int  // in a row
	met    bool // it has answered once
	cseq   uint32
}

func newHealth(t *Trunk) *health {
	h := &health{
		trunk: t, callID: sipmsg.CallID(), tag: sipmsg.Tag(), log: t.deps.Log.With("trunk", t.cfg.Name),
		phase: trying, since: time.Now(),
	}
	if t.cfg.Options < 0 {
		h.phase = unchecked
	}
	return h
}

// run asks until ctx ends.
func (h *health) run(ctx context.Context) {
	every := h.trunk.cfg.Options
	if every < 0 {
		return
	}
	for ctx.Err() == nil {
		got, err := h.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		wait := every - every/10 + time.Duration(rand.Int64N(int64(every)/5+1))
		if !h.heard(got, err, wait) {
			wait = min(wait, soon)
		}
		h.mu.Lock()
		if h.phase == down {
			wait = min(every, again)
		}
		h.next = time.Now().Add(wait)
		h.mu.Unlock()
		if !sleep(ctx, wait) {
			return
		}
	}
}

// Probe asks the trunk now whether it is there, whatever is otherwise asked of it and
// when, and says how it then stands. It takes up to 7.5 s. What it finds counts as what
// is asked in turn; of a trunk that is not asked it only says what it found. It errs
// where ctx ends before, or with ErrProbed while another is under way.
func (t *Trunk) Probe(ctx context.Context) (State, error) {
	h := t.health
	if !h.probing.CompareAndSwap(false, true) {
		return State{}, fmt.Errorf("trunk %s %w", t.cfg.Name, ErrProbed)
	}
	defer h.probing.Store(false)
	got, err := h.ask(ctx)
	if ctx.Err() != nil {
		return State{}, ctx.Err()
	}
	if t.cfg.Options >= 0 {
		h.heard(got, err, t.cfg.Options)
		return t.State(), nil
	}
	s := t.State()
	if s.Error = failure(got, err); s.Error != "" {
		s.State = failing.String()
		return s, nil
	}
	s.State, s.RoundTrip = reachable.String(), got.took
	if got.flow != nil {
		s.Registrar = place(got.flow)
	}
	return s, nil
}

// ask sends one OPTIONS.
func (h *health) ask(ctx context.Context) (answer, error) {
	t := h.trunk
	ctx, cancel := context.WithTimeout(ctx, patience+patience/2)
	defer cancel()
	return ask(ctx, t.deps.Send, uac.Request{
		Dest:    uac.Destination{URI: t.hop(), Identity: t.cfg.Security},
		Build:   h.request,
		Timeout: patience, Hurry: true,
	})
}

func (h *health) request(f *flow.Flow) *sip.Request {
	t := h.trunk
	h.mu.Lock()
	h.cseq++
	seq := h.cseq
	h.mu.Unlock()
	to := t.registrar()
	from := sip.Uri{Scheme: "sip", User: "tandem", Host: bracketed(t.deps.Domain), UriParams: sip.NewParams()}
	req := t.open(opening{method: sip.OPTIONS, uri: to, from: from, to: to, callID: h.callID, tag: h.tag, seq: seq})
	req.AppendHeader(&sip.ContactHeader{Address: t.contact(f, "tandem")})
	req.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	return req
}

// heard takes what became of an OPTIONS. Any answer says that the trunk is there,
// a refusal too; but not 503, which says that it will not do. Silence says that it
// is down only of a trunk that has answered before: there are carriers that answer
// no OPTIONS and take calls.
func (h *health) heard(got answer, err error, wait time.Duration) bool {
	why := failure(got, err)
	now := time.Now()
	h.mu.Lock()
	was := h.phase
	h.why = why
	if why == "" {
		h.missed, h.trip, h.met = 0, got.took, true
		h.phase = reachable
		if got.flow != nil {
			h.place = place(got.flow)
		}
	} else {
		h.missed++
		h.phase = failing
		if h.missed >= enough && (h.met || !errors.Is(err, txn.ErrTimeout)) {
			h.phase = down
		}
	}
	is := h.phase
	if was != is {
		h.since = now
	}
	h.mu.Unlock()
	h.tell(was, is, why)
	if why == "" {
		h.trunk.learn(got.flow, 10*wait)
	}
	return why == ""
}

// failure says why an OPTIONS came to nothing; empty where the trunk is there.
func failure(got answer, err error) string {
	switch {
	case err != nil:
		return "OPTIONS: " + err.Error()
	case got.res.StatusCode == 503:
		return fmt.Sprintf("OPTIONS: 503 %s", clip(got.res.Reason))
	}
	return ""
}

// place is where an answer came from.
func place(f *flow.Flow) string { return f.Kind().String() + " " + f.Remote().String() }

// tell logs a change, and has a trunk registered at once that was away: it may
// have forgotten us.
func (h *health) tell(was, is phase, why string) {
	switch {
	case was == is:
	case is == down:
		h.log.Warn("trunk is down", "reason", why)
	case is == reachable && was == down:
		h.log.Info("trunk is back")
		for _, r := range h.trunk.registrations() {
			r.again()
		}
	}
}

// down returns nil, or why the trunk is not there.
func (h *health) down() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.phase != down {
		return nil
	}
	return fmt.Errorf("%w: trunk %s has not answered since %s: %s", ErrDown, h.trunk.cfg.Name, h.since.UTC().Format(time.TimeOnly), h.why)
}
