package sdp

import "strings"

// layout is what the m-lines of a description are to each other. It is found
// once, so that a large description costs no more than its size.
type layout struct {
	*Description
	mids []string
	// tags are the m-lines whose transport each m-line uses by BUNDLE, itself
	// included; -1 outside of a group (RFC 9143 §7.2).
	tags []int
}

func layoutOf(d *Description) *layout {
	l := &layout{Description: d, mids: make([]string, len(d.Media)), tags: make([]int, len(d.Media))}
	indexes := make(map[string]int, len(d.Media))
	for i := range d.Media {
		l.mids[i], l.tags[i] = d.Media[i].mid(), -1
		if _, taken := indexes[l.mids[i]]; !taken && l.mids[i] != "" {
			indexes[l.mids[i]] = i
		}
	}
	for name, value := range attributes(d.Lines) {
		if name == "group" {
			l.bundle(strings.Fields(value), indexes)
		}
	}
	return l
}

// bundle takes in one group. An m-line is in at most one; the first counts.
func (l *layout) bundle(group []string, indexes map[string]int) {
	if len(group) < 2 || !strings.EqualFold(group[0], "BUNDLE") {
		return
	}
	tag, known := indexes[group[1]]
	for _, mid := range group[1:] {
		i, ok := indexes[mid]
		switch {
		case !ok || l.tags[i] >= 0:
		case known:
			l.tags[i] = tag
		default:
			l.tags[i] = i
		}
	}
}

// bundled reports whether m-line i is in a BUNDLE group.
func (l *layout) bundled(i int) bool { return l.tags[i] >= 0 }

// active reports whether m-line i is offered. Port 0 means it is not, unless
// the line is bundle-only and lives on another one's transport (RFC 9143 §6).
func (l *layout) active(i int) bool {
	if l.Media[i].Port != 0 {
		return true
	}
	tag := l.tags[i]
	if tag < 0 || l.Media[tag].Port == 0 {
		return false
	}
	_, only := attribute(l.Media[i].Lines, "bundle-only")
	return only
}

// levels returns the lines in which the transport of m-line i is described, the
// nearest first: its own, the session's, and those of the m-line whose
// transport it shares.
func (l *layout) levels(i int) [][]Line {
	levels := [][]Line{l.Media[i].Lines, l.Lines}
	if tag := l.tags[i]; tag >= 0 && tag != i {
		levels = append(levels, l.Media[tag].Lines)
	}
	return levels
}
