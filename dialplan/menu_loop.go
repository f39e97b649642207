package dialplan

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// checkMenus reports menus that callers who press no key go round in for ever, and warns of those that nothing leads to.
func (c *compiler) checkMenus() {
	c.checkMenuLoops()
	c.warnUnled(c.menus, c.plan.names.menus)
	c.warnUnled(c.queues, c.plan.names.queues)
}

// warnUnled warns of menus or queues that nothing leads to.
func (c *compiler) warnUnled(blocks []*hclsyntax.Block, led labels) {
	for _, b := range blocks {
		if name := b.Labels[0]; !led[name] {
			c.warnf(b.LabelRanges[0], "", "no step leads to %s %q", b.Type, name)
		}
	}
}

// checkMenuLoops looks at what becomes of a caller who presses nothing. A menu that sends him on to another one, by
// steps that only sound, and that one to the next, until he is where he was, has no way out. (The gateway ends such a
// call after MaxSilentMenus menus, but nobody can have meant it.)
func (c *compiler) checkMenuLoops() {
	next := map[string]string{} // where a caller who presses nothing comes from a menu, whatever the conditions
	for name, m := range c.plan.menus {
		r := m.silent
		if r == nil {
			r = m.other
		}
		if r == nil {
			continue
		}
		if to, always := leadsOn(r.program); always {
			next[name] = to
		}
	}
	told := map[string]bool{}
	for _, b := range c.menus {
		name := b.Labels[0]
		path := []string{name}
		for at := next[name]; at != "" && !told[name]; at = next[at] {
			if i := slices.Index(path, at); i >= 0 {
				for _, in := range path[i:] {
					told[in] = true
				}
				if i == 0 {
					c.tellLoop(append(path, at))
				}
				break
			}
			path = append(path, at)
		}
	}
}

// tellLoop reports a loop at its first menu.
func (c *compiler) tellLoop(path []string) {
	m := c.plan.menus[path[0]]
	r := m.silent
	if r == nil {
		r = m.other
	}
	c.errorf(r.at, `Let "timeout" lead elsewhere, or leave it out and say how often the menu is played: retries = 3.`,
		"who presses no key goes round for ever: menu %s", strings.Join(path, " > menu "))
}

// leadsOn gives the menu that a program comes to for certain, when nothing but sound is before it.
func leadsOn(p program) (menu string, always bool) {
	switch p := p.(type) {
	case fixed:
		for _, s := range p {
			if m, is := s.(MenuStep); is {
				return m.Name, true
			}
			if !onlySounds(s) {
				return "", false
			}
		}
	case *single:
		if p.step != nil {
			return leadsOn(fixed{p.step})
		}
	case sequence:
		for _, part := range p {
			if to, always := leadsOn(part); always {
				return to, true
			}
			if f, ok := part.(fixed); !ok || slices.ContainsFunc(f, func(s Step) bool { return !onlySounds(s) }) {
				return "", false
			}
		}
	case *choice:
		yes, a := leadsOn(p.yes)
		no, b := leadsOn(p.no)
		return yes, a && b && yes == no
	}
	return "", false
}

// onlySounds says whether a step does no more than let the caller hear something.
func onlySounds(s Step) bool {
	switch s.(type) {
	case AnswerStep, PlayStep, ToneStep, WaitStep:
		return true
	}
	return false
}
