package trace

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tandemgw/tandem"
)

// Text writes the ladder of a call for people, all legs in columns:
//
//	                        Ann <1001>             tandem               1002
//	                  192.0.2.1:5060/udp             |        198.51.100.7:443/wss
//	21:03:04.123  +0ms          |  INVITE (SDP)      |                    |
//	                            |------------------->|                    |
//
// The lines of a Ladder are written one after the other; see NewLadder.
func Text(w io.Writer, t *Trace) error {
	l := NewLadder(t)
	if _, err := io.WriteString(w, headline(t)+l.Head()); err != nil {
		return err
	}
	for n := range t.Items {
		if _, err := io.WriteString(w, l.Line(&t.Items[n])); err != nil {
			return err
		}
	}
	return nil
}

// headline says which call it is and how it went.
func headline(t *Trace) string {
	var b strings.Builder
	fmt.Fprintf(&b, "call %s  %s -> %s  %s\n", t.Call, printable(t.From), printable(t.To), t.Start.Format("2006-01-02 15:04:05"))
	if !t.End.IsZero() {
		fmt.Fprintf(&b, "ended after %s: %s", short(t.End.Sub(t.Start)), printable(t.Cause))
		if t.Status != 0 {
			fmt.Fprintf(&b, " (%d)", t.Status)
		}
		b.WriteByte('\n')
	}
	if len(t.Problems) > 0 {
		b.WriteString("problems: " + strings.Join(t.Problems, ", ") + "\n")
	}
	if t.Omitted > 0 {
		fmt.Fprintf(&b, "%d items of its middle are left out\n", t.Omitted)
	}
	return b.String() + "\n"
}

// Widths of a ladder, in characters.
const (
	timeWidth   = 22
	columnWidth = 30
	// maxColumns bounds the legs that have a column of their own; those after them
	// share the last.
	maxColumns = 6
)

// Ladder writes items as lines, each leg in its column and the gateway behind the first.
type Ladder struct {
	legs  []Leg
	start time.Time
}

// NewLadder returns the ladder of the legs that t has.
func NewLadder(t *Trace) *Ladder {
	return &Ladder{legs: t.Legs[:min(len(t.Legs), maxColumns)], start: t.Start}
}

// columns is how many there are: the legs and the gateway.
func (l *Ladder) columns() int { return max(len(l.legs), 1) + 1 }

// column is where a leg is: the caller's left of the gateway, which is 1, others right.
func (l *Ladder) column(leg tandem.LegID) int {
	n := slices.IndexFunc(l.legs, func(x Leg) bool { return x.ID == leg })
	switch {
	case n == 0 || len(l.legs) == 0:
		return 0
	case n < 0:
		return l.columns() - 1
	}
	return n + 1
}

// at is where the line of a column stands.
func at(column int) int { return timeWidth + columnWidth/2 + column*columnWidth }

// Head is the top of the ladder: who, and where.
func (l *Ladder) Head() string {
	who, where := l.blank(' '), l.blank('|')
	center(who, at(1), "tandem")
	for n, leg := range l.legs {
		column := n
		if n > 0 {
			column++
		}
		center(who, at(column), leg.Party)
		center(where, at(column), leg.Address)
	}
	return line(who) + line(where)
}

// Line is an item, on one line or two.
func (l *Ladder) Line(i *Item) string {
	row := l.blank('|')
	copy(row, []rune(fmt.Sprintf("%s %8s", i.At.Format("15:04:05.000"), since(i.At.Sub(l.start)))))
	if i.Kind != SIP {
		l.note(row, i)
		return line(row)
	}
	from, to := at(1), at(l.column(i.Leg))
	if i.In {
		from, to = to, from
	}
	left, right := min(from, to)+1, max(from, to)-1
	center(row, (left+right)/2, fit(i.Label(), right-left-1))
	arrow := l.blank('|')
	for n := left; n <= right; n++ {
		arrow[n] = '-'
	}
	if from < to {
		arrow[right] = '>'
	} else {
		arrow[left] = '<'
	}
	return line(row) + line(arrow)
}

// note writes what is no message: beside the line of its leg, or of the gateway.
func (l *Ladder) note(row []rune, i *Item) {
	column, mark := 1, '#'
	if i.Kind == Media {
		column, mark = l.column(i.Leg), '*'
	}
	text := []rune(i.Note)
	if len(i.Text) > 0 {
		text = append(text, []rune(" ["+printable(string(i.Text))+"]")...)
	}
	begin := at(column)
	row[begin] = mark
	if room := len(row) - begin - 2; len(text) > room { // to the left then, and over the lines as far as it must be
		begin = max(timeWidth, begin-max(len(text)-room, 0)-2)
		if column > 1 && at(column)-len(text)-3 >= timeWidth {
			begin = at(column) - len(text) - 3
		}
		text = []rune(fit(string(text), len(row)-begin-2))
		row[begin] = mark
	}
	copy(row[begin+1:], append([]rune{' '}, text...))
}

// blank is a row with the line of each column.
func (l *Ladder) blank(bar rune) []rune {
	row := []rune(strings.Repeat(" ", timeWidth+l.columns()*columnWidth))
	for n := range l.columns() {
		row[at(n)] = bar
	}
	return row
}

func line(row []rune) string { return strings.TrimRight(string(row), " ") + "\n" }

// center writes text around a place of row.
func center(row []rune, place int, text string) {
	text = printable(text)
	begin := place - utf8.RuneCountInString(text)/2
	if begin < 0 {
		begin = 0
	}
	copy(row[begin:], []rune(text))
}

// fit shortens text to n characters.
func fit(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	return string(r[:max(n-2, 0)]) + ".."
}

// since is how long after the beginning something was.
func since(d time.Duration) string {
	switch {
	case d < 0:
		d = 0
	case d >= time.Minute:
		return "+" + d.Round(time.Second).String()
	}
	if d >= time.Second {
		return fmt.Sprintf("+%.2fs", d.Seconds())
	}
	return fmt.Sprintf("+%dms", d.Milliseconds())
}
