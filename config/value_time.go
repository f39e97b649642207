package config

import (
	"strconv"
	"strings"
	"time"

	"github.com/tandemgw/tandem/dialplan"
)

// Off is the duration that "off" is read as.
const Off = time.Duration(-1)

const day = 24 * time.Hour

// duration reads "30s", "20m", "1h30m" or "7d".
func (v value) duration(into *time.Duration, least, most time.Duration) {
	var s string
	if !v.asked(timeShape(least, most)) && v.text(&s) {
		v.readDuration(s, into, least, most, `It is such as "30s", "20m", "2h" or "7d".`)
	}
}

// durationOrOff reads what duration reads, or "off" as Off.
func (v value) durationOrOff(into *time.Duration, least, most time.Duration) {
	var s string
	shape := timeShape(least, most)
	shape.Words = []string{"off"}
	switch {
	case v.asked(shape) || !v.text(&s):
	case s == "off":
		*into = Off
	default:
		v.readDuration(s, into, least, most, `It is such as "30s", "20m" or "2h", or "off".`)
	}
}

func timeShape(least, most time.Duration) Shape {
	return Shape{Kind: KindTime, Least: inWordsDuration(least), Most: inWordsDuration(most)}
}

func (v value) readDuration(s string, into *time.Duration, least, most time.Duration, form string) {
	d, ok := parseDuration(s)
	switch {
	case !ok:
		v.l.errorf(v.at, form, "%s %q is no length of time", v.name, s)
	case d < least || d > most:
		v.l.errorf(v.at, "", "%s is from %s to %s", v.name, inWordsDuration(least), inWordsDuration(most))
	default:
		*into = d
	}
}

// parseDuration reads a duration of package time, or whole days.
func parseDuration(s string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * day, err == nil
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d >= 0
}

// inWordsDuration writes a duration as a file does: "90s", "20m", "7d".
func inWordsDuration(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= unit.of && d%unit.of == 0 {
			return strconv.FormatInt(int64(d/unit.of), 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(d/time.Second), 10) + "s"
}

// rate reads so many a second.
func (v value) rate(into *float64) {
	if v.asked(Shape{Kind: KindNumber, Least: "0.01", Most: "10000"}) {
		return
	}
	f, ok := v.float()
	switch {
	case !ok:
	case f < 0.01 || f > 10000:
		v.l.errorf(v.at, "", "%s is a number from 0.01 to 10000", v.name)
	default:
		*into = f
	}
}

// zone reads the name of a time zone.
func (v value) zone(into **time.Location) {
	if v.asked(Shape{Kind: KindText, Of: "time zone"}) {
		return
	}
	var s string
	if !v.text(&s) {
		return
	}
	zone, hint, err := dialplan.ParseZone(s)
	if err != nil {
		v.l.errorf(v.at, hint, "%v", err)
		return
	}
	*into = zone
}
