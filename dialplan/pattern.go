package dialplan

import (
	"fmt"
	"math/bits"
	"strings"
)

// MaxPattern is the longest pattern, in elements (a class counts as one).
const MaxPattern = 128

// Pattern is the left side of a row, parsed. It matches whole numbers only, octet by octet:
//
//	X      a digit, 0 to 9
//	N      2 to 9
//	Z      1 to 9
//	[1-5]  one of a class of characters and ranges
//	.      one or more of anything
//	{name:X.}  what the elements after the colon take, which the steps of the row know by that name
//	other  itself; X N Z and . stand for themselves inside [ ]
//
// A row may also name prefixes, or a class of numbers: see compiler.rowPattern.
type Pattern struct {
	begin    string // what every number that is taken begins with, so that most rows are passed over by one comparison
	text     string
	elems    []element
	captures []capture
	any      []Pattern // where prefixes are named: one for each; elems is then empty
	class    string    // where a class of numbers is named; elems is then empty
}

// capture is a part of a pattern that has a name.
type capture struct {
	name     string
	from, to int // elements
}

// element matches one octet of its set, or, when many, one or more of anything.
type element struct {
	set  octets
	many bool
	text string // as written, for the words of a miss
}

// octets is a set of the 256 octet values.
type octets [4]uint64

func (o *octets) add(b byte)      { o[b>>6] |= 1 << (b & 63) }
func (o *octets) has(b byte) bool { return o[b>>6]&(1<<(b&63)) != 0 }

func (o *octets) count() int {
	n := 0
	for _, word := range o {
		n += bits.OnesCount64(word)
	}
	return n
}

func (o *octets) addRange(from, to byte) {
	for b := int(from); b <= int(to); b++ {
		o.add(byte(b))
	}
}

// PatternError says what is wrong with a pattern and where.
type PatternError struct {
	Offset int // octets from the start of the pattern
	Reason string
}

// Error gives the reason.
func (e *PatternError) Error() string { return e.Reason }

// ParsePattern reads a pattern. A non-nil error is a *PatternError.
func ParsePattern(text string) (Pattern, error) {
	p := Pattern{text: text}
	if text == "" {
		return p, &PatternError{0, "a pattern must not be empty"}
	}
	open := -1 // where the capture began that is not closed yet
	for i := 0; i < len(text); {
		if text[i] == '{' || text[i] == '}' {
			n, err := p.brace(text, i, &open)
			if err != nil {
				return p, err
			}
			i += n
			continue
		}
		e, n, err := parseElement(text[i:])
		if err != nil {
			err.Offset += i
			return p, err
		}
		if len(p.elems) == MaxPattern {
			return p, &PatternError{i, fmt.Sprintf("a pattern has at most %d elements", MaxPattern)}
		}
		p.elems = append(p.elems, e)
		i += n
	}
	if open >= 0 {
		return p, &PatternError{open, `"{" without a "}" after it`}
	}
	for _, e := range p.elems {
		if e.many || e.set.count() != 1 {
			break
		}
		p.begin += string(e.set.members())
	}
	return p, nil
}

// parseElement reads the first element of s and says how many octets it took.
func parseElement(s string) (element, int, *PatternError) {
	e := element{text: s[:1]}
	switch c := s[0]; {
	case c == 'X':
		e.set.addRange('0', '9')
	case c == 'N':
		e.set.addRange('2', '9')
	case c == 'Z':
		e.set.addRange('1', '9')
	case c == '.':
		e.set = octets{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
		e.many = true
	case c == '[':
		return parseClass(s)
	case c == ']':
		return e, 0, &PatternError{0, `"]" without a "[" before it`}
	case c < 0x20 || c == 0x7f:
		return e, 0, &PatternError{0, "a control character can never be dialed"}
	default:
		e.set.add(c)
	}
	return e, 1, nil
}

// parseClass reads a class such as [1-5] or [13-58*].
func parseClass(s string) (element, int, *PatternError) {
	end := strings.IndexByte(s, ']')
	switch {
	case end < 0:
		return element{}, 0, &PatternError{0, `"[" without a "]" after it`}
	case end == 1:
		return element{}, 0, &PatternError{0, `"[]" takes nothing`}
	case s[1] == '^' || s[1] == '!':
		return element{}, 0, &PatternError{1, `a class lists what it takes; it cannot be turned round with "` + s[1:2] + `"`}
	}
	e := element{text: s[:end+1]}
	for i := 1; i < end; i++ {
		if s[i] <= 0x20 || s[i] >= 0x7f {
			return e, 0, &PatternError{i, "a class takes printable ASCII characters only"}
		}
		if i+2 >= end || s[i+1] != '-' {
			e.set.add(s[i])
			continue
		}
		if s[i+2] < s[i] || s[i+2] >= 0x7f {
			return e, 0, &PatternError{i, fmt.Sprintf("the range %q runs backwards", s[i:i+3])}
		}
		e.set.addRange(s[i], s[i+2])
		i += 2
	}
	return e, end + 1, nil
}

// String gives the pattern as written.
func (p Pattern) String() string { return p.text }

// Match says whether the pattern takes the whole of number. It does not allocate.
func (p *Pattern) Match(number string) bool {
	if !strings.HasPrefix(number, p.begin) {
		return false
	}
	for i := range p.any {
		if p.any[i].Match(number) {
			return true
		}
	}
	if p.elems == nil {
		return false
	}
	_, _, ok := p.run(number, nil)
	return ok
}

// run matches number and, on a miss, gives the element that was wanted and the octet where it was wanted, as far into
// number as matching got. The element index is len(elems) when number should have ended there.
//
// Only the last "." seen needs to be retried: an earlier one could take less, but what follows it has matched already
// and the last one takes anything. starts, where it is not nil, is told where in number each element began.
func (p *Pattern) run(number string, starts []int) (elem, at int, ok bool) {
	e, i := 0, 0
	retryElem, retryAt := -1, 0 // where to resume when the last "." takes one octet more
	missElem, missAt := 0, -1
	for {
		switch {
		case e == len(p.elems) && i == len(number):
			return 0, 0, true
		case e < len(p.elems) && i < len(number) && p.elems[e].set.has(number[i]):
			if p.elems[e].many {
				retryElem, retryAt = e+1, i+1
			}
			if starts != nil {
				starts[e] = i
			}
			e, i = e+1, i+1
			continue
		}
		if i > missAt {
			missElem, missAt = e, i
		}
		if retryElem < 0 || retryAt >= len(number) {
			return missElem, missAt, false
		}
		retryAt++
		e, i = retryElem, retryAt
	}
}

// miss says in words why number is not taken. It is empty when it is.
func (p *Pattern) miss(number string) string {
	if p.any != nil {
		return p.missAny(number)
	}
	e, at, ok := p.run(number, nil)
	switch {
	case ok:
		return ""
	case e == len(p.elems):
		return fmt.Sprintf("%q goes on after %q, where the pattern ends", number, number[:at])
	case at == len(number):
		return fmt.Sprintf("%q ends where the pattern wants %s", number, p.elems[e].words())
	}
	return fmt.Sprintf("the pattern wants %s where %q has %q", p.elems[e].words(), number, runeAt(number, at))
}

// words says what an element takes.
func (e element) words() string {
	switch {
	case e.many:
		return "one or more of anything"
	case e.text == "X":
		return "a digit"
	case e.text == "N":
		return "a digit 2 to 9"
	case e.text == "Z":
		return "a digit 1 to 9"
	case e.text[0] == '[':
		return "one of " + e.text
	}
	return fmt.Sprintf("%q", e.text)
}

// runeAt gives the character of s that begins at or holds octet i.
func runeAt(s string, i int) string {
	for start, r := range s {
		if n := len(string(r)); i < start+n || start >= i {
			return s[start:min(start+n, len(s))]
		}
	}
	return ""
}
