package admin

import (
	"context"
	"net/url"

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

// Route asks what would become of a call now.
func (c *Client) Route(ctx context.Context, q RouteQuery) (e dialplan.Explanation, err error) {
	err = c.get(ctx, "route?"+q.values().Encode(), &e)
	return e, err
}

// Why asks how a call came to be what it is.
func (c *Client) Why(ctx context.Context, id string) ([]dialplan.Explanation, error) {
	var v struct{ Explanations []dialplan.Explanation }
	err := c.get(ctx, "calls/"+url.PathEscape(id)+"/why", &v)
	return v.Explanations, err
}
