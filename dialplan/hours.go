package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hours is when something is open: hours of the days of the week, and days that are different. It is immutable.
//
//	open   "mon-fri 09:00-17:30"   weekdays; no times means the whole day, no days means every day
//	open   "fri 22:00-02:00"       over midnight: the night belongs to the day on which it begins
//	open   "2026-12-24 09:00-12:00"  a line with dates decides its days alone
//	closed "12-24 to 01-02"        every year; days that are closed, unless a line of open names them
//	closed "mon 12:00-13:00"       with times: closed then, whatever else is said
//
// Times are those of a clock on the wall in the zone: an hour that is put forward does not come, one that is put back
// comes twice.
type Hours struct {
	name         string
	note         string // for people; shown in explanations
	zone         *time.Location
	open, closed []hoursLine
}

// hoursLine is one line of open or closed.
type hoursLine struct {
	text     string
	weekdays uint8 // a bit for each time.Weekday; 0 where dates are given
	from, to int   // dates as 20261224, or 1224 of every year; 0 where weekdays are given
	spans    []hoursSpan
}

// hoursSpan is minutes of a day, from inclusive and to exclusive: 0 to 2880, where what is past 1440 is the next day's.
type hoursSpan struct{ from, to int }

const (
	dayMinutes   = 24 * 60
	everyWeekday = 1<<7 - 1
)

// Name gives the name of the hours.
func (h *Hours) Name() string { return h.name }

// At says whether it is open at a moment, and why: `open by "mon-fri 09:00-17:30"`, `closed by "2026-12-25"`, or `none of
// its times`. What it costs does not depend on the moment.
func (h *Hours) At(t time.Time) (open bool, why string) {
	line, open := h.at(t.In(h.zone))
	switch {
	case line == nil:
		return false, "none of its times"
	case open:
		return true, fmt.Sprintf("open by %q", line.text)
	}
	return false, fmt.Sprintf("closed by %q", line.text)
}

// at gives the line that decides at a local time; nil for none.
func (h *Hours) at(local time.Time) (*hoursLine, bool) {
	year, month, day := local.Date()
	minute := local.Hour()*60 + local.Minute()
	type moment struct {
		date    int
		weekday time.Weekday
		minute  int // since the beginning of the date's day
	}
	yesterday := time.Date(year, month, day-1, 12, 0, 0, 0, time.UTC)
	moments := [2]moment{
		{dateOf(year, month, day), local.Weekday(), minute},
		{dateOf(yesterday.Date()), yesterday.Weekday(), minute + dayMinutes},
	}
	for _, m := range moments {
		for i := range h.closed {
			if l := &h.closed[i]; len(l.spans) > 0 && l.day(m.date, m.weekday) && l.during(m.minute) {
				return l, false
			}
		}
	}
	var shut *hoursLine
	for i, m := range moments {
		dated := slices.ContainsFunc(h.open, func(l hoursLine) bool { return l.dated() && l.day(m.date, m.weekday) })
		if !dated {
			if l := h.shut(m.date, m.weekday); l != nil {
				if i == 0 {
					shut = l
				}
				continue
			}
		}
		for j := range h.open {
			if l := &h.open[j]; l.dated() == dated && l.day(m.date, m.weekday) && l.during(m.minute) {
				return l, true
			}
		}
	}
	return shut, false
}

// shut gives the line that closes a whole day; nil for none.
func (h *Hours) shut(date int, weekday time.Weekday) *hoursLine {
	for i := range h.closed {
		if l := &h.closed[i]; len(l.spans) == 0 && l.day(date, weekday) {
			return l
		}
	}
	return nil
}

func dateOf(year int, month time.Month, day int) int { return year*10000 + int(month)*100 + day }

func (l *hoursLine) dated() bool { return l.from != 0 }

// day says whether the line is about a day.
func (l *hoursLine) day(date int, weekday time.Weekday) bool {
	switch {
	case !l.dated():
		return l.weekdays&(1<<weekday) != 0
	case l.from > 9999:
		return l.from <= date && date <= l.to
	}
	date %= 10000
	if l.from > l.to { // over the end of the year
		return date >= l.from || date <= l.to
	}
	return l.from <= date && date <= l.to
}

// during says whether a minute since the beginning of a day of the line is in its times.
func (l *hoursLine) during(minute int) bool {
	if len(l.spans) == 0 {
		return minute < dayMinutes
	}
	return slices.ContainsFunc(l.spans, func(s hoursSpan) bool { return s.from <= minute && minute < s.to })
}

// HoursError says what is wrong with a line of hours, and where.
type HoursError struct {
	Offset int // octets from the start of the line
	Reason string
	Hint   string // may be empty
}

// Error gives the reason.
func (e *HoursError) Error() string { return e.Reason }

// word is a part of a line with its place.
type hoursWord struct {
	text string // lower case
	at   int
}

const hoursHint = `Write "mon-fri 09:00-17:30", "2026-12-25" or "12-24 to 01-02".`

// maxHoursLine is the longest line of hours, in octets.
const maxHoursLine = 200

// parseHoursLine reads one line: days, then times, both of which may be left out, but not both.
func parseHoursLine(text string) (hoursLine, *HoursError) {
	l := hoursLine{text: text, weekdays: everyWeekday}
	if len(text) > maxHoursLine {
		return l, &HoursError{0, fmt.Sprintf("a line of hours has at most %d octets", maxHoursLine), ""}
	}
	words := hoursWords(text)
	if len(words) == 0 {
		return l, &HoursError{0, "this line names no day and no time", hoursHint}
	}
	var err *HoursError
	switch first := words[0].text; {
	case strings.Contains(first, ":"):
	case first[0] >= '0' && first[0] <= '9':
		if words, err = l.dates(words); err != nil {
			return l, err
		}
	default:
		l.weekdays, err = parseWeekdays(words[0])
		words = words[1:]
	}
	for i := 0; err == nil && i < len(words); i++ {
		var s hoursSpan
		s, err = parseSpan(words[i])
		l.spans = append(l.spans, s)
	}
	return l, err
}

// hoursWords cuts a line at spaces, and times also at commas.
func hoursWords(text string) []hoursWord {
	var words []hoursWord
	start := -1
	for i := 0; i <= len(text); i++ {
		cut := i == len(text) || text[i] == ' ' || text[i] == '\t' || text[i] == ',' && (start < 0 || strings.Contains(text[start:i], ":"))
		switch {
		case cut && start >= 0:
			words = append(words, hoursWord{strings.ToLower(text[start:i]), start})
			start = -1
		case !cut && start < 0:
			start = i
		}
	}
	return words
}
