package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tandemgw/tandem/cmd/tandem/wording"
)

// table is rows of cells below a head, written in columns as wide as they need be.
type table struct {
	head []string
	most []int // the widest that each column may be, 0 for as wide as it is
	rows []tableRow
}

// tableRow is the cells of a row, and lines below it for what fits in no cell.
type tableRow struct {
	cells []string
	notes []string
}

func (t *table) add(notes []string, cells ...string) {
	for i, c := range cells {
		if c = wording.Printable(c); c == "" {
			c = "-"
		}
		cells[i] = c
	}
	t.rows = append(t.rows, tableRow{cells, notes})
}

// write writes the table; without rows it writes the words for none.
func (t *table) write(w io.Writer, none string) error {
	if len(t.rows) == 0 {
		_, err := fmt.Fprintln(w, none)
		return err
	}
	if s, ok := w.(*screen); !ok || !s.wide {
		t.shorten()
	}
	widths := make([]int, len(t.head))
	for _, cells := range append([][]string{t.head}, t.cells()...) {
		for i, c := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	line := func(cells []string) {
		var l strings.Builder
		for i, c := range cells {
			l.WriteString(c + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c)+2))
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	line(t.head)
	for _, r := range t.rows {
		line(r.cells)
		for _, n := range r.notes {
			b.WriteString(strings.Repeat(" ", min(widths[0], 12)+2) + wording.Printable(n) + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// shorten cuts cells that are wider than their column may be.
func (t *table) shorten() {
	for _, r := range t.rows {
		for i, c := range r.cells {
			if i < len(t.most) && t.most[i] > 0 {
				r.cells[i] = wording.Shortened(c, t.most[i])
			}
		}
	}
}

func (t *table) cells() [][]string {
	all := make([][]string, len(t.rows))
	for i, r := range t.rows {
		all[i] = r.cells
	}
	return all
}

// span is a length of time in at most two units: "41s", "2h14m", "3d5h".
func span(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	units := []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}}
	for i, u := range units {
		if d < u.of {
			continue
		}
		s := fmt.Sprintf("%d%s", d/u.of, u.name)
		if rest := d % u.of; i+1 < len(units) && rest >= units[i+1].of {
			s += fmt.Sprintf("%d%s", rest/units[i+1].of, units[i+1].name)
		}
		return s
	}
	return "0s"
}

// ago is how long something has been so; "" where that is not known.
func ago(now, since time.Time) string {
	if since.IsZero() {
		return ""
	}
	return span(now.Sub(since))
}

// until is how long until a time; "" where there is none.
func until(now, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return span(at.Sub(now))
}
