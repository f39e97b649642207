package api

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tandemgw/tandem/store/sql"
)

const (
	// noteTime bounds how long a request waits for its line in the audit log: whoever ends the
	// last call of a gateway that drains is to be told so before it is gone.
	noteTime = 2 * time.Second
	// lineTime is how long the line itself may take: longer than SQLite waits for its lock,
	// which it does whatever a context says.
	lineTime = 10 * time.Second
	// maxNotes bounds the lines that are being written.
	maxNotes = 64
)

// noted is what somebody did.
type noted struct{ action, object, detail, outcome string }

// note writes a line of the audit log, and of the log: also where there is no store, or
// it is broken, something is left of what was done.
func (a *API) note(ctx context.Context, p Principal, n noted) {
	for _, s := range []*string{&n.action, &n.object, &n.detail, &n.outcome} {
		*s = plain(*s)
	}
	a.log.Info("done by the API", "who", p.Name, "role", p.Role.String(), "via", p.Via, "from", p.From, "what", n.action, "to", n.object, "outcome", n.outcome)
	if a.config.Store == nil {
		return
	}
	select {
	case a.noting <- struct{}{}:
	default:
		a.log.Error("the audit log could not be written", "reason", "too many lines wait")
		return
	}
	e := sql.Entry{
		At: time.Now().UTC(), Who: p.Name, Role: p.Role.String(), Address: p.From, Action: n.action, Object: n.object, Detail: n.detail, Outcome: n.outcome,
	}
	written := make(chan struct{})
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer func() { close(written); <-a.noting }()
		a.write(ctx, e)
	}()
	late := time.NewTimer(noteTime)
	defer late.Stop()
	select {
	case <-written:
	case <-late.C: // it is written all the same, if it can be: see Close
	}
}

// write writes a line of the audit log.
func (a *API) write(ctx context.Context, e sql.Entry) {
	ctx, cancel := context.WithTimeout(ctx, lineTime)
	defer cancel()
	if err := a.config.Store.Note(ctx, e); err != nil {
		a.log.Error("the audit log could not be written", "reason", err)
	}
}

// Close waits for the lines of the audit log that are still being written, after which there
// are no more: it is for the end, and called once.
func (a *API) Close() {
	for range maxNotes {
		a.noting <- struct{}{}
	}
}

// plain shortens a text from outside and takes out what would break a line.
func plain(s string) string {
	if len(s) > 256 {
		s = strings.ToValidUTF8(s[:256], "")
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return -1
		}
		return c
	}, s)
}

// audit notes each change that somebody asked for, whether or not it came about.
func (a *API) audit(ctx huma.Context, next func(huma.Context)) {
	op := ctx.Operation()
	quiet, _ := op.Metadata[metaQuiet].(bool)
	p := PrincipalOf(ctx.Context())
	if !changes(op.Method) || quiet || p.Role == Nobody { // nobody's tries would fill the log
		next(ctx)
		return
	}
	n := noted{action: op.OperationID, object: strings.TrimPrefix(ctx.URL().Path, prefix), outcome: "ok"}
	ends, _ := op.Metadata[metaEnds].(bool)
	if ends { // it is noted first: whoever asked is to be told before the gateway is gone
		first := n
		first.outcome = "asked for"
		a.note(ctx.Context(), p, first)
	}
	next(ctx)
	switch status := ctx.Status(); {
	case status >= 400:
		n.outcome = http.StatusText(status)
	case ends:
		return
	}
	a.note(ctx.Context(), p, n)
}

type (
	// Entry is something that somebody did, or tried to do.
	Entry struct {
		Seq     int64     `json:"seq"`
		At      time.Time `json:"at"`
		Who     string    `json:"who"`
		Role    string    `json:"role,omitempty"`
		Address string    `json:"address,omitempty" doc:"from where; none over the control socket"`
		Action  string    `json:"action" doc:"the operation"`
		Object  string    `json:"object,omitempty" doc:"what it was done to"`
		Detail  string    `json:"detail,omitempty"`
		Outcome string    `json:"outcome" doc:"ok, or why not; asked for, of what ends the gateway"`
	}
	// Entries are a page of the audit log.
	Entries struct {
		Entries []Entry `json:"entries"`
		Next    string  `json:"next,omitempty" doc:"what after= of the next page is"`
	}
)

func (a *API) auditRoutes() {
	s := a.config.Store
	if s == nil {
		return
	}
	add(a, route{method: http.MethodGet, path: "/audit", id: "list-audit", tag: "access", summary: "What was done, the newest first", role: Admin, errors: []int{400, 503}},
		func(ctx context.Context, in *struct {
			Who   string `query:"who" maxLength:"128"`
			Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
			After string `query:"after" maxLength:"64"`
		},
		) (*body[Entries], error) {
			all, next, err := s.Audit(ctx, in.Who, in.Limit, in.After)
			if err != nil {
				return nil, err
			}
			out := Entries{Entries: []Entry{}, Next: next}
			for _, e := range all {
				out.Entries = append(out.Entries, Entry(e))
			}
			return answer(out)
		})
}
