package gateway

import (
	"context"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/store/sql"
)

// maxIndexed is more traces than the archive keeps.
const maxIndexed = 100_000

// traceIndex has the store know the traces on disk.
func (g *Gateway) traceIndex() *mirror[tandem.CallID, sql.Trace] {
	db := g.records.db
	return &mirror[tandem.CallID, sql.Trace]{of: original[tandem.CallID, sql.Trace]{
		edits: g.archive.Edits,
		all: func() map[tandem.CallID]sql.Trace {
			all := map[tandem.CallID]sql.Trace{}
			for _, f := range g.archive.Files() {
				all[f.Call] = sql.Trace{Call: f.Call, Start: f.Start, Reason: strings.Join(f.Problems, " "), File: f.Name, Bytes: f.Octets}
			}
			return all
		},
		known: func(ctx context.Context) (map[tandem.CallID]sql.Trace, error) {
			all, err := db.Traces(ctx, time.Now().AddDate(1, 0, 0), maxIndexed)
			known := make(map[tandem.CallID]sql.Trace, len(all))
			for _, t := range all {
				known[t.Call] = t
			}
			return known, err
		},
		same: func(known, now sql.Trace) bool { return known.File == now.File },
		put:  db.PutTraces,
		forget: func(ctx context.Context, gone []sql.Trace) error {
			calls := make([]tandem.CallID, len(gone))
			for i := range gone {
				calls[i] = gone[i].Call
			}
			return db.ForgetTraces(ctx, calls)
		},
	}}
}

// tracesOfUser are the newest traces on disk of a user's calls.
func (g *Gateway) tracesOfUser(user string, limit int) []sql.Trace {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	all, err := g.records.db.TracesOf(ctx, user, limit)
	if err != nil {
		return nil // what is in memory will do
	}
	return all
}
