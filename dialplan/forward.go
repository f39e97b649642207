package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// ForwardStep sends the call on for whoever was dialed: its targets are called as by dial, and told that the call was
// diverted, by whom and why (RFC 5806, RFC 7044). The caller hears of it by 181. The calls are made as calls of By where
// that is a user, so that nobody forwards to where he may not call; a call that was sent on too often, or by the same
// user before, fails with 482.
type ForwardStep struct {
	Targets []Target      // 1 to MaxTargets
	Timeout time.Duration // for each target: MinTimeout to MaxTimeout
	Options DialOptions
	By      string // who forwards: the dialed number unless the step says otherwise; never empty in a decision
	User    bool   // By is a user
	Reason  string // one of forwardReasons; empty means by what was tried before
}

func (ForwardStep) isStep() {}

// Next says whether the next target is to be tried after one failed with this status.
func (s ForwardStep) Next(status int) bool { return s.Options.Next(status) }

// Dial gives the step as one that only calls.
func (s ForwardStep) Dial() DialStep { return DialStep{s.Targets, s.Timeout, s.Options} }

// String gives for example `forward for 202 to user:203 (20s)`.
func (s ForwardStep) String() string {
	words := inTurnWords(s.Targets, s.Timeout, s.Options)
	if s.Reason != "" {
		words = append(words, s.Reason)
	}
	by := ""
	if s.By != "" {
		by = "for " + s.By + " "
	}
	return "forward " + by + "to " + joinTargets(s.Targets, ", then ") + " (" + strings.Join(words, ", ") + ")"
}

// forwardReasons are the reasons that a step may give (RFC 5806 §4).
func forwardReasons() []string {
	return []string{"unconditional", "user-busy", "no-answer", "unavailable", "time-of-day", "do-not-disturb", "deflection", "follow-me", "out-of-service", "away", "unknown"}
}

// forwardStepSpec is forward(targets, timeout, {options}) as the file writes it.
func forwardStepSpec() *stepSpec {
	return &stepSpec{
		name: "forward", form: "forward(targets, timeout, {options})", least: 1,
		params: append(targetParams(readForwarded), param{"options", readForwardOptions}),
		make: func(a []any) Step {
			s := optional(a, 2, ForwardStep{Options: DialOptions{NextOn: DefaultNextOn()}})
			s.Targets, s.Timeout = a[0].([]Target), optional(a, 1, DefaultTimeout)
			return s
		},
	}
}

// readForwarded reads the targets of forward. The number that was dialed is that of who forwards: a trunk is asked for
// another one.
func readForwarded(v cty.Value, in *reading) (any, []problem) {
	all, problems := readTargets(v, in)
	if targets, ok := all.([]Target); ok {
		for i, t := range targets {
			if t.open() && t.Name != "" && len(problems) == 0 {
				problems = append(problems, problem{
					index: i, message: fmt.Sprintf("a call is forwarded to a number, which %q does not say", t.String()),
					hint: fmt.Sprintf("Write %q.", t.String()+"/NUMBER"),
				})
			}
		}
		if !isList(v) {
			for i := range problems {
				problems[i].index = -1
			}
		}
	}
	return all, problems
}

// readForwardOptions reads the third argument of forward into a step without targets.
func readForwardOptions(v cty.Value, in *reading) (any, []problem) {
	s := ForwardStep{Options: DialOptions{NextOn: DefaultNextOn()}}
	known := dialOptions(&s.Options)
	known["next_on"] = func(v cty.Value, in *reading) (p []problem) { s.Options.NextOn, p = readCodes(v, in); return p }
	known["by"] = func(v cty.Value, in *reading) []problem { return into(&s.By, v, in, readForwarder) }
	known["reason"] = func(v cty.Value, in *reading) []problem {
		return into(&s.Reason, v, in, readWord[string]("reason", forwardReasons()...))
	}
	problems := readGroup(v, in, "forward", `{ by = "201", reason = "unconditional" }`, known)
	return s, problems
}

// readForwarder reads who forwards: a user or a number.
func readForwarder(v cty.Value, in *reading) (any, []problem) {
	s, ok, p := text(v, "by")
	if !ok {
		return nil, p
	}
	s = strings.TrimPrefix(s, "user:")
	if why := badNumber(s); why != "" {
		return nil, wrong(fmt.Sprintf("nobody forwards as %q: %s", s, why), `Write by = "201".`)
	}
	return s, nil
}

// finishForward says who forwards, and as whose calls the targets are called.
func finishForward(s ForwardStep, dialed string, names *directory) (ForwardStep, *failure) {
	if s.By == "" {
		s.By = dialed
	}
	if why := badNumber(s.By); why != "" {
		return s, &failure{484, fmt.Sprintf("nobody forwards as %q: %s", s.By, why)}
	}
	s.User = names != nil && names.hasUser(s.By)
	if s.User && slices.Contains(s.Targets, Target{Kind: TargetUser, Name: s.By}) {
		return s, &failure{482, fmt.Sprintf("user %q would forward to himself", s.By)}
	}
	return s, nil
}
