package gateway

import (
	"context"
	"time"

	"github.com/tandemgw/tandem/store/sql"
)

const (
	// forgetEvery is how often old records are looked for.
	forgetEvery = 10 * time.Minute
	// forgetAtOnce is how many go in one transaction: records that are new wait no
	// longer than that takes.
	forgetAtOnce = 500
	// forgetTime bounds one transaction.
	forgetTime = 30 * time.Second
)

// forgetRecords deletes the records of the store that are older than the file says.
func (g *Gateway) forgetRecords(ctx context.Context) error {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for {
		if keep := g.file().CDR.Keep; keep > 0 {
			n, err := forgetBefore(ctx, g.records.db, time.Now().Add(-keep))
			switch {
			case err != nil && ctx.Err() == nil:
				g.log.Warn("old records of calls cannot be deleted; tried again later", "error", err)
			case n > 0:
				g.log.Info("old records of calls were deleted", "records", n)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// forgetBefore deletes the records of calls that began before a time, step by step.
func forgetBefore(ctx context.Context, db *sql.DB, before time.Time) (all int64, err error) {
	for {
		step, cancel := context.WithTimeout(ctx, forgetTime)
		n, err := db.ForgetCDRs(step, before, forgetAtOnce)
		cancel()
		all += n
		if err != nil || n < forgetAtOnce {
			return all, err
		}
	}
}
