package admin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

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

func (c Control) route(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	e, err := c.Route(RouteQuery{
		From: v.Get("from"), To: v.Get("to"), At: v.Get("at"), Caller: v.Get("caller"), CallerName: v.Get("caller_name"),
	})
	switch {
	case err == nil:
		writeView(w, e)
	case errors.Is(err, ErrNotFound):
		writeNotFound(w, strings.TrimPrefix(err.Error(), ErrNotFound.Error()+": "))
	default:
		writeJSON(w, http.StatusConflict, controlError{"conflict", strings.TrimPrefix(err.Error(), ErrConflict.Error()+": ")})
	}
}

func (c Control) why(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	all, ok := c.Why(id)
	if !ok {
		writeNotFound(w, "nothing is known of a call "+id)
		return
	}
	writeView(w, map[string]any{"explanations": all})
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
