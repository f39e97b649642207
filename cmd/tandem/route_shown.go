package main

import (
	"fmt"
	"strings"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/signaling/trunk"
)

// explained is a decision in words, with what each trunk would be told of the
// caller. Of a call that comes from a trunk only the number is known that the row
// gives.
func explained(file *config.File, d dialplan.Decision) dialplan.Explanation {
	e := d.Explanation()
	for n, step := range d.Steps {
		targets, callerID := trunksOf(step)
		for _, t := range targets {
			caller, known := routeCaller(file, d.Request.From, callerID)
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

// trunksOf are the trunks that a step calls, and the number it shows them.
func trunksOf(step dialplan.Step) (targets []dialplan.Target, callerID string) {
	var all []dialplan.Target
	switch s := step.(type) {
	case dialplan.DialStep:
		all, callerID = s.Targets, s.Options.CallerID
	case dialplan.RingStep:
		all = s.Targets
	}
	for _, t := range all {
		if t.Kind == dialplan.TargetTrunk {
			targets = append(targets, dialplan.Target{Kind: t.Kind, Name: t.Name})
		}
	}
	return targets, callerID
}

// routeCaller is who calls, as far as it is known beforehand.
func routeCaller(file *config.File, from dialplan.Source, callerID string) (trunk.Caller, bool) {
	c := trunk.Caller{Address: tandem.Address{User: callerID}}
	if from.Kind != dialplan.FromUser {
		return c, callerID != ""
	}
	c.User = from.Name
	if callerID != "" {
		return c, true
	}
	c.Address.User = from.Name
	for _, u := range file.Users {
		if u.Name == from.Name {
			c.Name = u.DisplayName
		}
	}
	return c, true
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
