package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// OpenState is a State that also says of hours whether they are open, whatever their block says: that of a test, say.
type OpenState interface {
	State
	Open(hours string) (open, known bool)
}

// asked is a question that a call put to the world, with its answer: what an explanation tells, and what it is worked out
// from again, since the world goes on.
type asked struct {
	call  string // as the file writes it: registered("201")
	value bool
	why   string // may be empty
}

// String gives for example `open("office") is false: closed by "2026-12-25"`.
func (a asked) String() string {
	s := fmt.Sprintf("%s is %t", a.call, a.value)
	if a.why != "" {
		s += ": " + a.why
	}
	return s
}

// maxAsked bounds the answers that a decision keeps.
const maxAsked = 200

// callFunction is a function whose value only a call can tell.
type callFunction struct {
	name   string
	params []string
	kind   cty.Type
	// value gives the value for a call; args is as many as params.
	value func(s *scope, args []string) cty.Value
	// check reports what is wrong with arguments that are known before a call; nil means that nothing can be.
	check func(c *compiler, f *hclsyntax.FunctionCallExpr, args []string) bool
}

// callFunctions gives the functions whose value only a call can tell.
func callFunctions() []callFunction {
	userState := func(name string, ask func(State, string) bool) callFunction {
		return callFunction{
			name: name, params: []string{"user"}, kind: cty.Bool, check: checkUser,
			value: func(s *scope, args []string) cty.Value {
				user := strings.TrimPrefix(args[0], "user:")
				return s.answer(name, user, func() (bool, string) { return s.userIs(ask, user), "" })
			},
		}
	}
	return []callFunction{
		{name: "open", params: []string{"hours"}, kind: cty.Bool, value: openValue, check: checkOpen},
		userState("registered", State.Registered), userState("busy", State.Busy), userState("asleep", State.Asleep),
		{name: "during", params: []string{"hours"}, kind: cty.Bool, value: duringValue, check: checkDuring},
		{name: "weekday", kind: cty.String, value: func(s *scope, _ []string) cty.Value {
			return cty.StringVal(weekdayNames()[s.now().Weekday()])
		}},
		{name: "time", kind: cty.String, value: func(s *scope, _ []string) cty.Value { return cty.StringVal(s.now().Format("15:04")) }},
		{name: "date", kind: cty.String, value: func(s *scope, _ []string) cty.Value { return cty.StringVal(s.now().Format("2006-01-02")) }},
	}
}

// callFunctionNames gives the names of callFunctions.
func callFunctionNames() []string {
	var names []string
	for _, f := range callFunctions() {
		names = append(names, f.name)
	}
	return names
}

// spec gives the function for HCL; give gives its value.
func (f *callFunction) spec(give func(args []string) cty.Value) function.Function {
	spec := &function.Spec{Type: function.StaticReturnType(f.kind), Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		words := make([]string, len(args))
		for i, a := range args {
			words[i] = a.AsString()
		}
		return give(words), nil
	}}
	for _, p := range f.params {
		spec.Params = append(spec.Params, function.Parameter{Name: p, Type: cty.String})
	}
	return function.New(spec)
}

// unknownFunctions are the call functions before there is a call.
func unknownFunctions() map[string]function.Function {
	all := map[string]function.Function{}
	for _, f := range callFunctions() {
		all[f.name] = f.spec(func([]string) cty.Value { return cty.UnknownVal(f.kind).RefineNotNull() })
	}
	return all
}

// functions are the call functions for the scope's call.
func (s *scope) functions() map[string]function.Function {
	all := make(map[string]function.Function, len(s.plan.uses))
	for i := range s.plan.uses {
		f := &s.plan.uses[i]
		all[f.name] = f.spec(func(args []string) cty.Value { return f.value(s, args) })
	}
	return all
}

// now is the call's time in the zone of the plan.
func (s *scope) now() time.Time { return s.request.At.In(s.plan.Zone()) }

// answer puts a question to the world, once for each call, and keeps the answer.
func (s *scope) answer(name, arg string, ask func() (bool, string)) cty.Value {
	call := fmt.Sprintf("%s(%q)", name, arg)
	i := slices.IndexFunc(s.asked, func(a asked) bool { return a.call == call })
	if i < 0 {
		a := asked{call: call}
		a.value, a.why = ask()
		if len(s.asked) >= maxAsked {
			return cty.BoolVal(a.value)
		}
		i = len(s.asked)
		s.asked = append(s.asked, a)
	}
	return cty.BoolVal(s.asked[i].value)
}

// userIs asks about a user. Without a state everybody is registered, and nobody busy or asleep.
func (s *scope) userIs(ask func(State, string) bool, user string) bool {
	state := s.request.State
	if state == nil {
		state = everybody{}
	}
	return (s.names == nil || s.names.knows(user, state)) && ask(state, user)
}

// everybody is the State where none is given.
type everybody struct{}

func (everybody) Registered(string) bool { return true }
func (everybody) Busy(string) bool       { return false }
func (everybody) Asleep(string) bool     { return false }

func openValue(s *scope, args []string) cty.Value {
	return s.answer("open", args[0], func() (bool, string) { return s.plan.Open(args[0], s.request) })
}

// Open says whether hours are open for a call, and why. Hours that there are not are closed.
func (p *Plan) Open(hours string, r Request) (open bool, why string) {
	if told, ok := r.State.(OpenState); ok {
		if open, known := told.Open(hours); known {
			return open, "as the test says"
		}
	}
	h := p.hours[hours]
	if h == nil {
		return false, "there are no such hours"
	}
	open, why = h.At(r.At)
	why += ", it is " + r.At.In(h.zone).Format("Mon 2006-01-02 15:04") + " in " + zoneWords(h.zone)
	if h.note != "" {
		why += " (" + h.note + ")"
	}
	return open, why
}

func duringValue(s *scope, args []string) cty.Value {
	return s.answer("during", args[0], func() (bool, string) {
		line, err := parseHoursLine(args[0])
		if err != nil {
			return false, err.Reason
		}
		h := Hours{zone: s.plan.Zone(), open: []hoursLine{line}}
		open, _ := h.At(s.request.At)
		return open, "it is " + s.now().Format("Mon 2006-01-02 15:04") + " in " + zoneWords(h.zone)
	})
}

func checkOpen(c *compiler, f *hclsyntax.FunctionCallExpr, args []string) bool {
	return c.hoursNamed(args[0], f.Args[0].Range())
}

func checkUser(c *compiler, f *hclsyntax.FunctionCallExpr, args []string) bool {
	if kind, _, ok := strings.Cut(args[0], ":"); ok && kind != "user" {
		c.errorf(f.Args[0].Range(), `Write `+f.Name+`("201").`, "%s() asks about a user, not %q", f.Name, args[0])
		return false
	}
	problems := exists(TargetUser, strings.TrimPrefix(args[0], "user:"), c.plan.names)
	c.problems(f.Args[0], problems)
	return len(problems) == 0
}

func checkDuring(c *compiler, f *hclsyntax.FunctionCallExpr, args []string) bool {
	_, err := parseHoursLine(args[0])
	if err == nil {
		return true
	}
	c.errorf(within(f.Args[0].Range(), args[0], err.Offset), err.Hint, "%s", err.Reason)
	return false
}

// checkCall looks at a call of a function whose value only a call can tell; is says whether it is one.
func (c *compiler) checkCall(f *hclsyntax.FunctionCallExpr) (is, ok bool) {
	specs := callFunctions()
	i := slices.IndexFunc(specs, func(s callFunction) bool { return s.name == f.Name })
	if i < 0 {
		return false, false
	}
	spec := specs[i]
	if !slices.ContainsFunc(c.plan.uses, func(s callFunction) bool { return s.name == f.Name }) {
		c.plan.uses = append(c.plan.uses, spec)
	}
	if len(f.Args) != len(spec.params) || spec.check == nil {
		return true, true // HCL says so
	}
	args := make([]string, len(f.Args))
	for i, e := range f.Args {
		v, diags := e.Value(c.unknown)
		switch {
		case diags.HasErrors() || v.IsNull():
			return true, true // told where it is evaluated
		case !v.IsKnown():
			if spec.name == "open" || spec.name == "during" {
				c.errorf(e.Range(), "", "what %s() is asked for must not depend on the call", spec.name)
				return true, false
			}
			return true, true
		case v.Type() != cty.String:
			c.errorf(e.Range(), "", "%s() wants text in quotes, not %s", spec.name, Kind(v))
			return true, false
		}
		args[i] = v.AsString()
	}
	return true, spec.check(c, f, args)
}
