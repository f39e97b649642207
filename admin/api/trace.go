package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tandemgw/tandem/admin"
)

// traceType is the media type of a trace.
func traceType(format string) string {
	switch format {
	case "json":
		return "application/json"
	case "pcapng":
		return "application/x-pcapng"
	}
	return "text/plain; charset=utf-8"
}

type traceList struct {
	Traces []admin.TraceSummary `json:"traces"`
}

func (a *API) traceRoutes() {
	t := a.config.Sources.Tracer
	if t == nil {
		return
	}
	a.captureRoutes()
	add(a, route{method: http.MethodGet, path: "/traces", id: "list-traces", tag: "calls", summary: "The calls that there is a ladder of, also those that are over", role: Viewer},
		func(_ context.Context, in *struct {
			User     string `query:"user" maxLength:"256" doc:"part of who calls or is called"`
			Problems bool   `query:"problems" doc:"only calls with problems"`
			Limit    int    `query:"limit" minimum:"1" maximum:"1000" default:"200"`
		},
		) (*body[traceList], error) {
			return answer(traceList{notNil(t.Traces(admin.TracesQuery{User: in.User, Problems: in.Problems, Limit: in.Limit}))})
		})
	add(a, route{
		method: http.MethodGet, path: "/calls/{id}/trace", id: "get-trace", tag: "calls", summary: "The ladder of a call: its messages and what happened to its media", role: Viewer, errors: []int{400, 404},
		more: "Secrets are masked but for an admin, who also gets the sound in a pcapng where it is kept in clear.",
	},
		func(ctx context.Context, in *struct {
			ByID
			Format string `query:"format" enum:"json,text,mermaid,pcapng" default:"json"`
			Since  string `query:"since" maxLength:"64" doc:"only what came after this time"`
			Mask   bool   `query:"mask" doc:"mask secrets also for an admin"`
		},
		) (*huma.StreamResponse, error) {
			q := TraceQuery{Format: in.Format, Full: PrincipalOf(ctx).Role >= Admin && !in.Mask}
			if in.Since != "" {
				at, err := time.Parse(time.RFC3339Nano, strings.ReplaceAll(in.Since, " ", "+"))
				if err != nil {
					return nil, refuse(http.StatusBadRequest, "bad_request", "since is a time such as 2026-11-21T10:00:00Z")
				}
				q.Since = at
			}
			return &huma.StreamResponse{Body: func(ctx huma.Context) {
				_, w := humago.Unwrap(ctx)
				a.writeTrace(&lateHeader{ResponseWriter: w, format: in.Format, id: in.ID}, in.ID, q)
			}}, nil
		})
}

func (a *API) writeTrace(w *lateHeader, id string, q TraceQuery) {
	err := a.config.Sources.Tracer.WriteTrace(w, id, q)
	switch {
	case err == nil:
	case w.began:
		a.log.Warn("a trace could not be written whole", "call", id, "reason", err)
	default:
		w.ResponseWriter.Header().Del("Content-Disposition")
		if r, ok := refused(ofCall(err, id)).(*Refusal); ok { //nolint:errorlint // it is one
			writeRefusal(w.ResponseWriter, r)
		}
	}
}

// lateHeader writes the header with the first octet, so that before it there can still
// be a refusal.
type lateHeader struct {
	http.ResponseWriter
	format, id string
	began      bool
}

// Write implements io.Writer.
func (w *lateHeader) Write(b []byte) (int, error) {
	if !w.began {
		w.began = true
		w.Header().Set("Content-Type", traceType(w.format))
		if w.format == "pcapng" {
			w.Header().Set("Content-Disposition", `attachment; filename="call.pcapng"`)
		}
	}
	return w.ResponseWriter.Write(b)
}
