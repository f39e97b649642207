package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/trunk"
)

// routeRequest makes the call that is asked about. stored are users beside those of the
// file.
func routeRequest(file *config.File, stored []admin.User, q admin.RouteQuery) (dialplan.Request, error) {
	src, err := dialplan.ParseSource(q.From)
	if err != nil {
		return dialplan.Request{}, fmt.Errorf("%w: %w", admin.ErrConflict, err)
	}
	var names []string
	shown := map[string]string{}
	for _, u := range stored {
		names = append(names, "user:"+u.Name)
		shown[u.Name] = u.DisplayName
	}
	for _, u := range file.Users {
		names = append(names, "user:"+u.Name)
		shown[u.Name] = u.DisplayName
	}
	for _, t := range file.Trunks {
		names = append(names, "trunk:"+t.Name)
	}
	if !slices.Contains(names, src.String()) {
		hint := ""
		if near := dialplan.Suggest(src.String(), names); near != "" {
			hint = "; did you mean " + near + "?"
		}
		return dialplan.Request{}, admin.NotFound("the configuration has no %s%s", src, hint)
	}
	request := dialplan.Request{From: src, To: q.To, Caller: q.Caller, CallerName: q.CallerName, At: time.Now()}
	if request.CallerName == "" && src.Kind == dialplan.FromUser {
		request.CallerName = shown[src.Name]
	}
	if q.At != "" {
		if request.At, err = dialplan.ParseTime(q.At, file.Plan.Zone()); err != nil {
			return request, fmt.Errorf("%w: --at %s: a time is written 2026-08-23T11:00, and with a zone 2026-08-23T11:00:00+02:00", admin.ErrConflict, q.At)
		}
	}
	return request, nil
}

// route says what would become of a call now, with who is registered and busy.
func (g *Gateway) route(q admin.RouteQuery) (dialplan.Explanation, error) {
	return Explain(g.file(), g.people.OnlyStored(), g.world, q)
}

// Explain says what would become of a call by a file, and why. stored are users beside
// those of the file; state says who is registered and busy: nil for everybody and nobody.
// What is asked about may be not there (admin.ErrNotFound) or not written as it should be
// (admin.ErrConflict).
func Explain(file *config.File, stored []admin.User, state dialplan.State, q admin.RouteQuery) (dialplan.Explanation, error) {
	request, err := routeRequest(file, stored, q)
	if err != nil {
		return dialplan.Explanation{}, err
	}
	request.State = state
	return explained(file, file.Plan.Route(request)), nil
}

// why says how a call came to be what it is.
func (g *Gateway) why(id string) ([]dialplan.Explanation, bool) {
	return g.bridge.Explain(tandem.CallID(id))
}

// explained is a decision in words, with what each trunk would be told of the
// caller. Of a call that comes from a trunk only the number is known that the row
// gives.
func explained(file *config.File, d dialplan.Decision) dialplan.Explanation {
	e := d.Explanation()
	for n, step := range d.Steps {
		for _, t := range trunksOf(step) {
			caller, known := routeCaller(file, d.Request.From, step)
			tr := trunkNamed(file, t.Name)
			if !known || tr == nil {
				continue
			}
			caller.Address.User = d.Shown(t, caller.Address.User)
			for i, line := range tr.Shown(caller) {
				lead := fmt.Sprintf("trunk:%s is told ", t.Name)
				if i > 0 {
					lead = strings.Repeat(" ", len(lead))
				}
				e.Steps[n].Notes = append(e.Steps[n].Notes, lead+line)
			}
		}
	}
	return e
}

// trunksOf are the trunks that a step calls.
func trunksOf(step dialplan.Step) (trunks []dialplan.Target) {
	for _, t := range dialplan.StepTargets(step) {
		if t.Kind == dialplan.TargetTrunk {
			trunks = append(trunks, dialplan.Target{Kind: t.Kind, Name: t.Name})
		}
	}
	return trunks
}

// routeCaller is who calls, as a step shows it and as far as it is known beforehand.
func routeCaller(file *config.File, from dialplan.Source, step dialplan.Step) (trunk.Caller, bool) {
	o, _ := dialplan.OptionsOf(step)
	var c trunk.Caller
	if from.Kind == dialplan.FromUser {
		c.User, c.Address.User = from.Name, from.Name
		for _, u := range file.Users {
			if u.Name == from.Name {
				c.Name = u.DisplayName
			}
		}
	}
	if f, ok := step.(dialplan.ForwardStep); ok {
		c.Diverted = []tandem.Diversion{{User: f.By, Reason: f.Reason}}
		if c.User = ""; f.User {
			c.User = f.By
		}
	}
	c.Address, c.HideBy = bridge.ShowAs(c.Address, o), leg.HideBy(o.Privacy)
	return c, from.Kind == dialplan.FromUser || o.CallerID != ""
}

// trunkNamed is a trunk of the file that nothing is sent through; nil for none.
func trunkNamed(file *config.File, name string) *trunk.Trunk {
	for _, t := range file.Trunks {
		if t.Name != name {
			continue
		}
		c, err := rules.Trunk(t, file.Users)
		if err != nil {
			return nil
		}
		return trunk.New([]trunk.Config{c}, trunk.Deps{Domain: file.Domain}).Find(name)
	}
	return nil
}
