package dialplan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// Bounds and defaults of menus.
const (
	MaxMenus       = 1000             // of a plan
	MaxMenuKeys    = 200              // rows of one menu's keys
	MaxMenuDigits  = 32               // that one entry may have
	MaxMenuRetries = 10               // how often a menu may be begun again
	MaxPrompts     = 16               // sounds of one prompt
	PromptTone     = 2 * time.Second  // how long a tone of a prompt lasts
	MenuWait       = 5 * time.Second  // for the first digit, where the file says nothing
	MenuBetween    = 3 * time.Second  // for each further digit, where the file says nothing
	MenuRetries    = 2                // where the file says nothing, and neither "else" nor "timeout" says what comes then
	maxMenuWait    = 5 * time.Minute  // for the first digit
	maxMenuBetween = 30 * time.Second // for each further one
)

// MenuStep plays a menu to the caller and does what the caller presses a key for. When nothing of the menu takes what
// was pressed, or nothing was, the next step runs.
type MenuStep struct{ Name string }

func (MenuStep) isStep() {}

// String gives for example `menu main`.
func (s MenuStep) String() string { return "menu " + s.Name }

// Menu is a compiled menu block: immutable.
type Menu struct {
	Name    string
	Prompt  []Prompt      // played one after the other, until a key is pressed
	Wait    time.Duration // for the first digit, once the prompt has been heard
	Between time.Duration // for each further digit
	Digits  int           // the most digits of one entry: 1 to MaxMenuDigits
	Retries int           // how often the menu is begun again after wrong digits, or none
	Invalid string        // sound file that is heard after wrong digits; empty for a tone
	Answer  bool          // the call is answered first; else the menu is early media
	Direct  bool          // users may be dialed by their numbers
	File    string        // where the menu stands
	Line    int

	keys          []*row   // in the order of the file
	other, silent *row     // "else" and "timeout"; nil where there is none
	direct        *row     // stands for the users, where they may be dialed; else nil
	people        []string // their numbers, sorted
}

// Prompt is one sound of a menu's prompt: a file or a tone.
type Prompt struct {
	File string // empty for a tone
	Tone string // empty for a file
}

// String gives the sound as the file writes it: `welcome.wav`, `tone:dial`.
func (p Prompt) String() string {
	if p.Tone != "" {
		return "tone:" + p.Tone
	}
	return p.File
}

// Menu gives the menu of a name as the plan of this decision has it; nil where there is none.
func (d Decision) Menu(name string) *Menu {
	if d.plan == nil {
		return nil
	}
	return d.plan.Menu(name)
}

// Menu gives the menu of a name; nil where there is none.
func (p *Plan) Menu(name string) *Menu { return p.menus[name] }

// Menus gives the number of menus.
func (p *Plan) Menus() int { return len(p.menus) }

// menuStepSpec is menu(name) as the file writes it.
func menuStepSpec() *stepSpec {
	return &stepSpec{
		name: "menu", form: "menu(name)", least: 1, params: []param{{"name", readMenu}},
		make: func(a []any) Step { return MenuStep{a[0].(string)} },
	}
}

// readMenu reads the name of a menu.
func readMenu(v cty.Value, in *reading) (any, []problem) {
	return readLabel(v, in, in.names.menus, "menu")
}

// labels are the names of the menus, or of the queues, of a plan, each with whether a step leads there. They are
// written while the plan is compiled only.
type labels map[string]bool

func sortedLabels(l labels) []string { return slices.Sorted(maps.Keys(l)) }

// readLabel reads the name of a menu or a queue, as kind says.
func readLabel(v cty.Value, in *reading, known labels, kind string) (any, []problem) {
	s, ok, p := text(v, "a "+kind)
	if !ok {
		if p == nil && !in.live { // the call says which: it may be any
			for name := range known {
				known[name] = true
			}
		}
		return nil, p
	}
	if _, is := known[s]; is {
		if !in.live {
			known[s] = true
		}
		return s, nil
	}
	hint := DidYouMean(s, sortedLabels(known))
	if hint == "" {
		hint = fmt.Sprintf("Write %s %q { ... }.", kind, s)
	}
	return nil, []problem{{index: -1, message: fmt.Sprintf("there is no %s %q", kind, s), hint: hint, soft: true, status: 404}}
}

// readPrompt reads one sound of a prompt: a file, or a tone as "tone:NAME".
func readPrompt(v cty.Value, in *reading) (Prompt, []problem) {
	s, ok, p := text(v, "a sound")
	if !ok {
		return Prompt{}, p
	}
	if name, is := strings.CutPrefix(s, "tone:"); is {
		_, ps := readTone(cty.StringVal(name), in)
		return Prompt{Tone: name}, ps
	}
	_, ps := readSound(v, in)
	return Prompt{File: s}, ps
}

// readPrompts reads a prompt: one sound or a list of them.
func readPrompts(v cty.Value, in *reading) (any, []problem) {
	if v.IsNull() || !isList(v) {
		one, p := readPrompt(v, in)
		return []Prompt{one}, p
	}
	if n := v.LengthInt(); n == 0 || n > MaxPrompts {
		return nil, wrong(fmt.Sprintf("a prompt is 1 to %d sounds, not %d", MaxPrompts, n), "")
	}
	var all []Prompt
	var problems []problem
	for i, element := range v.AsValueSlice() {
		one, ps := readPrompt(element, in)
		for _, p := range ps {
			p.index = i
			problems = append(problems, p)
		}
		all = append(all, one)
	}
	return all, problems
}
