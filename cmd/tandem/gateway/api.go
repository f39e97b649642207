package gateway

import (
	"context"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/api"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/store/cdr"
	"github.com/tandemgw/tandem/store/sql"
)

// openAPI makes what answers programs, over the control socket and the web.
func (g *Gateway) openAPI() (*api.API, error) {
	return api.New(api.Config{
		Version: g.options.Version, Log: g.log, Hub: g.hub, Key: g.key, Admins: g.admins, Service: g.service.Load, Store: g.records.db,
		CDRsAsCSV: func(records []cdr.Record, columns string, head bool) ([]byte, error) {
			return cdr.WriteCSV(records, cdr.Template(columns), head), nil
		},
		Control: admin.Control{
			Status: g.status, Trunks: g.trunkViews, Registrations: g.registrationViews, Users: g.userViews, Calls: g.callViews, Board: g.board.list, Call: g.callView,
			Rooms:     g.roomViews,
			Queues:    g.queueViews,
			ActOnRoom: func(name, member, act string) bool { return g.bridge.ActOnRoom(name, member, bridge.RoomAct(act)) },
			Hangup:    func(id string) bool { return g.bridge.Hangup(tandem.CallID(id), tandem.CauseNormal) },
			Record:    g.record,
			Route:     g.route, Why: g.why,
			Reload:    func(ctx context.Context) (admin.Reload, error) { return g.reload(ctx, "tandem reload") },
			Drain:     g.drain,
			Mailboxes: mailboxes{g.desk},
		},
		Sources: api.Sources{Guard: guarded{g.guard}, Kick: func(id string) bool { return g.reg.Kick(time.Now(), id) }, Certificates: g.certificateViews, Config: g.configView, CheckConfig: g.checkConfig, Overview: g.metrics.Overview, Tracer: tracesOf{g.traces, g.tracesOfUser}, Operator: g.bridge, Judge: &judge{g: g}, Doctor: g.doctor, People: g.stored, Probe: g.probe, Logs: g.logs, Last: g.lastCall},
	})
}

// admins are the people of the configuration who may sign in.
func (g *Gateway) admins() []sql.Login {
	file := g.file().Admins
	all := make([]sql.Login, len(file))
	for i, a := range file {
		all[i] = sql.Login{Name: a.Name, Hash: string(a.PasswordHash), Role: a.Role}
	}
	return all
}

// lastCall is the call that began last.
func (g *Gateway) lastCall() (string, bool) {
	c, ok := g.book.Find("last")
	return string(c.ID), ok
}

// logs are the lines of the log that are of a call.
func (g *Gateway) logs(call string) ([]api.LogLine, bool) {
	lines, ok := g.said.Lines(tandem.CallID(call))
	views := make([]api.LogLine, len(lines))
	for i, l := range lines {
		views[i] = api.LogLine{At: l.At.UTC(), Level: strings.ToLower(l.Level.String()), Text: l.Text, Attrs: l.Attrs}
		if l.Attrs == nil {
			views[i].Attrs = map[string]string{}
		}
	}
	return views, ok
}
