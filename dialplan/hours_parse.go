package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// weekdayNames gives the days in the order of time.Weekday.
func weekdayNames() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// parseWeekdays reads "mon-fri" or "mon,wed,sat-sun". Whole names are fine.
func parseWeekdays(w hoursWord) (uint8, *HoursError) {
	var set uint8
	at := w.at
	for _, part := range strings.Split(w.text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		from, err := parseWeekday(hoursWord{first, at})
		if err != nil {
			return 0, err
		}
		to := from
		if isRange {
			if to, err = parseWeekday(hoursWord{last, at + len(first) + 1}); err != nil {
				return 0, err
			}
		}
		for d := from; ; d = (d + 1) % 7 { // fri-mon goes over the end of the week
			set |= 1 << d
			if d == to {
				break
			}
		}
		at += len(part) + 1
	}
	return set, nil
}

func parseWeekday(w hoursWord) (time.Weekday, *HoursError) {
	names := weekdayNames()
	long := make([]string, len(names))
	for i, short := range names {
		long[i] = strings.ToLower(time.Weekday(i).String())
		if w.text == short || w.text == long[i] {
			return time.Weekday(i), nil
		}
	}
	hint := DidYouMean(w.text, slices.Concat(names, long))
	if hint == "" {
		hint = "The days are mon, tue, wed, thu, fri, sat and sun."
	}
	return 0, &HoursError{w.at, fmt.Sprintf("%q is no day of the week", w.text), hint}
}

// dates reads "2026-12-25", "2026-12-24 to 2027-01-02" or the same without years, and gives what follows.
func (l *hoursLine) dates(words []hoursWord) ([]hoursWord, *HoursError) {
	l.weekdays = 0
	from, err := parseDate(words[0])
	if err != nil {
		return nil, err
	}
	l.from, l.to = from, from
	if len(words) < 2 || words[1].text != "to" {
		return words[1:], nil
	}
	if len(words) == 2 {
		return nil, &HoursError{words[1].at, `a date is missing after "to"`, hoursHint}
	}
	if l.to, err = parseDate(words[2]); err != nil {
		return nil, err
	}
	switch {
	case (l.from > 9999) != (l.to > 9999):
		return nil, &HoursError{words[2].at, "one of the two dates has a year and the other has none", ""}
	case l.from > 9999 && l.to < l.from:
		return nil, &HoursError{words[2].at, fmt.Sprintf("%s is before %s", words[2].text, words[0].text), ""}
	}
	return words[3:], nil
}

// parseDate reads "2026-12-25" as 20261225 and "12-25" as 1225.
func parseDate(w hoursWord) (int, *HoursError) {
	if d, err := time.Parse("2006-01-02", w.text); err == nil && d.Year() > 0 {
		return dateOf(d.Date()), nil
	}
	if d, err := time.Parse("2006-01-02", "2000-"+w.text); err == nil { // a leap year: 02-29 is a date
		return dateOf(d.Date()) % 10000, nil
	}
	hint := `Write a date as "2026-12-25", or "12-25" for every year.`
	if strings.Count(w.text, ":") == 0 && strings.Count(w.text, "-") == 1 && len(w.text) <= 5 {
		hint = `Write times as "09:00-17:30", a date as "2026-12-25", or "12-25" for every year.`
	}
	return 0, &HoursError{w.at, fmt.Sprintf("%q is no date", w.text), hint}
}

// parseSpan reads "09:00-17:30". An end before the beginning is on the next day.
func parseSpan(w hoursWord) (hoursSpan, *HoursError) {
	first, last, ok := strings.Cut(w.text, "-")
	if !ok {
		return hoursSpan{}, &HoursError{w.at, fmt.Sprintf("%q is no time from one hour to another", w.text), `Write "09:00-17:30".`}
	}
	from, err := parseMinute(hoursWord{first, w.at})
	if err != nil {
		return hoursSpan{}, err
	}
	to, err := parseMinute(hoursWord{last, w.at + len(first) + 1})
	switch {
	case err != nil:
		return hoursSpan{}, err
	case from == dayMinutes:
		return hoursSpan{}, &HoursError{w.at, "a day begins at 00:00", ""}
	case from == to:
		return hoursSpan{}, &HoursError{w.at, fmt.Sprintf("%q is no time at all", w.text), "Leave the times out to mean the whole day."}
	case to < from:
		to += dayMinutes
	}
	return hoursSpan{from, to}, nil
}

// parseMinute reads "9:00" or "24:00" as minutes of the day.
func parseMinute(w hoursWord) (int, *HoursError) {
	hours, minutes, ok := strings.Cut(w.text, ":")
	h, fine := small(hours)
	m, also := small(minutes)
	if !ok || !fine || !also || len(minutes) != 2 || m > 59 || h > 24 || h == 24 && m > 0 {
		return 0, &HoursError{w.at, fmt.Sprintf("%q is no time of day", w.text), `Write times of 24 hours with minutes: "09:00-17:30".`}
	}
	return h*60 + m, nil
}

// small reads one or two digits.
func small(s string) (int, bool) {
	if s == "" || len(s) > 2 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s) {
		n = n*10 + int(c-'0')
	}
	return n, true
}
