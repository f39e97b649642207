package script

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

func names() Names {
	return Names{
		Steps:     []Step{{"dial", []string{"targets", "timeout", "options"}}, {"reject", []string{"code", "phrase"}}, {"answer", nil}},
		Functions: []string{"registered"},
	}
}

func input(to string) Input {
	return Input{Values: map[string]string{"to": to, "caller": "+441"}, Functions: map[string]function.Function{
		"registered": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "user", Type: cty.String}}, Type: function.StaticReturnType(cty.Bool),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				return cty.BoolVal(args[0].AsString() == "201"), nil
			},
		}),
	}}
}

func TestAScriptSaysWhereACallGoes(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{`
def route(call):
    return [dial("user:" + call.to, "20s")]
`, `dial ["user:201" "20s"]`},
		{`
vip = {"+441": "202"}
def route(call):
    if call.caller in vip:
        return dial("user:" + vip[call.caller], timeout = "5s", record = True, next_on = [486, 503])
    return reject(404)
`, `dial ["user:202" "5s" {next_on=[486 503] record=true}]`},
		{`
def route(call):
    steps = [answer()]
    for user in ["200", "201"]:
        if registered(user):
            steps.append([dial(targets = ["user:" + user], timeout = "1s", options = {"record": False})])
    return steps + [reject(480, "nobody " + str(1 + 1))]
`, `answer [], dial [["user:201"] "1s" {record=false}], reject [480 "nobody 2"]`},
	} {
		p, problems := Compile("x.star", []byte(c.script), names())
		if p == nil {
			t.Fatalf("%s: %v", c.script, problems)
		}
		calls, err := p.Run(input("201"))
		if err != nil {
			t.Fatalf("%s: %v", c.script, err)
		}
		if got := said(calls); got != c.want {
			t.Errorf("%s: %s, want %s", c.script, got, c.want)
		}
	}
}

func said(calls []Call) string {
	var words []string
	for _, c := range calls {
		words = append(words, c.Step+" "+shown(cty.TupleVal(c.Args)))
	}
	return strings.Join(words, ", ")
}

func shown(v cty.Value) string {
	var words []string
	switch {
	case v.Type() == cty.String:
		return fmt.Sprintf("%q", v.AsString())
	case v.Type() == cty.Number:
		return v.AsBigFloat().Text('f', -1)
	case v.Type() == cty.Bool:
		return fmt.Sprint(v.True())
	case v.Type().IsObjectType():
		for name, m := range v.AsValueMap() {
			words = append(words, name+"="+shown(m))
		}
		if len(words) == 2 && words[0] > words[1] {
			words[0], words[1] = words[1], words[0]
		}
		return "{" + strings.Join(words, " ") + "}"
	}
	for _, m := range v.AsValueSlice() {
		words = append(words, shown(m))
	}
	return "[" + strings.Join(words, " ") + "]"
}

func TestBrokenScriptsAreRefusedWithTheirLine(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"def route(call)\n  return []\n", "2:1 got newline, want ':'"},
		{"def route(call):\n    return [dail()]\n", `2:13 undefined: dail`},
		{"x = 1\n", "0:0 there is no function route(call)"},
		{"def route(call, more):\n    return []\n", "1:1 route takes one thing, the call: def route(call)"},
		{"busy = registered('201')\ndef route(call):\n    return []\n", "1:18 registered can be asked during a call only, in route"},
		{"def f():\n    for i in range(1000000000):\n        pass\nf()\n", "2:5 Starlark computation cancelled: it took more than 200000 steps of work"},
		{"load('other.star', 'x')\n", "1:1 load not implemented by this application"},
	} {
		p, problems := Compile("x.star", []byte(c.script), names())
		if p != nil || len(problems) == 0 {
			t.Fatalf("%s: taken", c.script)
		}
		if got := fmt.Sprintf("%d:%d %s", problems[0].Line, problems[0].Column, problems[0].Message); got != c.want {
			t.Errorf("%q: %s, want %s", c.script, got, c.want)
		}
	}
}

func TestAScriptThatFailsSaysWhere(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"return None", "x.star: route returned no steps: a list of them is wanted"},
		{"return []", "x.star: route returned no steps: a list of them is wanted"},
		{"return ['dial']", "x.star: route returned text where a step is wanted"},
		{"return call.nothing", `x.star:2: "call" struct has no .nothing attribute`},
		{"return [dial(1, 2, 3, 4)]", "x.star:2: dial takes at most 3 values"},
		{"return [reject(404, tune = 1)]", `x.star:2: reject has no "tune"`},
		{"return [dial('user:1', record = True)]", "x.star:2: dial: with options by their names, all of [targets timeout] must be there, and nothing more"},
		{"return [dial(lambda: 1)]", "x.star:2: targets of dial: a value of type function is no value of the dialplan"},
		{"return [x for x in range(1000000000)]", "x.star:2: Starlark computation cancelled: it took more than 200000 steps of work"},
		{"return route(call)", "x.star:2: function route called recursively"},
		{"return [dial([[[[[[[[[[[1]]]]]]]]]]])]", "x.star:2: targets of dial: it is nested too deeply"},
	} {
		p, problems := Compile("x.star", []byte("def route(call):\n    "+c.body+"\n"), names())
		if p == nil {
			t.Fatalf("%s: %v", c.body, problems)
		}
		if _, err := p.Run(input("1")); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.body, err, c.want)
		}
	}
}

// FuzzCompile looks for scripts that do not end or that end the process.
func FuzzCompile(f *testing.F) {
	f.Add("def route(call):\n    return [dial('user:' + call.to, '20s', {'record': True})]\n")
	f.Add("def route(call):\n    return [[answer()], reject(404)] * 3\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "*") || strings.Contains(text, "%") || strings.Contains(text, "<<") {
			t.Skip() // memory is the operator's own
		}
		if p, _ := Compile("x.star", []byte(text), names()); p != nil {
			_, _ = p.Run(input("201"))
		}
	})
}
