package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/store/cdr"
)

type (
	// Records are a page of records of calls.
	Records struct {
		CDRs []cdr.Record `json:"cdrs"`
		Next string       `json:"next,omitempty" doc:"what after= of the next page is; left out where there are no more records"`
	}
	// CDRQuery narrows the records.
	CDRQuery struct {
		From         time.Time `query:"from" doc:"calls that began then or later"`
		To           time.Time `query:"to" doc:"and before"`
		User         string    `query:"user" maxLength:"128" doc:"took part"`
		Number       string    `query:"number" maxLength:"128" doc:"was dialed, called or shown"`
		Trunk        string    `query:"trunk" maxLength:"128"`
		Result       string    `query:"result" enum:"answered,busy,no_answer,canceled,failed"`
		MOSBelow     float64   `query:"mos_below" minimum:"0" maximum:"5" doc:"somebody heard worse; an estimate"`
		DurationOver int       `query:"duration_over" minimum:"0" maximum:"8640000" doc:"seconds"`
	}
)

func (q *CDRQuery) of(limit int, after string) cdr.Query {
	return cdr.Query{
		From: q.From, To: q.To, User: q.User, Number: q.Number, Trunk: q.Trunk, Result: cdr.Result(q.Result),
		MOSBelow: q.MOSBelow, DurationOver: time.Duration(q.DurationOver) * time.Second, Limit: limit, After: after,
	}
}

func (a *API) cdrRoutes() {
	s := a.config.Store
	if s == nil {
		return
	}
	add(a, route{
		method: http.MethodGet, path: "/cdrs", id: "list-cdrs", tag: "records", summary: "Records of calls, the newest first", role: Viewer, errors: []int{400, 503},
		more: "A page has at most limit records. Where few of many fit, one request looks at some 10000 records: the page is then shorter, or empty, and next says where to go on. There are no more where next is left out.",
	},
		func(ctx context.Context, in *struct {
			CDRQuery
			Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
			After string `query:"after" maxLength:"256"`
		},
		) (*body[Records], error) {
			all, next, err := s.CDRs(ctx, in.of(in.Limit, in.After))
			if err != nil {
				return nil, err
			}
			return answer(Records{notNil(all), next})
		})
	add(a, route{method: http.MethodGet, path: "/cdrs/{id}", id: "get-cdr", tag: "records", summary: "The record of one call", role: Viewer, errors: []int{404, 503}},
		func(ctx context.Context, in *ByID) (*body[cdr.Record], error) {
			r, err := s.CDR(ctx, tandem.CallID(in.ID))
			if err != nil {
				return nil, found(err, "there is no record of a call "+in.ID)
			}
			return answer(r)
		})
	if a.config.CDRsAsCSV != nil {
		add(a, route{
			method: http.MethodGet, path: "/cdrs.csv", id: "export-cdrs", tag: "records", summary: "Records of calls as CSV", role: Viewer, errors: []int{400},
			more: "At most 100000 records, the newest first. columns=asterisk gives those of Asterisk's cdr_csv.",
		}, a.exportCDRs)
	}
	add(a, route{method: http.MethodGet, path: "/cdrs.jsonl", id: "export-cdrs-json", tag: "records", summary: "Records of calls as lines of JSON", role: Viewer}, a.exportLines)
}

// maxExport bounds the records of an export.
const maxExport = 100_000

// exportTime bounds how long an export may take to be read.
const exportTime = 10 * time.Minute

// export hands the records of a query over, page by page.
func (a *API) export(ctx huma.Context, q CDRQuery, write func([]cdr.Record) error) {
	longAnswer(ctx, exportTime)
	after := ""
	for n := 0; n < maxExport; {
		all, next, err := a.config.Store.CDRs(ctx.Context(), q.of(cdr.MaxPage, after))
		if err != nil {
			a.log.Warn("an export of records has ended early", "reason", err)
			return
		}
		if err := write(all[:min(len(all), maxExport-n)]); err != nil || next == "" {
			return // the client went away, or that was all
		}
		n, after = n+len(all), next
	}
}

func (a *API) exportLines(_ context.Context, in *CDRQuery) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/jsonl")
		e := json.NewEncoder(ctx.BodyWriter())
		a.export(ctx, *in, func(all []cdr.Record) error {
			for i := range all {
				if err := e.Encode(&all[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}}, nil
}

func (a *API) exportCDRs(_ context.Context, in *struct {
	CDRQuery
	Columns string `query:"columns" enum:"tandem,asterisk" default:"tandem"`
},
) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "text/csv; charset=utf-8")
		ctx.SetHeader("Content-Disposition", `attachment; filename="cdrs.csv"`)
		first := true
		a.export(ctx, in.CDRQuery, func(all []cdr.Record) error {
			text, err := a.config.CDRsAsCSV(all, in.Columns, first)
			first = false
			if err == nil {
				_, err = ctx.BodyWriter().Write(text)
			}
			return err
		})
	}}, nil
}
