package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/tandemgw/tandem/cmd/tandem/gateway"
)

// newLog writes for people on a terminal and JSON for programs elsewhere.
func newLog(env environment, verbose bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	if isTerminal(env.err) {
		return slog.New(&peopleHandler{level: level, out: &lockedWriter{w: env.err}})
	}
	return slog.New(slog.NewJSONHandler(env.err, &slog.HandlerOptions{Level: level, ReplaceAttr: inWords}))
}

// inWords writes durations as people read them; JSON would have nanoseconds.
func inWords(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(shortDuration(a.Value.Duration()))
	}
	return a
}

// shortDuration has three figures or so: "3.1s", "250ms", "2m5s".
func shortDuration(d time.Duration) string {
	switch {
	case d.Abs() >= time.Minute:
		return d.Round(time.Second).String()
	case d.Abs() >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d.Abs() >= 10*time.Millisecond:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}

// peopleHandler writes a line for each record, and SIP messages as they are:
//
//	10:15:03.123  answered   call=k3v9x2mqa7 party="Ann <1001>"
//	10:15:04.001  WARN  no ACK for our 200   call=k3v9x2mqa7
type peopleHandler struct {
	level  slog.Level
	prefix string // groups, each with a dot
	attrs  string // written already, each with a space before it
	out    *lockedWriter
}

// lockedWriter keeps lines whole.
type lockedWriter struct {
	mu sync.Mutex // guards w
	w  io.Writer
}

// Enabled implements slog.Handler.
func (h *peopleHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

// Handle implements slog.Handler.
func (h *peopleHandler) Handle(_ context.Context, r slog.Record) error {
	var b bytes.Buffer
	b.WriteString(r.Time.Format("15:04:05.000") + "  ")
	if r.Level >= slog.LevelWarn {
		b.WriteString(r.Level.String() + "  ")
	}
	b.WriteString(r.Message)
	for range 9 - len(r.Message) {
		b.WriteByte(' ')
	}
	b.WriteString(" " + h.attrs)
	message := ""
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == gateway.MessageKey {
			message = a.Value.String()
			return true
		}
		b.WriteString(attrText(h.prefix, a))
		return true
	})
	b.WriteByte('\n')
	for line := range strings.Lines(message) {
		b.WriteString("    " + strings.Map(shown, strings.TrimRight(line, "\n")) + "\n")
	}
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	_, err := h.out.w.Write(b.Bytes())
	return err
}

// WithAttrs implements slog.Handler.
func (h *peopleHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	for _, a := range attrs {
		next.attrs += attrText(h.prefix, a)
	}
	return &next
}

// WithGroup implements slog.Handler.
func (h *peopleHandler) WithGroup(name string) slog.Handler {
	next := *h
	if name != "" {
		next.prefix += name + "."
	}
	return &next
}

// attrText is ` key=value`; nothing for an empty value, which tells people nothing.
func attrText(prefix string, a slog.Attr) string {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		var b strings.Builder
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, in := range v.Group() {
			b.WriteString(attrText(prefix, in))
		}
		return b.String()
	}
	text := ""
	switch v.Kind() {
	case slog.KindDuration:
		text = shortDuration(v.Duration())
	case slog.KindTime:
		text = v.Time().Format("2006-01-02 15:04:05")
	default:
		text = v.String()
	}
	if text == "" || a.Key == "" {
		return ""
	}
	if strings.ContainsFunc(text, needsQuotes) {
		text = strconv.Quote(text)
	}
	return " " + prefix + a.Key + "=" + text
}

func needsQuotes(r rune) bool { return r <= ' ' || r == '"' || r == '=' || !unicode.IsPrint(r) }

// shown keeps what a far end wrote from steering the terminal.
func shown(r rune) rune {
	if r == '\t' || unicode.IsPrint(r) {
		return r
	}
	return '.'
}
