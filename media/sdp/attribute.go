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

// bundle returns the mids of the BUNDLE group that mid belongs to, in their
// order (RFC 9143 §7).
func (d *Description) bundle(mid string) []string {
	if mid == "" {
		return nil
	}
	for name, value := range attributes(d.Lines) {
		if name != "group" {
			continue
		}
		fields := strings.Fields(value)
		if len(fields) == 0 || !strings.EqualFold(fields[0], "BUNDLE") {
			continue
		}
		for _, m := range fields[1:] {
			if m == mid {
				return fields[1:]
			}
		}
	}
	return nil
}

// tagged returns the m-line whose transport the BUNDLE group of mid uses, nil
// when there is no group (RFC 9143 §7.2).
func (d *Description) tagged(mid string) *Media {
	group := d.bundle(mid)
	if len(group) == 0 {
		return nil
	}
	for i := range d.Media {
		if d.Media[i].mid() == group[0] {
			return &d.Media[i]
		}
	}
	return nil
}
