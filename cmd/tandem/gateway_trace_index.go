package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/store/sql"
)

const (
	// indexEvery is how often the store is told of traces that came and went.
	indexEvery = 2 * time.Second
	// indexPage is how many it is told of at a time.
	indexPage = 500
	// maxIndexed is more than the archive keeps.
	maxIndexed = 100_000
)

// traceIndex has the store know the traces on disk. Its fields belong to its goroutine.
type traceIndex struct {
	g     *gateway
	known map[tandem.CallID]string // the files that the store knows; nil before it was asked
	edits uint64                   // of the archive, when the store last knew all
	whole bool                     // it does
}

// indexTraces has the store follow the archive, until ctx ends. A database that is away
// is told when it is back; it is on the overview meanwhile.
func (g *gateway) indexTraces(ctx context.Context) error {
	tick := time.NewTicker(indexEvery)
	defer tick.Stop()
	x := &traceIndex{g: g}
	for {
		x.follow(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// follow tells the store of what it does not know.
func (x *traceIndex) follow(ctx context.Context) {
	edits := x.g.archive.Edits()
	if x.whole && edits == x.edits {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if x.known == nil {
		all, err := x.g.records.db.Traces(ctx, time.Now().AddDate(1, 0, 0), maxIndexed)
		if err != nil {
			return
		}
		x.known = make(map[tandem.CallID]string, len(all))
		for _, t := range all {
			x.known[t.Call] = t.File
		}
	}
	var fresh []sql.Trace
	there := map[tandem.CallID]bool{}
	for _, f := range x.g.archive.Files() {
		there[f.Call] = true
		if x.known[f.Call] != f.Name {
			fresh = append(fresh, sql.Trace{Call: f.Call, Start: f.Start, Reason: strings.Join(f.Problems, " "), File: f.Name, Bytes: f.Octets})
		}
	}
	var gone []tandem.CallID
	for call := range x.known {
		if !there[call] {
			gone = append(gone, call)
		}
	}
	if x.tell(ctx, fresh, gone) == nil {
		x.edits, x.whole = edits, true
	}
}

// tell changes the index, some at a time.
func (x *traceIndex) tell(ctx context.Context, fresh []sql.Trace, gone []tandem.CallID) error {
	x.whole = false
	for some := range slices.Chunk(fresh, indexPage) {
		if err := x.g.records.db.PutTraces(ctx, some); err != nil {
			return err
		}
		for _, t := range some {
			x.known[t.Call] = t.File
		}
	}
	for some := range slices.Chunk(gone, indexPage) {
		if err := x.g.records.db.ForgetTraces(ctx, some); err != nil {
			return err
		}
		for _, call := range some {
			delete(x.known, call)
		}
	}
	return nil
}

// tracesOfUser are the newest traces on disk of a user's calls.
func (g *gateway) tracesOfUser(user string, limit int) []sql.Trace {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	all, err := g.records.db.TracesOf(ctx, user, limit)
	if err != nil {
		return nil // what is in memory will do
	}
	return all
}
