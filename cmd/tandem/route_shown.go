package main

import (
	"fmt"
	"strings"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/trunk"
)

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
		c, err := trunkConfig(t, file.Users)
		if err != nil {
			return nil
		}
		return trunk.New([]trunk.Config{c}, trunk.Deps{Domain: file.Domain}).Find(name)
	}
	return nil
}
