package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/bridge/verdict"
	"github.com/tandemgw/tandem/dialplan"
)

type (
	// Calls are calls that go on.
	Calls struct {
		Calls []admin.Call `json:"calls"`
		Total int          `json:"total"`          // that fit the question, also on other pages
		Next  string       `json:"next,omitempty"` // what after= of the next page is
	}
	// Routing is how a call came to be what it is.
	Routing struct {
		Explanations []dialplan.Explanation `json:"explanations"`
	}
	// Why is how a call came to be what it is, and how its media goes.
	Why struct {
		Routing
		Verdict *verdict.Verdict `json:"verdict,omitempty" doc:"hop by hop, the first that is broken, and the cure"`
	}
	// LogLines are lines of the log.
	LogLines struct {
		Lines []LogLine `json:"lines"`
	}
)

func (a *API) callRoutes() {
	c := a.config.Control
	add(a, route{method: http.MethodGet, path: "/calls", id: "list-calls", tag: "calls", summary: "The calls that go on, the oldest first", role: Viewer}, a.listCalls)
	add(a, route{method: http.MethodGet, path: "/calls/{id}", id: "get-call", tag: "calls", summary: "One call", role: Viewer, errors: []int{404}}, a.getCall)
	add(a, route{method: http.MethodDelete, path: "/calls/{id}", id: "hang-up", tag: "calls", summary: "End a call", role: Operator, errors: []int{404}},
		func(ctx context.Context, in *ByID) (*nothing, error) {
			if c.Hangup(in.ID) {
				return nil, nil
			}
			if j := a.config.Sources.Judge; j != nil {
				if _, was := j.Detail(ctx, in.ID); was {
					return nil, notFound("call %s is over already", in.ID)
				}
			}
			return nil, notFound("there is no call %s", in.ID)
		})
	add(a, route{method: http.MethodPut, path: "/calls/{id}/recording/{state}", id: "record-call", tag: "calls", summary: "Begin, pause or end the recording of a call", role: Operator, errors: []int{404, 409}},
		func(_ context.Context, in *struct {
			ByID
			State string `path:"state" maxLength:"16" doc:"on, pause or off"`
		},
		) (*nothing, error) {
			if !slices.Contains([]string{"on", "pause", "off"}, in.State) {
				return nil, notFound("a recording is on, off or pause, not %s", in.State)
			}
			return nil, ofCall(c.Record(in.ID, in.State), in.ID)
		})
	add(a, route{method: http.MethodGet, path: "/calls/{id}/routing", id: "get-routing", tag: "calls", summary: "What the dialplan has decided for a call, and why", role: Viewer, errors: []int{404}},
		func(_ context.Context, in *ByID) (*body[Routing], error) {
			all, ok := c.Why(in.ID)
			if !ok {
				return nil, notFound("nothing is known of a call %s", in.ID)
			}
			return answer(Routing{notNil(all)})
		})
	add(a, route{method: http.MethodGet, path: "/calls/{id}/why", id: "get-why", tag: "calls", summary: "Why a call is what it is", role: Viewer, errors: []int{404}}, a.why)
	if logs := a.config.Sources.Logs; logs != nil {
		add(a, route{method: http.MethodGet, path: "/calls/{id}/logs", id: "get-logs", tag: "calls", summary: "What the log says of a call, the oldest line first", role: Viewer, errors: []int{404}, more: "The newest lines, also of calls that are over, as long as they are in memory. Secrets are left out."},
			func(_ context.Context, in *ByID) (*body[LogLines], error) {
				lines, ok := logs(in.ID)
				if !ok {
					return nil, notFound("the log has nothing of a call %s any more", in.ID)
				}
				return answer(LogLines{notNil(lines)})
			})
	}
	a.operatorRoutes()
}

// callsQuery narrows a list of calls.
type callsQuery struct {
	State string `query:"state" maxLength:"16" doc:"routing, ringing, talking, held or away"`
	Q     string `query:"q" maxLength:"128" doc:"text that is in from, to, with or the ID"`
	Chip  string `query:"chip" maxLength:"32" doc:"a problem that it has, such as one-way; any for all that have one"`
	Media bool   `query:"media" default:"true" doc:"with the legs and how their media goes"`
	Limit int    `query:"limit" minimum:"0" maximum:"1000" doc:"rows of a page; 0 means all"`
	After string `query:"after" maxLength:"256" doc:"the last ID of the page before"`
}

func (q *callsQuery) fits(c *admin.Call) bool {
	if q.State != "" && c.State != q.State {
		return false
	}
	if q.Chip != "" && !slices.Contains(c.Chips, q.Chip) && (q.Chip != "any" || len(c.Chips) == 0) {
		return false
	}
	if q.Q == "" {
		return true
	}
	text := strings.ToLower(q.Q)
	for _, s := range []string{c.From, c.To, c.With, c.ID} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

func (a *API) listCalls(_ context.Context, in *callsQuery) (*body[Calls], error) {
	list := a.config.Control.Calls
	if !in.Media && a.config.Control.Board != nil {
		list = a.config.Control.Board
	}
	all := a.withChips(list())
	all = slices.DeleteFunc(all, func(c admin.Call) bool { return !in.fits(&c) })
	out := Calls{Total: len(all)}
	if in.After != "" {
		i := slices.IndexFunc(all, func(c admin.Call) bool { return c.ID == in.After })
		all = all[i+1:] // one that is over was older than what is left: from the beginning
	}
	out.Calls = page(all, 0, in.Limit)
	if len(out.Calls) < len(all) {
		out.Next = out.Calls[len(out.Calls)-1].ID
	}
	return answer(out)
}

// withChips puts on each call what is wrong with it.
func (a *API) withChips(all []admin.Call) []admin.Call {
	j := a.config.Sources.Judge
	if j == nil || len(all) == 0 {
		return all
	}
	chips := j.Chips()
	for i := range all {
		all[i].Chips = chips[all[i].ID]
	}
	return all
}

func (a *API) getCall(ctx context.Context, in *ByID) (*body[admin.CallDetail], error) {
	var out admin.CallDetail
	var ok bool
	if j := a.config.Sources.Judge; j != nil {
		out, ok = j.Detail(ctx, in.ID)
	} else {
		out.Call, ok = a.config.Control.Find(in.ID)
	}
	if !ok {
		return nil, notFound("there is no call %s", in.ID)
	}
	out.Quality, out.Marks = notNil(out.Quality), notNil(out.Marks)
	return answer(out)
}

func (a *API) why(ctx context.Context, in *ByID) (*body[Why], error) {
	var out Why
	id := in.ID
	if j := a.config.Sources.Judge; j != nil {
		if v, ok := j.Verdict(ctx, id); ok {
			out.Verdict, id = &v, cmp.Or(v.Call, id)
		}
	}
	all, known := a.config.Control.Why(id)
	out.Explanations = notNil(all)
	if !known && out.Verdict == nil {
		return nil, notFound("nothing is known of a call %s", in.ID)
	}
	return answer(out)
}

// ofCall gives an error of a source the words for a call that there is none of.
func ofCall(err error, id string) error {
	if err == admin.ErrNotFound || err == bridge.ErrNotFound { //nolint:errorlint // one with words keeps them
		return notFound("there is no call %s", id)
	}
	return err
}
