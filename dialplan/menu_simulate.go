package dialplan

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// MaxSilentMenus is how many menus a caller may hear one after the other without pressing a key: then the call ends.
const MaxSilentMenus = 20

// maxSimulated bounds the steps of a walk, which keys that lead back and forth could make very long.
const maxSimulated = 1000

// pressNothing is how `press` of a test says that no key is pressed.
const pressNothing = "timeout"

// menu plays a menu: each time it is heard the caller presses what comes next. A caller who presses no more stays there.
func (s *simulation) menu(step MenuStep) {
	s.add(step.String())
	m := s.decision.Menu(step.Name)
	if m == nil {
		s.failed = 404
		return
	}
	s.answered = s.answered || m.Answer
	for again := 0; ; again++ {
		if len(s.presses) == 0 {
			s.ended = true
			return
		}
		pressed := s.presses[0]
		s.presses = s.presses[1:]
		digits := m.entered(pressed)
		s.add("press " + pressed)
		if !m.Finds(digits) && again < m.Retries {
			continue
		}
		next := s.decision.Press(m.Name, digits, s.decision.Request.At, nil)
		if next.Status != 0 && next.Row != nil { // the steps cannot be worked out
			s.failed = next.Status
		}
		s.inserted = next.Steps
		return
	}
}

// entered gives the digits that a menu takes of what is pressed: as far as the entry goes.
func (m *Menu) entered(pressed string) string {
	digits := ""
	if pressed == pressNothing {
		return digits
	}
	for i := range len(pressed) {
		var over bool
		if digits, over = m.Press(digits, pressed[i]); over {
			break
		}
	}
	return digits
}

// testPress reads the list of what the caller of a test presses.
func (c *compiler) testPress(t *test, e hclsyntax.Expression) {
	const hint = `Write press = ["1", "202"]; "timeout" is no key at all.`
	v, ok := c.constant(e)
	if !ok {
		return
	}
	if v.IsNull() || !isList(v) {
		c.errorf(e.Range(), hint, "press is a list of digits, not %s", Kind(v))
		return
	}
	if n := v.LengthInt(); n > maxEvents {
		c.errorf(e.Range(), "", "a test presses at most %d times, not %d", maxEvents, n)
		return
	}
	for i, element := range v.AsValueSlice() {
		s, ok, problems := text(element, "what is pressed")
		if ok && s != pressNothing && (s == "" || strings.Trim(s, keypad) != "") {
			problems = wrong(fmt.Sprintf("nobody can press %q", s), hint)
		}
		for _, p := range problems {
			p.index = i
			c.problems(e, []problem{p})
		}
		t.press = append(t.press, s)
	}
}
