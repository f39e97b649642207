package journal

import (
	"container/list"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem"
)

// Bounds of what is kept.
const (
	maxLines  = 200     // of one call: the newest
	maxOctets = 8 << 20 // of all calls
	maxCalls  = 20_000
	maxText   = 512 // octets of a message or a value
	maxAttrs  = 16  // of a line
	perLine   = 80  // octets that a line takes beside its text, at most
	perCall   = 400 // and a call
)

// Line is a line of the log.
type Line struct {
	At    time.Time
	Level slog.Level
	Text  string
	Attrs map[string]string // but for the call; nil for none
}

// kept is a Line as it is kept, which thousands are: one string.
type kept struct {
	at    int64 // ns since 1970
	level slog.Level
	// words are the text, then each attribute's key and value, with a separator between.
	words string
}

// separator stands in no text: control characters are left out.
const separator = "\x00"

func (k kept) size() int { return perLine + len(k.words) }

func (k kept) line() Line {
	words := strings.Split(k.words, separator)
	l := Line{At: time.Unix(0, k.at), Level: k.level, Text: words[0]}
	if len(words) > 2 {
		l.Attrs = make(map[string]string, len(words)/2)
	}
	for i := 2; i < len(words); i += 2 {
		l.Attrs[words[i-1]] = words[i]
	}
	return l
}

// Journal keeps the lines of calls.
type Journal struct {
	mu     sync.Mutex // a leaf: guards what follows
	calls  map[tandem.CallID]*list.Element
	order  list.List // of *entry: the call that was spoken of last is the last
	octets int
}

// entry is what is kept of a call.
type entry struct {
	call   tandem.CallID
	lines  []kept
	octets int
}

// New returns an empty Journal.
func New() *Journal { return &Journal{calls: make(map[tandem.CallID]*list.Element)} }

// Lines are what is kept of a call, the oldest first; false where nothing is.
func (j *Journal) Lines(call tandem.CallID) ([]Line, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at, ok := j.calls[call]
	if !ok {
		return nil, false
	}
	e := at.Value.(*entry)
	lines := make([]Line, len(e.lines))
	for i, k := range e.lines {
		lines[i] = k.line()
	}
	return lines, true
}

// add enters a line.
func (j *Journal) add(call tandem.CallID, l kept) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at := j.calls[call]
	if at == nil {
		call = tandem.CallID(strings.Clone(string(call))) // what it was cut from goes
		at = j.order.PushBack(&entry{call: call, octets: perCall})
		j.calls[call] = at
		j.octets += perCall
	}
	j.order.MoveToBack(at)
	e := at.Value.(*entry)
	e.lines = append(e.lines, l)
	e.octets += l.size()
	j.octets += l.size()
	if len(e.lines) > maxLines {
		e.octets -= e.lines[0].size()
		j.octets -= e.lines[0].size()
		e.lines = slices.Delete(e.lines, 0, 1)
	}
	for j.octets > maxOctets || len(j.calls) > maxCalls {
		oldest := j.order.Remove(j.order.Front()).(*entry)
		delete(j.calls, oldest.call)
		j.octets -= oldest.octets
	}
}

// Handler keeps what goes through it of calls, and hands everything to next.
func (j *Journal) Handler(next slog.Handler) slog.Handler { return &handler{journal: j, next: next} }

// handler is a slog.Handler. It is never changed.
type handler struct {
	journal *Journal
	next    slog.Handler
	group   string // with a dot behind it; empty for none
	call    tandem.CallID
	attrs   []attr
}

type attr struct{ key, value string }

// Enabled implements slog.Handler.
func (h *handler) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	n := *h
	n.next = h.next.WithGroup(name)
	if name != "" {
		n.group += name + "."
	}
	return &n
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	n := *h
	n.next = h.next.WithAttrs(attrs)
	n.attrs = append([]attr(nil), h.attrs...)
	for _, a := range attrs {
		n.take(h.group, a)
	}
	return &n
}

// Handle implements slog.Handler.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	h.keep(&r)
	return h.next.Handle(ctx, r)
}

// keep enters a line that is of a call.
func (h *handler) keep(r *slog.Record) {
	n := handler{call: h.call, attrs: h.attrs}
	call := n.call
	if call == "" {
		r.Attrs(func(a slog.Attr) bool {
			call = callOf(h.group, a)
			return call == ""
		})
		if call == "" {
			return
		}
	}
	n.attrs = append([]attr(nil), h.attrs...)
	r.Attrs(func(a slog.Attr) bool {
		n.take(h.group, a)
		return true
	})
	var words strings.Builder
	text := short(r.Message)
	size := len(text)
	for _, a := range n.attrs {
		size += len(a.key) + len(a.value) + 2
	}
	words.Grow(size)
	words.WriteString(text)
	for _, a := range n.attrs {
		words.WriteString(separator + a.key + separator + a.value)
	}
	h.journal.add(call, kept{r.Time.UnixNano(), r.Level, words.String()})
}

// take adds what an attribute says; the call is a thing of its own.
func (h *handler) take(group string, a slog.Attr) {
	if call := callOf(group, a); call != "" {
		if h.call == "" || a.Key == "call" {
			h.call = call
		}
		if a.Key == "call" {
			return
		}
	}
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, in := range v.Group() {
			h.take(group, in)
		}
		return
	}
	value := textOf(a.Key, v)
	if value == "" || a.Key == "" || len(h.attrs) >= maxAttrs {
		return
	}
	h.attrs = append(h.attrs, attr{group + a.Key, value})
}

// callOf is the call that an attribute names; empty for none. The name of a leg is that
// of its call with a letter behind it.
func callOf(group string, a slog.Attr) tandem.CallID {
	if group != "" || a.Value.Kind() != slog.KindString {
		return ""
	}
	switch a.Key {
	case "call":
		return tandem.CallID(a.Value.String())
	case "leg":
		if call, _, ok := strings.Cut(a.Value.String(), "-"); ok {
			return tandem.CallID(call)
		}
	}
	return ""
}
