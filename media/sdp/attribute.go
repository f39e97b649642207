package sdp

import (
	"iter"
	"strings"
)

// attributes yields name and value of each a= line; names in lower case, since
// some peers shout.
func attributes(lines []Line) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, l := range lines {
			if l.Type != 'a' {
				continue
			}
			name, value, _ := strings.Cut(l.Value, ":")
			if !yield(strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)) {
				return
			}
		}
	}
}

// attribute returns the value of the first a= line of that name.
func attribute(lines []Line, want string) (string, bool) {
	for name, value := range attributes(lines) {
		if name == want {
			return value, true
		}
	}
	return "", false
}

// has reports whether an attribute stands at any of the levels.
func has(levels [][]Line, name string) bool {
	for _, lines := range levels {
		if _, ok := attribute(lines, name); ok {
			return true
		}
	}
	return false
}

// direction returns the direction said in lines, if any; the last one counts.
func direction(lines []Line) (d Direction, said bool) {
	for name := range attributes(lines) {
		if got, ok := parseDirection(name); ok {
			d, said = got, true
		}
	}
	return d, said
}

// mid returns the a=mid of m; a token, so that it can be copied (RFC 5888 §4).
func (m *Media) mid() string {
	value, _ := attribute(m.Lines, "mid")
	if fields := strings.Fields(value); len(fields) == 1 {
		return fields[0]
	}
	return ""
}
