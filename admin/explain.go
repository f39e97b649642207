package admin

import (
	"context"
	"net/url"

	"github.com/tandemgw/tandem/bridge/verdict"
	"github.com/tandemgw/tandem/dialplan"
)

// RouteQuery is a call that nobody makes: what would become of it is asked.
type RouteQuery struct {
	From       string // "user:201" or "trunk:alpha"
	To         string // what is dialed
	At         string // when, in the words of dialplan.ParseTime; empty means now
	Caller     string // the caller's number; empty means that of From
	CallerName string
}

// values gives the query as it stands in a URL.
func (q RouteQuery) values() url.Values {
	return url.Values{"from": {q.From}, "to": {q.To}, "at": {q.At}, "caller": {q.Caller}, "caller_name": {q.CallerName}}
}

// Why is how a call came to be what it is, and what is wrong with it.
type Why struct {
	Verdict      *verdict.Verdict       `json:"verdict,omitempty"`
	Explanations []dialplan.Explanation `json:"explanations"`
}

// Route asks what would become of a call now.
func (c *Client) Route(ctx context.Context, q RouteQuery) (e dialplan.Explanation, err error) {
	err = c.get(ctx, "route?"+q.values().Encode(), &e)
	return e, err
}

// Why asks how a call came to be what it is, and what is wrong with it.
func (c *Client) Why(ctx context.Context, id string) (w Why, err error) {
	err = c.get(ctx, "calls/"+url.PathEscape(id)+"/why", &w)
	return w, err
}

// Call returns one call in detail, also one that is over; "last" is the last one.
func (c *Client) Call(ctx context.Context, id string) (d CallDetail, err error) {
	err = c.get(ctx, "calls/"+url.PathEscape(id), &d)
	return d, err
}

// Doctor has the running gateway look at itself and its machine.
func (c *Client) Doctor(ctx context.Context, online bool) (r Checkup, err error) {
	path := "doctor"
	if online {
		path += "?online=true"
	}
	err = c.get(ctx, path, &r)
	return r, err
}
