package dialplan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// warnShadowed warns of rows that can never fire, because rows above them take every number that they would.
func (c *compiler) warnShadowed() {
	c.warnShadowedIn(c.plan.users)
	c.warnShadowedIn(c.plan.trunks)
	for _, label := range slices.Sorted(maps.Keys(c.plan.named)) {
		c.warnShadowedIn(c.plan.named[label])
	}
}

// maxUnion is the most rows above one that are looked at together, once none of them alone takes all of its numbers, and
// maxTogether the most patterns that they are.
const (
	maxUnion    = 24
	maxTogether = 64
)

func (c *compiler) warnShadowedIn(rows []*row) {
	for i, r := range rows {
		var partly []*row
		covered := false
		for _, above := range rows[:i] {
			if !mayShareAny(&above.pattern, &r.pattern) {
				continue
			}
			if coversAll([]*row{above}, &r.pattern) {
				c.warnf(r.at, "", "this row can never match: %q at %s takes every number that it would", above.Pattern, above.Where())
				covered = true
				break
			}
			partly = append(partly, above)
		}
		if covered || len(partly) < 2 || len(partly) > maxUnion {
			continue
		}
		words := make([]string, len(partly))
		for j, above := range partly {
			words[j] = fmt.Sprintf("%q at %s", above.Pattern, above.Where())
		}
		if coversAll(partly, &r.pattern) {
			c.warnf(r.at, "", "this row can never match: %s together take every number that it would", strings.Join(words, ", "))
		}
	}
}

// parts gives the patterns that a row's pattern stands for. A class of numbers is of those that nobody lists here: as what
// is to be taken it is anything, as what takes it is nothing but itself.
func (p *Pattern) parts() []Pattern {
	switch {
	case p.any != nil:
		return p.any
	case p.class != "":
		return nil
	}
	return []Pattern{*p}
}

// anything is the pattern ".".
func anything() Pattern {
	e, _, _ := parseElement(".")
	return Pattern{text: ".", elems: []element{e}}
}

// mayShareAny says quickly, and only ever wrongly with yes, whether some number may be taken by both rows.
func mayShareAny(a, b *Pattern) bool {
	if a.elems != nil && b.elems != nil {
		return mayShare(a, b)
	}
	if a.class != "" || b.class != "" {
		return a.class == "" || b.class == "" || a.class == b.class
	}
	for _, one := range a.parts() {
		for _, other := range b.parts() {
			if mayShare(&one, &other) {
				return true
			}
		}
	}
	return false
}

// coversAll says whether every number that p takes is taken by one of the rows above it.
func coversAll(above []*row, p *Pattern) bool {
	if p.class != "" {
		for _, r := range above {
			if r.pattern.class == p.class || covers(r.pattern.parts(), anything()) {
				return true
			}
		}
		return false
	}
	for _, part := range p.parts() {
		var near []Pattern
		for _, r := range above {
			for _, one := range r.pattern.parts() {
				if mayShare(&one, &part) {
					near = append(near, one)
				}
			}
		}
		if len(near) == 0 || len(near) > maxTogether || !covers(near, part) {
			return false
		}
	}
	return true
}

// mayShare says quickly, and only ever wrongly with yes, whether some number may be taken by both patterns.
func mayShare(a, b *Pattern) bool {
	for i := range min(len(a.elems), len(b.elems)) {
		if a.elems[i].many || b.elems[i].many {
			return true
		}
		if !a.elems[i].set.meets(&b.elems[i].set) {
			return false
		}
	}
	return len(a.elems) == len(b.elems)
}

func (o *octets) meets(other *octets) bool {
	for i := range o {
		if o[i]&other[i] != 0 {
			return true
		}
	}
	return false
}

// maxCoverStates bounds the work of covers. Where it does not suffice the answer is no, which costs a warning.
const maxCoverStates = 20000

// covers says whether every number that p takes is taken by one of above. It walks p, one octet of each kind that
// matters at a time, beside the sets of places that the patterns above can be in (the subset construction), and looks
// for a number that ends p where none of the others ends.
func covers(above []Pattern, p Pattern) bool {
	c := &cover{above: above, p: p, alphabet: alphabet(append(slices.Clone(above), p)), seen: map[string]bool{}}
	start := make([]places, len(above))
	for i := range start {
		start[i].add(0)
	}
	return c.holds(start)
}

type cover struct {
	above    []Pattern
	p        Pattern
	alphabet []byte
	seen     map[string]bool
}

// places is a set of positions in a pattern, 0 to MaxPattern. Being past a "." also means being able to stay there.
type places [3]uint64

func (s *places) add(i int)      { s[i>>6] |= 1 << (i & 63) }
func (s *places) has(i int) bool { return s[i>>6]&(1<<(i&63)) != 0 }

// frame is one place of the walk that is still to be looked at.
type frame struct {
	at    int
	above []places
}

// holds walks p from its start. It keeps its own stack, since walks can be long.
func (c *cover) holds(start []places) bool {
	stack := []frame{{0, start}}
	for len(stack) > 0 {
		f := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		key := fmt.Sprint(f.at, f.above)
		if c.seen[key] {
			continue
		}
		c.seen[key] = true
		if len(c.seen) > maxCoverStates {
			return false
		}
		if f.at == len(c.p.elems) && !c.ended(f.above) {
			return false
		}
		for _, b := range c.alphabet {
			for _, next := range c.p.after(f.at, b) {
				stack = append(stack, frame{next, c.step(f.above, b)})
			}
		}
	}
	return true
}

// after gives the places that p can be in one octet after place i.
func (p *Pattern) after(i int, b byte) []int {
	var next []int
	if i < len(p.elems) && p.elems[i].set.has(b) {
		next = append(next, i+1)
	}
	if i > 0 && p.elems[i-1].many {
		next = append(next, i)
	}
	return next
}

// step moves the patterns above by one octet.
func (c *cover) step(from []places, b byte) []places {
	to := make([]places, len(from))
	for k, p := range c.above {
		for i := range len(p.elems) + 1 {
			if from[k].has(i) {
				for _, next := range p.after(i, b) {
					to[k].add(next)
				}
			}
		}
	}
	return to
}

// ended says whether some pattern above takes the number so far.
func (c *cover) ended(s []places) bool {
	for k, p := range c.above {
		if s[k].has(len(p.elems)) {
			return true
		}
	}
	return false
}

// alphabet gives one octet of each kind: octets that no element of the patterns tells apart are one kind.
func alphabet(patterns []Pattern) []byte {
	kinds := map[string]bool{}
	var sets []*octets
	for _, p := range patterns {
		for i := range p.elems {
			if e := &p.elems[i]; !e.many && !slices.ContainsFunc(sets, func(o *octets) bool { return *o == e.set }) {
				sets = append(sets, &e.set)
			}
		}
	}
	var all []byte
	for b := range 256 {
		kind := make([]byte, len(sets))
		for i, o := range sets {
			if o.has(byte(b)) {
				kind[i] = 1
			}
		}
		if !kinds[string(kind)] {
			kinds[string(kind)] = true
			all = append(all, byte(b))
		}
	}
	return all
}
