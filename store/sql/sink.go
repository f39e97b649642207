package sql

import (
	"context"

	"github.com/tandemgw/tandem/store/cdr"
)

// sink takes records for a database.
type sink struct{ db *DB }

// Sink returns what takes records for the database.
func (d *DB) Sink() cdr.Sink { return sink{d} }

// Name implements cdr.Sink. Each kind of database has its own place in the queue, so
// that one that is new does not wait for what was meant for the other.
func (s sink) Name() string {
	if s.db.postgres {
		return "postgres"
	}
	return "sqlite"
}

// Take implements cdr.Sink.
func (s sink) Take(ctx context.Context, records []cdr.Record) error {
	return s.db.PutCDRs(ctx, records)
}
