package dialplan

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// compileQueue takes one queue block, whose name is fine.
func (c *compiler) compileQueue(b *hclsyntax.Block) {
	at := b.LabelRanges[0]
	q := &Queue{
		Name: b.Labels[0], Strategy: RingAll, Timeout: QueueTimeout, Callers: QueueCallers, Ring: QueueRing, Retry: QueueRetry,
		Join: true, Answer: true, File: at.Filename, Line: at.Start.Line,
	}
	flag := func(into *bool) func(any) { return func(v any) { *into = v.(bool) } }
	length := func(into *time.Duration) func(any) { return func(v any) { *into = v.(time.Duration) } }
	c.blockAttributes(b, []attribute{
		{"members", readMembers, func(v any) { q.Members = v.([]Target) }},
		{"strategy", readStrategy, func(v any) { q.Strategy = v.(Strategy) }},
		{"music", readSound, func(v any) { q.Music = v.(string) }},
		{"position", readTime(5*time.Second, time.Hour), length(&q.Position)},
		{"notice", readSound, func(v any) { q.Notice = v.(string) }},
		{"timeout", readTime(time.Second, maxQueueTimeout), length(&q.Timeout)},
		{"max_callers", readWhole("max_callers", 1, MaxQueueCallers), func(v any) { q.Callers = v.(int) }},
		{"ring", readTime(MinTimeout, MaxTimeout), length(&q.Ring)},
		{"retry", readTime(time.Second, MaxTimeout), length(&q.Retry)},
		{"wrap_up", readTime(0, time.Hour), length(&q.WrapUp)},
		{"join_when_empty", flagReader("join_when_empty"), flag(&q.Join)},
		{"leave_when_empty", flagReader("leave_when_empty"), flag(&q.Leave)},
		{"priority", readWhole("priority", 0, MaxPriority), func(v any) { q.Priority = v.(int) }},
		{"exit_key", readKey, func(v any) { q.Exit = v.(byte) }},
		{"answer", flagReader("answer"), flag(&q.Answer)},
	})
	if b.Body.Attributes["members"] == nil {
		c.consequent(at, `Write members = ["user:201", "user:202"].`, "queue %q has no members", q.Name)
	}
	if a := b.Body.Attributes["notice"]; a != nil && b.Body.Attributes["position"] == nil {
		c.warnf(a.NameRange, `Write position = "30s" too.`, "the notice is heard before the caller's place, which queue %q does not tell", q.Name)
	}
	c.plan.queues[q.Name] = q
}

// readMembers reads the members of a queue: targets that ring, each once, and trunks with the number to ask for.
func readMembers(v cty.Value, in *reading) (any, []problem) {
	if v.IsKnown() && !v.IsNull() && isList(v) {
		if n := v.LengthInt(); n == 0 || n > MaxQueueMembers {
			return nil, wrong(fmt.Sprintf("a queue has 1 to %d members, not %d", MaxQueueMembers, n), "")
		}
	} else {
		return nil, wrong(fmt.Sprintf("members is a list of targets, not %s", Kind(v)), `Write members = ["user:201", "user:202"].`)
	}
	var members []Target
	var problems []problem
	seen := map[string]bool{}
	for i, element := range v.AsValueSlice() {
		t, ps := readTarget(element, in)
		if len(ps) == 0 {
			ps = unfitMember(t, seen[t.String()])
		}
		for _, p := range ps {
			p.index = i
			problems = append(problems, p)
		}
		seen[t.String()] = true
		members = append(members, t)
	}
	return members, problems
}

// unfitMember says why a target cannot be a member of a queue.
func unfitMember(t Target, twice bool) []problem {
	switch {
	case t.Kind == TargetRoom:
		return wrong("a room does not ring, so it cannot be a member", "")
	case t.open():
		return wrong(fmt.Sprintf("the member %q lacks the number to ask for", t), fmt.Sprintf("Write %q.", "trunk:"+t.Name+"/NUMBER"))
	case twice:
		return []problem{{message: fmt.Sprintf("the member %q is there twice", t), warning: true}}
	}
	return nil
}

// readStrategy reads the order in which members are rung.
func readStrategy(v cty.Value, _ *reading) (any, []problem) {
	s, ok, p := text(v, "strategy")
	if !ok {
		return Strategy(""), p
	}
	for _, known := range strategies() {
		if s == known {
			return Strategy(s), nil
		}
	}
	hint := DidYouMean(s, strategies())
	if hint == "" {
		hint = "There are " + strings.Join(strategies(), ", ") + "."
	}
	return Strategy(""), wrong(fmt.Sprintf("there is no strategy %q", s), hint)
}

// readKey reads one key of a telephone.
func readKey(v cty.Value, _ *reading) (any, []problem) {
	s, ok, p := text(v, "a key")
	if !ok {
		return byte(0), p
	}
	if len(s) != 1 || !strings.Contains(keypad, s) {
		return byte(0), wrong(fmt.Sprintf("%q is no key of a telephone", s), `It is one of 0-9, * and #.`)
	}
	return s[0], nil
}

// answerQueue takes what a test says of a queue; false means that the key is of something else.
func (c *compiler) answerQueue(t *test, m member) bool {
	name, is := strings.CutPrefix(m.key, queueKey)
	if !is {
		return false
	}
	if _, there := c.plan.queues[name]; !there {
		c.consequent(m.at, DidYouMean(name, sortedLabels(c.plan.names.queues)), "there is no queue %q", name)
	}
	for _, one := range m.each() {
		if status, ok := c.testAnswer(one); ok {
			t.answers[m.key] = append(t.answers[m.key], status)
		}
	}
	return true
}
