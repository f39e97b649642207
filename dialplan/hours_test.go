package dialplan

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// hoursOf makes hours of lines.
func hoursOf(t *testing.T, zone string, open, closed []string) *Hours {
	t.Helper()
	h := &Hours{name: "x"}
	var err error
	if h.zone, _, err = ParseZone(zone); err != nil {
		t.Fatal(err)
	}
	for _, list := range []struct {
		lines []string
		into  *[]hoursLine
	}{{open, &h.open}, {closed, &h.closed}} {
		for _, text := range list.lines {
			l, bad := parseHoursLine(text)
			if bad != nil {
				t.Fatalf("%q: %v", text, bad)
			}
			*list.into = append(*list.into, l)
		}
	}
	return h
}

// TestHoursAreOpenWhenTheirLinesSaySo asks hours at moments around everything that changes them.
func TestHoursAreOpenWhenTheirLinesSaySo(t *testing.T) {
	office := []string{"mon-fri 09:00-17:30"}
	for _, c := range []struct {
		name         string
		open, closed []string
		yes, no      []string
	}{
		{
			"a week", office, nil,
			[]string{"2026-08-19T09:00", "2026-08-19T17:29", "2026-08-17T12:00", "2026-08-21T12:00"},
			[]string{"2026-08-19T08:59", "2026-08-19T17:30", "2026-08-22T12:00", "2026-08-23T12:00"},
		},
		{
			"several times and days",
			[]string{"mon,wed 9:00-12:00, 13:00-17:00", "Saturday 10:00-14:00"},
			nil,
			[]string{"2026-08-17T09:30", "2026-08-19T13:00", "2026-08-22T10:00"},
			[]string{"2026-08-17T12:30", "2026-08-18T10:00", "2026-08-22T14:00"},
		},
		{
			"over midnight",
			[]string{"fri 22:00-02:00"},
			nil,
			[]string{"2026-08-21T22:00", "2026-08-21T23:59", "2026-08-22T00:00", "2026-08-22T01:59"},
			[]string{"2026-08-21T21:59", "2026-08-22T02:00", "2026-08-21T01:00", "2026-08-22T22:30"},
		},
		{
			"a night belongs to the day it begins on",
			[]string{"22:00-02:00"},
			[]string{"2026-12-25"},
			[]string{"2026-12-24T23:00", "2026-12-25T01:00", "2026-12-26T22:00"},
			[]string{"2026-12-25T22:00", "2026-12-26T01:00"},
		},
		{
			"over the end of the week",
			[]string{"sat-mon"},
			nil,
			[]string{"2026-08-22T00:00", "2026-08-23T23:59", "2026-08-24T12:00"},
			[]string{"2026-08-21T23:59", "2026-08-25T00:00"},
		},
		{
			"holidays", office,
			[]string{"2026-12-25", "12-31 to 01-02", "2027-03-01 to 2027-03-05"},
			[]string{"2026-12-24T12:00", "2026-12-28T12:00", "2027-01-04T12:00", "2027-03-08T12:00"},
			[]string{"2026-12-25T12:00", "2026-12-31T12:00", "2027-01-01T12:00", "2029-12-31T12:00", "2027-03-03T12:00"},
		},
		{
			"a date decides its day alone", append(office, "2026-12-24 09:00-12:00", "12-29 10:00-11:00"),
			[]string{"12-27 to 01-02"},
			[]string{"2026-12-24T11:59", "2026-12-29T10:30", "2026-12-23T17:00"},
			[]string{"2026-12-24T12:00", "2026-12-29T12:00", "2026-12-28T10:30"},
		},
		{
			"closed for lunch, also on a day of its own", append(office, "2026-12-24 09:00-14:00"),
			[]string{"12:00-13:00"},
			[]string{"2026-08-19T11:59", "2026-08-19T13:00", "2026-12-24T13:30"},
			[]string{"2026-08-19T12:00", "2026-12-24T12:30"},
		},
		{"the 29th of February", []string{"02-29"}, nil, []string{"2028-02-29T12:00"}, []string{"2027-02-28T12:00", "2027-03-01T12:00"}},
		{"until midnight", []string{"sun 20:00-24:00"}, nil, []string{"2026-08-23T23:59"}, []string{"2026-08-24T00:00"}},
	} {
		h := hoursOf(t, "Europe/London", c.open, c.closed)
		for _, want := range []bool{true, false} {
			moments := c.no
			if want {
				moments = c.yes
			}
			for _, m := range moments {
				at, err := ParseTime(m, h.zone)
				if err != nil {
					t.Fatal(err)
				}
				if got, why := h.At(at); got != want {
					t.Errorf("%s: at %s it is open: %t (%s), want %t", c.name, m, got, why, want)
				}
			}
		}
	}
}

// TestHoursFollowTheClockOnTheWall takes hours over the days on which clocks change, and asks in another zone.
func TestHoursFollowTheClockOnTheWall(t *testing.T) {
	h := hoursOf(t, "Europe/London", []string{"sun 01:30-09:00"}, nil)
	for moment, want := range map[string]bool{
		"2026-03-29T00:59:00Z": false, // 00:59 GMT
		"2026-03-29T01:00:00Z": true,  // 02:00 BST: 01:30 has not been
		"2026-03-29T07:59:00Z": true,
		"2026-03-29T08:00:00Z": false,
		"2026-10-25T00:29:00Z": false, // 01:29 BST
		"2026-10-25T00:30:00Z": true,  // 01:30 BST
		"2026-10-25T01:15:00Z": false, // 01:15 GMT: the hour comes again
		"2026-10-25T01:30:00Z": true,  // 01:30 GMT
		"2026-10-25T08:59:00Z": true,
	} {
		at, err := time.Parse(time.RFC3339, moment)
		if err != nil {
			t.Fatal(err)
		}
		if got, why := h.At(at); got != want {
			t.Errorf("at %s it is open: %t (%s), want %t", moment, got, why, want)
		}
		if got, _ := h.At(at.In(time.FixedZone("", -8*3600))); got != want {
			t.Errorf("at %s, told in another zone, it is open: %t, want %t", moment, got, want)
		}
	}
}

// TestAWrongLineOfHoursIsShownWhereItIsWrong reads what is no line.
func TestAWrongLineOfHoursIsShownWhereItIsWrong(t *testing.T) {
	for _, c := range []struct {
		line   string
		offset int
		want   string
	}{
		{"", 0, "this line names no day and no time"},
		{"mon-fry 09:00-17:00", 4, `"fry" is no day of the week | Did you mean "fri"?`},
		{"mno 09:00-17:00", 0, `"mno" is no day of the week | Did you mean "mon"?`},
		{"mon-fri 9-17", 8, `"9" is no time of day`},
		{"mon-fri 09:00", 8, `"09:00" is no time from one hour to another`},
		{"mon-fri 09:00-25:00", 14, `"25:00" is no time of day`},
		{"mon-fri 09:00-17:60", 14, `"17:60" is no time of day`},
		{"mon-fri 09:00-09:00", 8, `"09:00-09:00" is no time at all | Leave the times out`},
		{"mon 24:00-09:00", 4, "a day begins at 00:00"},
		{"2026-02-30", 0, `"2026-02-30" is no date`},
		{"9-17", 0, `"9-17" is no date | Write times as "09:00-17:30"`},
		{"2026-12-24 to", 11, `a date is missing after "to"`},
		{"2026-12-24 to 2026-12-20", 14, "2026-12-20 is before 2026-12-24"},
		{"2026-12-24 to 01-02", 14, "one of the two dates has a year"},
		{"2026-12-24 to tomorrow", 14, `"tomorrow" is no date`},
		{strings.Repeat("mon ", 100), 0, "at most 200 octets"},
	} {
		_, err := parseHoursLine(c.line)
		if err == nil {
			t.Errorf("%q is taken", c.line)
			continue
		}
		if got := err.Reason + " | " + err.Hint; err.Offset != c.offset || !strings.HasPrefix(got, c.want) && !strings.Contains(got, c.want) {
			t.Errorf("%q: at %d %q, want at %d %q", c.line, err.Offset, got, c.offset, c.want)
		}
	}
}

// FuzzHours reads any line and asks it at any moment: what is read is open at some minute of some day that it names.
func FuzzHours(f *testing.F) {
	for _, s := range []string{"mon-fri 09:00-17:30", "fri 22:00-02:00", "2026-12-24 to 2027-01-02 9:00-10:00,11:00-12:00", "12-24 to 01-02", "sun", "00:00-24:00"} {
		f.Add(s, int64(1787000000))
	}
	f.Fuzz(func(t *testing.T, s string, unix int64) {
		l, bad := parseHoursLine(s)
		if bad != nil {
			if bad.Offset < 0 || bad.Offset > len(s) || bad.Reason == "" {
				t.Errorf("%q is wrong at %d: %q", s, bad.Offset, bad.Reason)
			}
			return
		}
		h := &Hours{zone: time.UTC, open: []hoursLine{l}}
		open, why := h.At(time.Unix(unix%4e9, 0))
		if open == (why == "none of its times") {
			t.Errorf("%q: open is %t because of %q", s, open, why)
		}
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		if l.from > 9999 {
			day = time.Date(l.from/10000, time.Month(l.from/100%100), l.from%100, 0, 0, 0, 0, time.UTC)
		}
		minute := 0
		if len(l.spans) > 0 {
			minute = l.spans[0].from
		}
		for i := range 366 * 5 {
			if open, _ := h.At(day.AddDate(0, 0, i).Add(time.Duration(minute) * time.Minute)); open {
				return
			}
		}
		t.Errorf("%q is never open", s)
	})
}

// TestConditionsAskTheWorld routes by every condition, with a world that answers.
func TestConditionsAskTheWorld(t *testing.T) {
	plan, err := Parse("x.hcl", `
timezone = "Europe/London"
hours "office" {
  open = ["mon-fri 09:00-17:30"]
}
let {
  late  = !open("office")
  place = late ? "night.wav" : "day.wav"
}
from "users" {
  calls = {
    "1" = open("office") && !busy("202") ? [dial("user:202")] : [play("no.wav")]
    "2" = [play(place)]
    "3" = asleep("202") || !registered("user:202") ? [play("no.wav")] : [dial("user:202")]
    "4" = registered(substr(caller, 0, 3)) && caller_name == "Ann" ? [play("yes.wav")] : [play("no.wav")]
    "5" = [play("${weekday()}-${replace(time(), ":", "")}-${date()}.wav")]
    "6" = during("sat,sun 10:00-16:00") ? [play("yes.wav")] : [play("no.wav")]
    "7" = startswith(caller, "20") && endswith(dialed, "7") && trunk == "" ? [play("yes.wav")] : [play("no.wav")]
  }
}`, Names{Users: []string{"201", "202"}})
	if err != nil {
		t.Fatal(err)
	}
	const day, night, sunday = "2026-08-19T11:00", "2026-08-19T18:00", "2026-08-23T11:00"
	for _, c := range []struct {
		to, at string
		state  Facts
		want   string
	}{
		{"1", day, Facts{}, "dial user:202 (30s)"},
		{"1", night, Facts{}, "play no.wav"},
		{"1", day, Facts{BusyUsers: []string{"202"}}, "play no.wav"},
		{"1", night, Facts{OpenHours: []string{"office"}}, "dial user:202 (30s)"},
		{"1", day, Facts{ClosedHours: []string{"office"}}, "play no.wav"},
		{"2", day, Facts{}, "play day.wav"},
		{"2", sunday, Facts{}, "play night.wav"},
		{"3", day, Facts{}, "dial user:202 (30s)"},
		{"3", day, Facts{AsleepUsers: []string{"202"}}, "play no.wav"},
		{"3", day, Facts{Only: true, RegisteredUsers: []string{"201"}}, "play no.wav"},
		{"4", day, Facts{}, "play yes.wav"},
		{"4", day, Facts{Only: true}, "play no.wav"},
		{"5", day, Facts{}, "play wed-1100-2026-08-19.wav"},
		{"6", day, Facts{}, "play no.wav"},
		{"6", sunday, Facts{}, "play yes.wav"},
		{"7", sunday, Facts{}, "play yes.wav"},
	} {
		at, err := ParseTime(c.at, plan.Zone())
		if err != nil {
			t.Fatal(err)
		}
		d := plan.Route(Request{From: Source{FromUser, "201"}, To: c.to, CallerName: "Ann", At: at, State: c.state})
		if got := joinSteps(d.Steps); got != c.want {
			t.Errorf("%s at %s with %+v: %q (%d %s), want %q", c.to, c.at, c.state, got, d.Status, d.Reason, c.want)
		}
	}
	if got := plan.HoursNames(); !slices.Equal(got, []string{"office"}) || plan.Hours("office").Name() != "office" {
		t.Errorf("the hours are %q", got)
	}
}
