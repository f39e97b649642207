package gateway

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/api"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/trace"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/store/sql"
)

// headersMemory is what the headers of the last RTP packets of all legs may take, in
// octets: those of a minute for 200 calls, of a few seconds for thousands.
const headersMemory = 64 << 20

// clearMemory is what packets may take that are kept in the clear, of all legs for which
// an administrator has asked for that: some minutes of ten calls or so.
const clearMemory = 64 << 20

// messageTracer sees SIP messages as they come and go.
type messageTracer func(f *flow.Flow, dir txn.Direction, raw []byte)

// tracers are several in one; those that are nil are left out.
func tracers(all ...messageTracer) messageTracer {
	var some []messageTracer
	for _, t := range all {
		if t != nil {
			some = append(some, t)
		}
	}
	return func(f *flow.Flow, dir txn.Direction, raw []byte) {
		for _, t := range some {
			t(f, dir, raw)
		}
	}
}

// openTraces makes what keeps the ladders of calls. It is closed after the calls.
func (g *Gateway) openTraces(o Options) error {
	archive, err := trace.OpenArchive(filepath.Join(o.State, "traces"), rules.Traces(g.file()), o.Log)
	if err != nil {
		return err
	}
	g.archive = archive
	g.traces = trace.New(trace.Config{Memory: rules.TraceMemory(g.file()), Archive: archive, Log: o.Log})
	g.closer(g.traces.Close)
	return nil
}

func (g *Gateway) prepareTraces(r *reload) error {
	r.commit(func() { g.traces.SetRules(rules.TraceMemory(r.next), rules.Traces(r.next)) })
	return nil
}

// tracesOf gives ladders to the API.
type tracesOf struct {
	store *trace.Store
	// ofUser are the newest traces on disk of a user's calls.
	ofUser func(user string, limit int) []sql.Trace
}

var _ api.Tracer = tracesOf{}

// WriteTrace implements api.Tracer.
func (t tracesOf) WriteTrace(w io.Writer, call string, q api.TraceQuery) error {
	all, ok := t.store.Get(tandem.CallID(call))
	if !ok {
		return admin.ErrNotFound
	}
	if !q.Full {
		all.Mask()
	}
	all.After(q.Since)
	switch q.Format {
	case "text":
		return trace.Text(w, all)
	case "mermaid":
		return trace.Mermaid(w, all)
	case "pcapng":
		return trace.PCAPNG(w, all)
	}
	return trace.JSON(w, all)
}

// Capture implements api.Tracer.
func (t tracesOf) Capture(call, state string) (admin.Capture, error) {
	id, kept, known, err := tandem.CallID(call), trace.Clear{}, false, error(nil)
	switch state {
	case "on", "off":
		kept, known, err = t.store.KeepClear(id, state == "on")
	case "drop":
		known = t.store.DropClear(id)
	default:
		kept, known = t.store.ClearOf(id)
	}
	switch {
	case !known:
		return admin.Capture{}, admin.ErrNotFound
	case err != nil:
		return admin.Capture{}, fmt.Errorf("%w: %w", admin.ErrConflict, err)
	}
	return admin.Capture{Call: call, On: kept.On, Octets: kept.Octets, Until: kept.Until}, nil
}

// Traces implements api.Tracer.
func (t tracesOf) Traces(q admin.TracesQuery) []admin.TraceSummary {
	var all []admin.TraceSummary
	known := map[tandem.CallID]bool{}
	for _, c := range t.store.Calls(trace.Filter{User: q.User, Problems: q.Problems, Limit: q.Limit}) {
		known[c.Call] = true
		all = append(all, traceSummary(c))
	}
	if q.User != "" { // the disk has no users, but the store has their calls
		for _, k := range t.ofUser(q.User, q.Limit) {
			c, ok := t.store.OnDisk(k.File)
			if !ok {
				c = trace.Summary{Call: k.Call, Start: k.Start, Problems: strings.Fields(k.Reason), Octets: int(k.Bytes), Kept: true}
			}
			if len(all) < q.Limit && !known[c.Call] && (!q.Problems || len(c.Problems) > 0) {
				all = append(all, traceSummary(c))
			}
		}
		return all
	}
	for _, c := range t.store.Kept(q.Limit) {
		if len(all) < q.Limit && !known[c.Call] && (!q.Problems || len(c.Problems) > 0) {
			all = append(all, traceSummary(c))
		}
	}
	return all
}

func traceSummary(c trace.Summary) admin.TraceSummary {
	return admin.TraceSummary{
		Call: string(c.Call), From: c.From, To: c.To, Start: c.Start, Answered: c.Answered, End: c.End, Cause: c.Cause, Status: c.Status,
		Problems: c.Problems, Messages: c.Messages, Octets: c.Octets, Kept: c.Kept,
	}
}
