package sdp

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Marshal writes d with CRLF line ends in the order of RFC 8866 §5. Missing
// v=, o=, s= and t= are filled in; unknown lines come last in their part.
func (d *Description) Marshal() []byte {
	var w writer
	w.line('v', cmp.Or(d.Version, "0"))
	o := d.Origin
	w.line('o', cmp.Or(o.User, "-"), " ", cmp.Or(o.ID, "0"), " ", cmp.Or(o.Version, "0"), " ",
		cmp.Or(o.NetType, "IN"), " ", cmp.Or(o.AddrType, "IP4"), " ", cmp.Or(o.Address, "0.0.0.0"))
	w.line('s', cmp.Or(d.Name, "-"))
	lines := d.Lines
	if !slices.ContainsFunc(lines, func(l Line) bool { return l.Type == 't' }) {
		lines = append(slices.Clone(lines), Line{Type: 't', Value: "0 0"})
	}
	w.lines(lines)
	for i := range d.Media {
		m := &d.Media[i]
		port := strconv.Itoa(int(m.Port))
		if m.PortCount > 0 {
			port += "/" + strconv.Itoa(m.PortCount)
		}
		fields := append([]string{m.Kind, port, m.Proto}, m.Formats...)
		w.line('m', strings.Join(fields, " "))
		w.lines(m.Lines)
	}
	return []byte(w.String())
}

// lineOrder is the order of RFC 8866 §5 below s= and below m=; t=, r= and z=
// belong together.
const lineOrder = "iuepcbtka"

func rank(l Line) int {
	t := l.Type
	if t == 'r' || t == 'z' {
		t = 't'
	}
	if i := strings.IndexByte(lineOrder, t); i >= 0 {
		return i
	}
	return len(lineOrder)
}

// writer builds a description.
type writer struct{ strings.Builder }

// line writes one line of the given type, its value in pieces.
func (w *writer) line(t byte, pieces ...string) {
	w.WriteByte(t)
	w.WriteByte('=')
	for _, s := range pieces {
		w.WriteString(s)
	}
	w.WriteString("\r\n")
}

// attribute writes a= with a name and, unless empty, a value.
func (w *writer) attribute(name, value string) {
	if value == "" {
		w.line('a', name)
		return
	}
	w.line('a', name, ":", value)
}

// lines writes parsed lines in the order of RFC 8866.
func (w *writer) lines(lines []Line) {
	sorted := slices.SortedStableFunc(slices.Values(lines), func(a, b Line) int {
		return cmp.Compare(rank(a), rank(b))
	})
	for _, l := range sorted {
		if l.Type == 0 {
			w.WriteString(l.Value)
			w.WriteString("\r\n")
			continue
		}
		w.line(l.Type, l.Value)
	}
}
