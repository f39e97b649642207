package admin

import (
	"context"
	"io"
	"net/url"
	"strconv"
	"time"
)

// TracesQuery chooses calls.
type TracesQuery struct {
	User     string // part of who calls or is called; empty for all
	Problems bool   // only calls with problems
	Limit    int    // at most so many
}

// TraceSummary is a call that there is a ladder of.
type TraceSummary struct {
	Call     string    `json:"call"`
	From     string    `json:"from,omitempty"` // empty for one that is on disk
	To       string    `json:"to,omitempty"`
	Start    time.Time `json:"start"`
	Answered time.Time `json:"answered,omitzero"`
	End      time.Time `json:"end,omitzero"` // zero while it goes on
	Cause    string    `json:"cause,omitempty"`
	Status   int       `json:"status,omitempty"`
	// Problems are "failed", "one-way", "short" and "bad".
	Problems []string `json:"problems,omitempty"`
	Messages int      `json:"messages,omitempty"`
	Octets   int      `json:"octets"`         // they change with whatever happens
	Kept     bool     `json:"kept,omitempty"` // it is on disk
}

// Traces returns the calls that there is a ladder of, the newest first.
func (c *Client) Traces(ctx context.Context, q TracesQuery) ([]TraceSummary, error) {
	var v struct{ Traces []TraceSummary }
	query := url.Values{"user": {q.User}, "problems": {strconv.FormatBool(q.Problems)}, "limit": {strconv.Itoa(q.Limit)}}
	err := c.get(ctx, "traces?"+query.Encode(), &v)
	return v.Traces, err
}

// TraceAsk says what of a call's trace is wanted.
type TraceAsk struct {
	Call, Format string // "json", "text", "mermaid" or "pcapng"
	Since        time.Time
	Secrets      bool // not masked
}

// Trace writes the ladder of a call to w, as it comes from the gateway.
func (c *Client) Trace(ctx context.Context, a TraceAsk, w io.Writer) error {
	query := url.Values{"format": {a.Format}, "mask": {strconv.FormatBool(!a.Secrets)}}
	if !a.Since.IsZero() {
		query.Set("since", a.Since.Format(time.RFC3339Nano))
	}
	return c.get(ctx, "calls/"+url.PathEscape(a.Call)+"/trace?"+query.Encode(), w)
}
