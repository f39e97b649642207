package dialplan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// VoicemailStep takes a message for a box: a greeting, a beep, and what the caller says. It ends the call, but for a box
// that there is not: then the next step runs.
type VoicemailStep struct {
	Box     string
	Options VoicemailOptions
}

// VoicemailOptions are what the second argument of voicemail may say.
type VoicemailOptions struct {
	Greeting string // a sound file that is heard instead of the box's own greeting; empty for that
	Busy     bool   // the greeting of one who is busy; else it is chosen by how the last dial or ring failed
}

// MailboxStep lets the caller listen to a box, after its PIN. It ends the call.
type MailboxStep struct {
	Box string // empty: that of the user who calls; another caller is asked for the number of one
}

func (VoicemailStep) isStep() {}
func (MailboxStep) isStep()   {}

// String gives for example `voicemail 202` or `voicemail 202 (greeting closed.wav)`.
func (s VoicemailStep) String() string {
	var words []string
	if s.Options.Greeting != "" {
		words = append(words, "greeting "+s.Options.Greeting)
	}
	if s.Options.Busy {
		words = append(words, "busy")
	}
	if len(words) == 0 {
		return "voicemail " + s.Box
	}
	return "voicemail " + s.Box + " (" + strings.Join(words, ", ") + ")"
}

// String gives for example `mailbox 202`, or `mailbox` for the caller's own.
func (s MailboxStep) String() string { return strings.TrimSuffix("mailbox "+s.Box, " ") }

// voicemailStepSpec is voicemail(box, {options}) as the file writes it.
func voicemailStepSpec() *stepSpec {
	return &stepSpec{
		name: "voicemail", form: "voicemail(box, {options})", least: 1,
		params: []param{{"box", readBox}, {"options", readVoicemailOptions}},
		make: func(a []any) Step {
			s := VoicemailStep{Box: a[0].(string)}
			if len(a) > 1 {
				s.Options = a[1].(VoicemailOptions)
			}
			return s
		},
	}
}

// mailboxStepSpec is mailbox(box) as the file writes it.
func mailboxStepSpec() *stepSpec {
	return &stepSpec{
		name: "mailbox", form: "mailbox(box)", last: true, params: []param{{"box", readListened}},
		make: func(a []any) Step {
			if len(a) == 0 {
				return MailboxStep{}
			}
			return MailboxStep{a[0].(string)}
		},
	}
}

// readBox reads the name of a box that messages are left in.
func readBox(v cty.Value, in *reading) (any, []problem) {
	box, problems := readListened(v, in)
	if use := in.names.boxes; !in.live && use != nil {
		if s, ok := box.(string); ok {
			use.named[s] = true
		} else {
			use.any = true
		}
	}
	return box, problems
}

// readListened reads the name of a box.
func readListened(v cty.Value, in *reading) (any, []problem) {
	s, ok, p := text(v, "a box")
	if !ok {
		return nil, p
	}
	box := strings.TrimPrefix(s, "user:")
	switch {
	case in.live:
		return box, nil // one that there is not is found out by the call
	case box == "" || len(box) > 64:
		return nil, wrong("a box has a name of 1 to 64 octets", "")
	}
	return box, in.names.boxExists(box)
}

// boxUse is which boxes the rows leave messages in, while a plan is compiled.
type boxUse struct {
	named map[string]bool
	any   bool // a row leaves them in a box that only the call names
}

// boxExists says whether a box is there, and which was meant if not.
func (d *directory) boxExists(box string) []problem {
	if d.Boxes == nil || d.hasBoxes[box] {
		return nil
	}
	if d.hasUser(box) { // may get one any day
		return []problem{{
			index: -1, message: fmt.Sprintf("user %q has no voicemail, so nothing is recorded and the next step runs", box),
			hint: fmt.Sprintf("Write voicemail = { pin = \"...\" } in user %q.", box), warning: true,
		}}
	}
	hint := fmt.Sprintf("Write mailbox %q { ... } to have it.", box)
	if s := Suggest(box, d.Boxes); s != "" {
		hint = fmt.Sprintf("Did you mean %q?", s)
	}
	return []problem{{index: -1, message: fmt.Sprintf("there is no box %q", box), hint: hint, soft: true}}
}

// hasBox says whether messages can be left in a box, as far as anybody knows.
func (d *directory) hasBox(box string) bool {
	return d == nil || d.Boxes == nil || d.hasBoxes[box]
}

// Unreached gives the boxes, in their order, that no row leaves messages in.
func (p *Plan) Unreached() []string {
	use := p.names.boxes
	if use == nil || use.any {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.names.Boxes), func(box string) bool { return use.named[box] })
}

// readVoicemailOptions reads the second argument of voicemail.
func readVoicemailOptions(v cty.Value, in *reading) (any, []problem) {
	var o VoicemailOptions
	if !v.IsKnown() {
		return o, nil
	}
	if t := v.Type(); v.IsNull() || !t.IsObjectType() && !t.IsMapType() {
		return o, wrong(fmt.Sprintf("options stand in { }, not as %s", Kind(v)), `Write { greeting = "closed.wav" }.`)
	}
	var problems []problem
	members := v.AsValueMap()
	for _, key := range slices.Sorted(maps.Keys(members)) {
		var ps []problem
		switch key {
		case "greeting":
			var file any
			file, ps = readSound(members[key], in)
			o.Greeting, _ = file.(string)
		case "busy":
			o.Busy, ps = readFlag(members[key], key)
		default:
			ps = wrong(fmt.Sprintf("voicemail has no option %q", key), DidYouMean(key, []string{"greeting", "busy"}))
		}
		for _, p := range ps {
			p.key = key
			problems = append(problems, p)
		}
	}
	return o, problems
}

// voicemail leaves a message, where there is such a box.
func (s *simulation) voicemail(step VoicemailStep) {
	if !s.names.hasBox(step.Box) {
		return
	}
	s.ended = true
	s.add("voicemail " + step.Box)
}
