package gateway

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/config"
)

// turnPatience is how long a reload waits for the one before it, or for the start.
const turnPatience = 30 * time.Second

// reload is one reload under way. It belongs to one goroutine.
//
//	read and check -> every part prepares -> every part commits
//	       |                  | error
//	       +-- refused        +-- abandoned, last first
type reload struct {
	was, next          *config.File
	ca                 []byte // of the certificate that next has
	commits, abandoned []func()
}

// commit has f called once every part is prepared. It must not fail, nor wait.
func (r *reload) commit(f func()) { r.commits = append(r.commits, f) }

// abandon has f called where a part cannot be prepared.
func (r *reload) abandon(f func()) { r.abandoned = append(r.abandoned, f) }

// differs says whether one of some fields of the file is another one.
func (r *reload) differs(fields []string) bool {
	a, b := reflect.ValueOf(r.was).Elem(), reflect.ValueOf(r.next).Elem()
	return slices.ContainsFunc(fields, func(name string) bool {
		return name == "Plan" || !reflect.DeepEqual(a.FieldByName(name).Interface(), b.FieldByName(name).Interface())
	})
}

// reloads are the reloads of a gateway.
type reloads struct {
	turn chan struct{} // of capacity 1: in it while nothing else changes the gateway
	over chan struct{} // closed when the gateway stops
}

// begin takes the turn. The error is in words.
func (t *reloads) begin(ctx context.Context) error {
	timer := time.NewTimer(turnPatience)
	defer timer.Stop()
	select {
	case <-t.turn:
		return nil
	case <-t.over:
		return errors.New("the gateway is stopping")
	case <-timer.C:
		return fmt.Errorf("the gateway is starting, or another reload has not ended within %v", turnPatience)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// reload replaces the configuration by what the file says now, or changes nothing. by
// says who wants it. The error says why it could not even begin.
func (g *Gateway) reload(ctx context.Context, by string) (admin.Reload, error) {
	if g.load == nil {
		return admin.Reload{}, errors.New("the demo has no configuration file to read again")
	}
	if err := g.reloads.begin(ctx); err != nil {
		return admin.Reload{}, err
	}
	defer func() { g.reloads.turn <- struct{}{} }()
	g.options.Starter.Tell(machine.SystemdReloading)
	defer g.options.Starter.Tell(machine.SystemdReady)
	began := time.Now()
	result := g.change()
	result.By, result.At, result.TookMS = by, began, milliseconds(time.Since(began))
	g.lastReload.Store(&result)
	g.tellReload(&result)
	return result, nil
}

// change is the work of reload, within its turn.
func (g *Gateway) change() admin.Reload {
	next, found := g.load()
	result := admin.Reload{Outcome: admin.ReloadRefused, Problems: problems(found)}
	if next == nil {
		result.Reason = found.Errors().Summary() + ": nothing was changed"
		return result
	}
	r := &reload{was: g.file(), next: next, ca: g.ca}
	for _, c := range r.was.Changes(next) {
		result.Changes = append(result.Changes, admin.ReloadChange{Part: c.Part, Text: c.Text})
	}
	if result.Restart = r.was.Restart(next); len(result.Restart) > 0 {
		result.Reason = "a restart is needed for " + strings.Join(result.Restart, ", ") + ": nothing was changed"
		return result
	}
	if err := g.prepare(r); err != nil {
		for _, undo := range slices.Backward(r.abandoned) {
			undo()
		}
		result.Reason = err.Error() + ": nothing was changed"
		return result
	}
	for _, do := range r.commits {
		do()
	}
	result.Outcome = admin.ReloadDone
	if len(result.Changes) == 0 {
		result.Outcome = admin.ReloadNothing
	}
	return result
}

// prepare has every part get ready whose settings differ.
func (g *Gateway) prepare(r *reload) error {
	for _, p := range parts() {
		if !p.always && !r.differs(p.from) {
			continue
		}
		if err := p.prepare(g, r); err != nil {
			return err
		}
	}
	return nil
}

// problems are what was found in a file, for whoever asked.
func problems(found config.Diagnostics) []admin.Problem {
	var all []admin.Problem
	for _, d := range found {
		all = append(all, admin.Problem{
			Warning: d.Warning, File: d.File, Line: d.Line, Column: d.Column, Message: d.Message, Hint: d.Hint, Text: d.String(),
		})
	}
	return all
}

// tellReload writes into the log what became of a reload.
func (g *Gateway) tellReload(r *admin.Reload) {
	changes := make([]string, len(r.Changes))
	for i, c := range r.Changes {
		changes[i] = c.Text
	}
	for _, p := range r.Problems {
		g.log.Warn(p.Message, "file", p.File, "line", p.Line, "column", p.Column, "hint", p.Hint)
	}
	switch r.Outcome {
	case admin.ReloadRefused:
		g.log.Error("reload refused", "by", r.By, "reason", r.Reason)
	default:
		g.log.Info("reloaded", "by", r.By, "changes", strings.Join(changes, "; "), "ms", r.TookMS)
	}
}

// reloadOnSignals reloads at each SIGHUP.
func (g *Gateway) reloadOnSignals(ctx context.Context) error {
	for {
		select {
		case <-g.options.Hangups:
			if _, err := g.reload(ctx, "SIGHUP"); err != nil && ctx.Err() == nil {
				g.log.Error("not reloaded", "by", "SIGHUP", "reason", err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}
