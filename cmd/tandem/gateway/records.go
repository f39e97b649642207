package gateway

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge/verdict"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/store/cdr"
	"github.com/tandemgw/tandem/store/sql"
)

const (
	// recordsPatience is how long a gateway that stops lets the last records reach
	// whoever takes them; what does not is in the queue at the next start.
	recordsPatience = time.Second
)

// records are the database and who else is handed the records of calls.
type records struct {
	db        *sql.DB
	collector *cdr.Collector
	spool     *cdr.Spool

	mu    sync.Mutex // guards feeds; held while they are changed
	feeds *feeds
}

// feeds hand records on, until they are ended.
type feeds struct {
	all    []*cdr.Feed
	stop   context.CancelFunc
	wg     sync.WaitGroup
	closer []io.Closer
}

// openRecords opens the database and begins to make records. A database that is not
// there does not keep calls from being made: it is tried again and again.
func (g *Gateway) openRecords(o Options) error {
	db, err := sql.Reach(rules.DatabaseURL(g.file(), o.State))
	if err != nil {
		return err
	}
	g.closer(db.Close)
	spool, err := cdr.OpenSpool(filepath.Join(o.State, "cdr"), 0)
	if err != nil {
		return err
	}
	g.closer(spool.Close)
	r := &records{db: db, spool: spool, collector: cdr.NewCollector(cdr.CollectorConfig{Spool: spool, Problems: g.problems, Log: o.Log})}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.feeds = r.newFeeds(g, g.file().CDR)
	g.records = r
	g.closer(r.close)
	return nil
}

// problems names the chips of a call that has ended, of which the book has heard before.
func (g *Gateway) problems(r *cdr.Record) []string {
	c, ok := g.book.Find(string(r.CallID))
	if !ok {
		return nil
	}
	v := verdict.Judge(c.Evidence(r.End, nil, machine.Addrs()))
	return v.Names()
}

// newFeeds begins to hand records to whom a file names, and to the database.
func (r *records) newFeeds(g *Gateway, c config.CDR) *feeds {
	sinks := []cdr.Sink{r.db.Sink()}
	f := &feeds{}
	if c.JSON != "" {
		sinks = append(sinks, cdr.NewJSONLines(c.JSON))
	}
	if c.CSV != "" {
		sinks = append(sinks, cdr.NewCSV(c.CSV, cdr.Template(c.Template)))
	}
	if c.Webhook.URL != "" {
		sinks = append(sinks, cdr.NewWebhook(c.Webhook.URL, string(c.Webhook.Secret), g.log))
	}
	ctx, stop := context.WithCancel(context.Background())
	f.stop = stop
	var names []string
	for _, s := range sinks {
		names = append(names, s.Name())
	}
	r.spool.Keep(names...)
	for _, s := range sinks {
		feed := cdr.NewFeed(r.spool, s, g.log)
		f.all = append(f.all, feed)
		if c, is := s.(io.Closer); is {
			f.closer = append(f.closer, c)
		}
		f.wg.Go(func() { _ = feed.Run(ctx) }) // it errs never: what goes wrong is tried again
	}
	return f
}

// end ends the feeds and waits for them.
func (f *feeds) end() {
	f.stop()
	f.wg.Wait()
	for _, c := range f.closer {
		_ = c.Close() // what they took is on the disk
	}
}

// prepareRecords changes who is handed the records of calls.
func (g *Gateway) prepareRecords(r *reload) error {
	if r.was.CDR == r.next.CDR {
		return nil
	}
	r.commit(func() {
		all := g.records
		all.mu.Lock()
		defer all.mu.Unlock()
		all.feeds.end()
		all.feeds = all.newFeeds(g, r.next.CDR)
	})
	return nil
}

// close hands on what there is, for a moment, and ends.
func (r *records) close() error {
	err := r.collector.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	over := time.NewTimer(recordsPatience)
	defer over.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for waiting := true; waiting && r.behind(); {
		select {
		case <-tick.C:
		case <-over.C:
			waiting = false
		}
	}
	r.feeds.end()
	return err
}

// behind says whether there are records that somebody has not got and may get now.
func (r *records) behind() bool {
	for _, f := range r.feeds.all {
		if fault, _ := f.Health(); fault == "" && f.Behind() {
			return true
		}
	}
	return false
}

// faults are what is wrong with the store and with the records.
func (r *records) faults() []admin.Trouble {
	var all []admin.Trouble
	if text, since := r.collector.Health(); text != "" {
		all = append(all, admin.Trouble{What: "records", Since: since, Text: text})
	}
	r.mu.Lock()
	feeds := r.feeds.all
	r.mu.Unlock()
	database := false
	for _, f := range feeds {
		if text, since := f.Health(); text != "" {
			database = database || strings.HasPrefix(text, r.db.Sink().Name())
			all = append(all, admin.Trouble{What: "records", Since: since, Text: text})
		}
	}
	if f := r.db.Health(); f != nil && !database {
		all = append(all, admin.Trouble{What: "store", Since: f.Since, Text: r.db.Name() + ": " + f.Text})
	}
	return all
}

// fault is all that is wrong, in one line; empty for nothing.
func (r *records) fault() string {
	var all []string
	for _, f := range r.faults() {
		all = append(all, f.Text)
	}
	return strings.Join(all, "; ")
}
