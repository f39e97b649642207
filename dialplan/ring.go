package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// DefaultEach is how long one member of a group rings before the next, unless `each` says otherwise.
const DefaultEach = 15 * time.Second

// Strategy is the order in which the members of a group are called.
type Strategy string

// The strategies. All but RingAll call one member after the other.
const (
	RingAll         Strategy = "all"          // at the same time
	RingInTurn      Strategy = "in turn"      // in the order of the list
	RingLongestIdle Strategy = "longest idle" // who has not talked for the longest time first
	RingLeastCalls  Strategy = "least calls"  // who has answered the fewest calls first
	RingRandom      Strategy = "random"       // in any order
)

// RingStep calls the members of a group. The first that answers has the call; the others are told that it was completed
// elsewhere.
type RingStep struct {
	Targets  []Target      // 1 to MaxTargets
	Timeout  time.Duration // for all of them: MinTimeout to MaxTimeout
	Options  DialOptions
	Strategy Strategy      // "" means RingAll
	Each     time.Duration // how long one member rings where they are called in turn; 0 means DefaultEach
	SkipBusy bool          // members who are in a call are not called
}

func (RingStep) isStep() {}

// InTurn says whether members are called one after the other.
func (s RingStep) InTurn() bool { return s.Strategy != "" && s.Strategy != RingAll }

// EachTime is how long one member rings where they are called in turn.
func (s RingStep) EachTime() time.Duration {
	if s.Each == 0 {
		return DefaultEach
	}
	return s.Each
}

// String gives for example `ring user:201 and user:202 (20s)` or `ring user:201, user:202 (1m, in turn, 15s each)`.
func (s RingStep) String() string {
	separator, words := " and ", []string{seconds(s.Timeout)}
	if s.InTurn() {
		separator = ", "
		words = append(words, string(s.Strategy), seconds(s.EachTime())+" each")
	}
	if s.SkipBusy {
		words = append(words, "not the busy ones")
	}
	words = append(words, s.Options.words()...)
	return "ring " + joinTargets(s.Targets, separator) + " (" + strings.Join(words, ", ") + ")"
}

// strategies are the words of strategy.
func strategies() []string {
	return []string{string(RingAll), string(RingInTurn), string(RingLongestIdle), string(RingLeastCalls), string(RingRandom)}
}

// ringStepSpec is ring(targets, timeout, {options}) as the file writes it.
func ringStepSpec() *stepSpec {
	return &stepSpec{
		name: "ring", form: "ring(targets, timeout, {options})", least: 1,
		params: append(targetParams(readRinging), param{"options", readRingOptions}),
		make: func(a []any) Step {
			s := optional(a, 2, RingStep{})
			s.Targets, s.Timeout = a[0].([]Target), optional(a, 1, DefaultTimeout)
			return s
		},
	}
}

// readRingOptions reads the third argument of ring into a step without targets.
func readRingOptions(v cty.Value, in *reading) (any, []problem) {
	var s RingStep
	known := dialOptions(&s.Options)
	known["strategy"] = func(v cty.Value, in *reading) []problem {
		return into(&s.Strategy, v, in, readWord[Strategy]("strategy", strategies()...))
	}
	known["each"] = func(v cty.Value, in *reading) []problem {
		return into(&s.Each, v, in, readTime(MinTimeout, MaxTimeout))
	}
	known["skip_busy"] = func(v cty.Value, _ *reading) (p []problem) { s.SkipBusy, p = readFlag(v, "skip_busy"); return p }
	known["next_on"] = func(cty.Value, *reading) []problem {
		return wrong("ring goes on to the next member after any failure", "Write dial(...) for next_on.")
	}
	problems := readGroup(v, in, "ring", `{ strategy = "in turn", each = "10s" }`, known)
	if len(problems) == 0 && s.Each != 0 && !s.InTurn() && v.IsWhollyKnown() {
		problems = append(problems, problem{
			key: "each", index: -1, message: "each is how long one member rings where they are called in turn, and all ring at once here",
			hint: `Write strategy = "in turn".`,
		})
	}
	return s, problems
}

// readRinging reads the targets of ring, which a room cannot be: it is always there.
func readRinging(v cty.Value, in *reading) (any, []problem) {
	all, problems := readTargets(v, in)
	if targets, ok := all.([]Target); ok {
		for i, t := range targets {
			if t.Kind == TargetRoom {
				problems = append(problems, problem{index: i, message: "a room does not ring", hint: fmt.Sprintf("Write room(%q) as a step, or dial(%q).", t.Name, t.String())})
			}
		}
	}
	return all, problems
}

// free gives the targets that are not users in a call.
func free(targets []Target, busy func(user string) bool) []Target {
	return slices.DeleteFunc(slices.Clone(targets), func(t Target) bool { return t.Kind == TargetUser && busy(t.Name) })
}
