package sql

import (
	"context"
	"errors"
	"path/filepath"
	"time"
)

// turnKey is the key of PostgreSQL's advisory lock of whoever brings tables up to date:
// "tandem" in ASCII.
const turnKey = 0x74616e64656d

// takeTurn waits until no other process brings the tables of this database up to date, and
// keeps every other from it until release is called. Without it two that open a new
// database at once would both make its tables, and the second fail.
func (d *DB) takeTurn(ctx context.Context) (release func(), err error) {
	if !d.postgres {
		return lockFolder(ctx, filepath.Dir(d.name))
	}
	c, err := d.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(turnKey)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return func() {
		// Whatever ctx has become: a connection that goes back to the pool with the lock
		// would keep everybody else out. A server that does not answer has lost it already.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		c.ExecContext(last, "SELECT pg_advisory_unlock($1)", int64(turnKey))
		c.Close()
	}, nil
}
