package dialplan

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

const maxEvents = 200 // in one expect list

// testWithoutTime is when the call of a test comes that does not say: at noon on a Wednesday. A test must not depend on
// when it is run.
func testWithoutTime(zone *time.Location) time.Time { return time.Date(2026, 1, 7, 12, 0, 0, 0, zone) }

// compileTest takes one test block.
func (c *compiler) compileTest(b *hclsyntax.Block) {
	t := &test{file: b.TypeRange.Filename, line: b.TypeRange.Start.Line}
	t.request.At = testWithoutTime(c.plan.Zone())
	before := len(c.diags)
	if len(b.Labels) == 1 {
		t.name = b.Labels[0]
	} else {
		c.errorf(b.TypeRange, `Write test "what it shows" { ... }.`, "a test has one name")
	}
	if i := slices.IndexFunc(c.plan.tests, func(o *test) bool { return o.name == t.name }); i >= 0 && t.name != "" {
		first := c.plan.tests[i]
		c.errorf(b.LabelRanges[0], "", "there are two tests %q, the first at %s:%d", t.name, first.file, first.line)
	}
	for _, nested := range b.Body.Blocks {
		c.errorf(nested.TypeRange, fmt.Sprintf("Write %s = ...", nested.Type), "test holds no blocks")
	}
	read := map[string]func(*test, hclsyntax.Expression){
		"call": c.testCall, "answers": c.testAnswers, "press": c.testPress, "expect": c.testExpect,
		"row": c.testRow, "final": c.testFinal,
		"registered": c.testUsers(func(t *test, all []string) { t.facts.Only, t.facts.RegisteredUsers = true, all }),
		"busy":       c.testUsers(func(t *test, all []string) { t.facts.BusyUsers = all }),
		"asleep":     c.testUsers(func(t *test, all []string) { t.facts.AsleepUsers = all }),
		"open":       c.testHours(func(t *test, all []string) { t.facts.OpenHours = all }),
		"closed":     c.testHours(func(t *test, all []string) { t.facts.ClosedHours = all }),
	}
	for _, a := range sortedAttributes(b.Body) {
		if f := read[a.Name]; f != nil {
			f(t, a.Expr)
			continue
		}
		c.errorf(a.NameRange, DidYouMean(a.Name, slices.Sorted(maps.Keys(read))), "test has no %q", a.Name)
	}
	c.testPart(b, `call = { from = "user:201", to = "202" }`, "call")
	c.testPart(b, `expect = ["ring user:202", "answered"]`, "expect", "row", "final")
	t.request.State = t.facts
	if len(c.diags) == before {
		c.plan.tests = append(c.plan.tests, t)
	}
}

// testPart asks that a test has an attribute, or one in its place.
func (c *compiler) testPart(b *hclsyntax.Block, form string, names ...string) {
	has := func(name string) bool { return b.Body.Attributes[name] != nil }
	if !slices.ContainsFunc(names, has) && len(b.Body.Blocks) == 0 {
		c.consequent(b.TypeRange, "Write "+form+".", "this test lacks its %s", names[0])
	}
}

// member is one entry of an object: key and value, with their places.
type member struct {
	key       string
	at, valAt hcl.Range
	value     cty.Value
}

// members reads an object of a test, entry by entry.
func (c *compiler) members(e hclsyntax.Expression, what string) []member {
	object, ok := unparen(e).(*hclsyntax.ObjectConsExpr)
	if !ok {
		c.errorf(e.Range(), "", "%s is a group in { }", what)
		return nil
	}
	var all []member
	for _, item := range object.Items {
		key, diags := item.KeyExpr.Value(c.plan.base)
		c.diags = append(c.diags, diags...)
		v, ok := c.constant(item.ValueExpr)
		if diags.HasErrors() || !ok {
			continue
		}
		m := member{at: item.KeyExpr.Range(), valAt: item.ValueExpr.Range(), value: v}
		if key.IsNull() || key.Type() != cty.String {
			c.errorf(m.at, "", "the names in %s are text", what)
			continue
		}
		m.key = key.AsString()
		all = append(all, m)
	}
	return all
}

// constant evaluates an expression that no call may have a part in.
func (c *compiler) constant(e hclsyntax.Expression) (cty.Value, bool) {
	d, ok := c.dependencies(e)
	if !ok {
		return cty.NilVal, false
	}
	if d.live {
		c.errorf(e.Range(), "", "there is no call here yet: to, from and caller have no value")
		return cty.NilVal, false
	}
	return c.evaluate(e)
}

// memberText gives the text of an entry.
func (c *compiler) memberText(m member) (string, bool) {
	s, ok, p := text(m.value, m.key)
	for _, p := range p {
		c.errorf(m.valAt, p.hint, "%s", p.message)
	}
	return s, ok
}

// testCall reads { from, to, caller, caller_name, at }.
func (c *compiler) testCall(t *test, e hclsyntax.Expression) {
	seen := map[string]bool{}
	for _, m := range c.members(e, "call") {
		seen[m.key] = true
		keys := []string{"from", "to", "caller", "caller_name", "at"}
		if !slices.Contains(keys, m.key) {
			c.errorf(m.at, DidYouMean(m.key, keys), "call has no %q", m.key)
			continue
		}
		s, ok := c.memberText(m)
		if !ok {
			continue
		}
		switch m.key {
		case "from":
			t.request.From = c.testSource(m, s)
		case "to":
			t.request.To = s
		case "caller":
			t.request.Caller = s
		case "caller_name":
			t.request.CallerName = s
		case "at":
			at, err := ParseTime(s, c.plan.Zone())
			if err != nil {
				c.errorf(m.valAt, `Write "2026-08-19T11:00".`, "%q is no time of day on a date", s)
			}
			t.request.At = at
		}
	}
	for _, key := range []string{"from", "to"} {
		if _, isObject := unparen(e).(*hclsyntax.ObjectConsExpr); isObject && !seen[key] {
			c.errorf(e.Range(), `Write call = { from = "user:201", to = "202" }.`, "call lacks %q", key)
		}
	}
}

func (c *compiler) testSource(m member, s string) Source {
	source, err := ParseSource(s)
	if err != nil {
		c.errorf(m.valAt, `Write "user:NAME" or "trunk:NAME".`, "no calls come from %q", s)
		return source
	}
	kind := TargetUser
	if source.Kind == FromTrunk {
		kind = TargetTrunk
	}
	for _, p := range exists(kind, source.Name, c.plan.names) {
		c.consequent(m.valAt, p.hint, "%s", p.message)
	}
	return source
}

// ParseTime reads the time of a made-up call: RFC 3339, or a date and a time of day without seconds or zone, which is
// meant in a zone (see Plan.Zone).
func ParseTime(s string, in *time.Location) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(layout, s, in); err == nil {
			return at, nil
		}
	}
	return time.Parse(time.RFC3339, s)
}

// answerWords gives the words for what a target does.
func answerWords() map[string]int {
	return map[string]int{"answer": Answered, "no-answer": NoAnswer, "busy": Busy}
}

// testAnswers reads { target = outcome }.
func (c *compiler) testAnswers(t *test, e hclsyntax.Expression) {
	t.answers = map[string][]int{}
	for _, m := range c.members(e, "answers") {
		if c.answerQueue(t, m) {
			continue
		}
		target, bad := parseTarget(m.key)
		if bad != nil {
			c.errorf(m.at, bad.hint, "%s", bad.message)
			continue
		}
		for _, p := range exists(target.Kind, target.Name, c.plan.names) {
			c.consequent(m.at, p.hint, "%s", p.message)
		}
		for _, one := range m.each() {
			if status, ok := c.testAnswer(one); ok {
				t.answers[target.String()] = append(t.answers[target.String()], status)
			}
		}
	}
}

// each gives the members of a list as entries of their own: what a target does each time that it is called.
func (m member) each() []member {
	if m.value.IsNull() || !m.value.IsKnown() || !isList(m.value) {
		return []member{m}
	}
	var all []member
	for _, v := range m.value.AsValueSlice() {
		one := m
		one.value = v
		all = append(all, one)
	}
	return all[:min(len(all), maxEvents)]
}

func (c *compiler) testAnswer(m member) (int, bool) {
	const hint = `Write "answer", "no-answer", "busy", a status such as 503, or a list of these.`
	if m.value.IsKnown() && !m.value.IsNull() && m.value.Type() == cty.Number {
		code, problems := readCode(m.value, nil)
		for _, p := range problems {
			c.errorf(m.valAt, hint, "%s", p.message)
		}
		n, ok := code.(int)
		return n, ok
	}
	s, ok := c.memberText(m)
	if !ok {
		return 0, false
	}
	words := answerWords()
	if status, ok := words[s]; ok {
		return status, true
	}
	h := DidYouMean(s, slices.Sorted(maps.Keys(words)))
	if h == "" {
		h = hint
	}
	c.errorf(m.valAt, h, "nobody can do %q", s)
	return 0, false
}

// testExpect reads the list of events.
func (c *compiler) testExpect(t *test, e hclsyntax.Expression) {
	v, ok := c.constant(e)
	if !ok {
		return
	}
	if v.IsNull() || !isList(v) {
		c.errorf(e.Range(), `Write expect = ["ring user:202", "answered"].`, "expect is a list of events, not %s", Kind(v))
		return
	}
	if n := v.LengthInt(); n == 0 || n > maxEvents {
		c.errorf(e.Range(), "", "a test expects 1 to %d events, not %d", maxEvents, n)
		return
	}
	for i, element := range v.AsValueSlice() {
		s, _, problems := text(element, "an event")
		for _, p := range problems {
			p.index = i
			c.problems(e, []problem{p})
		}
		t.expect = append(t.expect, s)
	}
}
