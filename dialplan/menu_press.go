package dialplan

import (
	"fmt"
	"maps"
	"time"
)

// pressing is what a caller has pressed in a menu; the zero pressing is of a decision of a row.
type pressing struct {
	menu   *Menu
	digits string
}

// Press decides what becomes of a call in a menu once the caller has pressed digits, or none (""): what the first key
// says that takes them, or the user's number where users may be dialed, or "timeout" where there are none and "else".
// Conditions are those of the moment: at, and state unless nil. A decision with status 404 and no row says that nothing
// of the menu has an answer: the call goes on with the step after the menu.
func (d Decision) Press(menu, digits string, at time.Time, state State) Decision {
	m := d.Menu(menu)
	if m == nil {
		return d.unpressed(pressing{}, fmt.Sprintf("there is no menu %q", menu))
	}
	p := pressing{m, digits}
	r := m.find(digits)
	if r == nil && digits == "" {
		r = m.silent
	}
	if r == nil {
		r = m.other
	}
	if r == nil {
		return d.unpressed(p, p.nothing())
	}
	var next Decision
	if r == m.direct {
		next = d.afresh()
		next.Steps, next.Status, next.Reason = []Step{DialStep{
			Targets: []Target{{Kind: TargetUser, Name: digits}}, Timeout: DefaultTimeout, Options: DialOptions{NextOn: DefaultNextOn()},
		}}, 0, ""
	} else if poses(d.Request.To) || poses(d.Request.caller()) {
		next = d.afresh()
		next.Steps, next.Status, next.Reason = nil, 484, "the number is written like a target"
	} else {
		d.trace.reach(r.spot)
		next = d.continued(r.program, sequel{variables: r.pressed(digits), at: at, state: state})
	}
	next.Row, next.pressing = &r.Row, p
	return next
}

// pressed gives what the steps of a key see of what was pressed.
func (r *row) pressed(digits string) map[string]string {
	seen := map[string]string{}
	maps.Copy(seen, r.pattern.captured(digits))
	seen[digitsVariable] = digits
	return seen
}

// unpressed is the decision that nothing has an answer.
func (d Decision) unpressed(p pressing, why string) Decision {
	d = d.afresh()
	d.Row, d.Steps, d.Status, d.Reason, d.pressing = nil, nil, 404, why, p
	return d
}

// nothing says that no key takes what was pressed.
func (p pressing) nothing() string {
	if p.digits == "" {
		return fmt.Sprintf("menu %q says nothing of callers who press no key", p.menu.Name)
	}
	return fmt.Sprintf("no key of menu %q takes %q", p.menu.Name, p.digits)
}

// String gives what was pressed in words: `and presses "1" in menu "main"`.
func (p pressing) String() string {
	switch {
	case p.menu == nil:
		return ""
	case p.digits == "":
		return fmt.Sprintf(" and presses nothing in menu %q", p.menu.Name)
	}
	return fmt.Sprintf(" and presses %q in menu %q", p.digits, p.menu.Name)
}

// tried gives the keys that were looked at, as Decision.Tried gives rows.
func (p pressing) tried(fired *Row) []Tried {
	var all []Tried
	if p.digits != "" {
		for _, k := range p.menu.keys {
			why := k.pattern.miss(p.digits)
			all = append(all, Tried{&k.Row, why})
			if &k.Row == fired {
				return all
			}
		}
		if u := p.menu.direct; u != nil {
			if all = append(all, Tried{&u.Row, ""}); &u.Row == fired {
				return all
			}
			all[len(all)-1].Why = fmt.Sprintf("no user has the number %q", p.digits)
		}
	}
	for _, r := range []*row{p.menu.silent, p.menu.other} {
		if r != nil && &r.Row == fired {
			all = append(all, Tried{&r.Row, ""})
		}
	}
	return all
}
