package bridge

import (
	"slices"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sound"
)

const (
	// maxTyped bounds the keys that wait for a menu; more are not taken.
	maxTyped = 2 * dialplan.MaxMenuDigits
	// maxPending bounds the steps that keys of menus have put before those of the
	// row. Only a caller who presses keys for hours comes near it.
	maxPending = 4 * dialplan.MaxSteps
)

// keypad is what a caller presses while the dialplan listens.
type keypad struct {
	typed  []byte // that no entry has taken yet, at most maxTyped
	silent int    // menus that were heard one after the other without a key
}

// menu plays a menu and puts the steps of the key that the caller presses in its
// own place.
//
//	caller            Call.menu
//	  |---- INVITE ------>|
//	  |<----- 200 --------|                 unless the menu says answer = false
//	  |<==== prompt ======|
//	  |-- 2 ------------->| the prompt stops; another digit may follow
//	  |-- 7 ------------->| unique: at once; else after a time, or with #
//	  |                   | Decision.Press: conditions of this moment
func (c *Call) menu(s dialplan.MenuStep) {
	m := c.decision.Menu(s.Name)
	if m == nil {
		c.failure = refuse(404, "there is no menu "+s.Name)
		return
	}
	if m.Answer {
		c.answer()
	}
	if c.ended || !c.sounding() {
		return
	}
	defer func() { c.presses = nil }()
	wrong := false
	for again := 0; ; again++ {
		digits := c.entry(m, wrong)
		if c.ended || c.wanted != nil {
			return
		}
		if c.silent++; digits != "" {
			c.silent = 0
		}
		if c.silent >= dialplan.MaxSilentMenus {
			why := tandem.CauseNormal
			why.Detail = "the caller has pressed no key in so many menus"
			c.outcome = &why
			return
		}
		if wrong = digits != ""; m.Finds(digits) || again >= m.Retries {
			c.press(m, digits)
			return
		}
		if wrong {
			c.note(Routed, nil, "menu "+m.Name+": nothing takes "+digits+", again")
		}
	}
}

// press does what a menu has for what was pressed.
func (c *Call) press(m *dialplan.Menu, digits string) {
	d := c.decided(c.decision.Press(m.Name, digits, time.Now(), c.bridge.cfg.State))
	c.routed(nil, "", d)
	if d.Status != 0 && d.Row != nil { // the steps cannot be worked out: those after the menu are next
		c.failure = refuse(d.Status, d.Reason)
	}
	c.inserted = d.Steps
	if len(d.Steps) == 0 || !isMenu(d.Steps[0]) {
		c.typed = nil // it was meant for menus
	}
}

func isMenu(s dialplan.Step) bool {
	_, is := s.(dialplan.MenuStep)
	return is
}

// entry plays the prompt and takes digits until something takes them and nothing
// could take more of them, until #, or until the caller pauses. Nothing is pressed
// where it returns "".
func (c *Call) entry(m *dialplan.Menu, wrong bool) string {
	var digits string
	var over, heard bool
	last := time.Now()
	take := func() {
		for len(c.typed) > 0 && !over {
			digits, over = m.Press(digits, c.typed[0])
			c.typed, last = c.typed[1:], time.Now()
		}
	}
	c.presses = func(p Press) {
		if len(c.typed) < maxTyped {
			c.typed = append(c.typed, byte(p.Digit))
		}
	}
	take()
	if digits == "" {
		c.prompt(m, wrong, func() { heard, last = true, time.Now() })
	}
	for !over && !c.ended && c.wanted == nil {
		limit := m.Between
		switch {
		case digits == "" && !heard:
			limit = dialplan.MaxWait
		case digits == "":
			limit = m.Wait
		}
		left := limit - time.Since(last)
		if left <= 0 {
			break
		}
		was := heard
		c.until(left, func() bool { return len(c.typed) > 0 || heard != was || c.wanted != nil })
		if len(c.typed) > 0 && digits == "" {
			c.hush()
		}
		take()
	}
	c.hush()
	return digits
}

// hush ends what the caller alone hears.
func (c *Call) hush() {
	if c.sound == nil {
		return
	}
	c.sound = nil
	c.silence(c.caller)
}

// prompt begins to play what a menu says; done is called on the call's goroutine
// when all of it has been heard.
func (c *Call) prompt(m *dialplan.Menu, wrong bool, done func()) {
	c.hear(func(l Leg) {
		ep := l.Media()
		var all []sound.Source
		if wrong {
			all = append(all, c.wrongSound(m.Invalid))
		}
		for _, p := range m.Prompt {
			all = append(all, c.promptSound(p))
		}
		if ep == nil || len(all) == 0 {
			done()
			return
		}
		ep.Play(sound.Sequence(all...), func() { c.Post(done) })
	})
}

// wrongSound is heard after wrong digits.
func (c *Call) wrongSound(file string) sound.Source {
	if file == "" {
		return media.RoomRefused.Source()
	}
	return c.promptSound(dialplan.Prompt{File: file})
}

// promptSound is one sound of a prompt; a file that is missing is told by a tone.
func (c *Call) promptSound(p dialplan.Prompt) sound.Source {
	name := p.Tone
	if name == "" {
		if clip, ok := c.clip(p.File); ok {
			return clip.Source()
		}
		c.log.Warn("no such sound", "file", p.File)
		name = "info"
	}
	tone, err := sound.NewTone(name, c.bridge.tones(), dialplan.PromptTone)
	if err != nil {
		c.log.Error("tone", "name", name, "error", err)
		return sound.Silence(0)
	}
	return tone
}

// pending puts the steps that a step has brought about before those that are left.
// False means that there are too many.
func (c *Call) pending(left []dialplan.Step) ([]dialplan.Step, bool) {
	if len(c.inserted) > 0 {
		left = slices.Concat(c.inserted, left)
		c.inserted = nil
	}
	return left, len(left) <= maxPending
}
