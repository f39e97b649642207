package admin

import (
	"context"
	"io"
	"net/http"
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

// Capture is what is kept of the sound of a call in the clear.
type Capture struct {
	Call string `json:"call"`
	On   bool   `json:"on"`
	// Octets is how much memory it takes, of all legs.
	Octets int `json:"octets"`
	// Until is when it is let go of; zero while the call goes on.
	Until time.Time `json:"until,omitzero"`
}

// Capture begins ("on") or ends ("off") keeping the sound of a call in the clear, or says
// how it is ("").
func (c *Client) Capture(ctx context.Context, call, state string) (v Capture, err error) {
	path := "calls/" + url.PathEscape(call) + "/capture"
	if state == "" {
		err = c.get(ctx, path, &v)
		return v, err
	}
	err = c.do(ctx, http.MethodPut, path+"/"+url.PathEscape(state), &v)
	return v, err
}

// DropCapture lets go of what was kept.
func (c *Client) DropCapture(ctx context.Context, call string) error {
	return c.do(ctx, http.MethodDelete, "calls/"+url.PathEscape(call)+"/capture", nil)
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
