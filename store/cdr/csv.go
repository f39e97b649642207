package cdr

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Template is which columns a file of CSV has.
type Template string

// The templates.
const (
	TemplateTandem   Template = "tandem"   // ours, named in the first line
	TemplateAsterisk Template = "asterisk" // those of Asterisk's Master.csv, without names
)

// NewCSV makes the Sink of a file of comma-separated values (RFC 4180).
func NewCSV(path string, t Template) *File {
	if t == TemplateAsterisk {
		return &File{name: "csv", path: path, line: asteriskLine, mark: func(r *Record) string { return `,"` + string(r.CallID) + "\"\n" }}
	}
	return &File{name: "csv", path: path, head: CSVHead(), line: CSVLine, mark: func(r *Record) string { return "\n" + string(r.CallID) + "," }}
}

// column is one of ours.
type column struct {
	name  string
	value func(*Record) string
}

// columns are ours, in order. What comes later is added at the end.
func columns() []column {
	return []column{
		{"call_id", func(r *Record) string { return string(r.CallID) }},
		{"parent_id", func(r *Record) string { return string(r.ParentID) }},
		{"direction", func(r *Record) string { return string(r.Direction) }},
		{"from_user", func(r *Record) string { return r.FromUser }},
		{"from_trunk", func(r *Record) string { return r.FromTrunk }},
		{"from_number", func(r *Record) string { return r.FromNumber }},
		{"from_name", func(r *Record) string { return harmless(r.FromName) }},
		{"dialed", func(r *Record) string { return harmless(r.Dialed) }},
		{"normalized", func(r *Record) string { return r.Normalized }},
		{"to", func(r *Record) string { return r.To }},
		{"trunk", func(r *Record) string { return r.Trunk }},
		{"attempts", func(r *Record) string { return strconv.Itoa(len(r.Attempts)) }},
		{"route_row", func(r *Record) string { return r.RouteRow }},
		{"start", func(r *Record) string { return stamp(r.Start) }},
		{"answer", func(r *Record) string { return stamp(r.Answer) }},
		{"end", func(r *Record) string { return stamp(r.End) }},
		{"duration", func(r *Record) string { return number(r.Duration) }},
		{"billsec", func(r *Record) string { return number(r.BillSec) }},
		{"ring_ms", func(r *Record) string { return number(r.RingMS) }},
		{"pdd_ms", func(r *Record) string { return number(r.PDDMS) }},
		{"setup_ms", func(r *Record) string { return number(r.SetupMS) }},
		{"first_media_ms", func(r *Record) string { return number(r.FirstMediaMS) }},
		{"result", func(r *Record) string { return string(r.Result) }},
		{"hangup_by", func(r *Record) string { return r.HangupBy }},
		{"sip_code", func(r *Record) string { return strconv.Itoa(r.SIPCode) }},
		{"q850", func(r *Record) string { return strconv.Itoa(r.Q850) }},
		{"reason", func(r *Record) string { return harmless(r.Reason) }},
		{"mos", func(r *Record) string { return strconv.FormatFloat(r.MOS, 'f', -1, 64) }},
		{"codecs", func(r *Record) string { return ofLegs(r, func(l *Leg) string { return l.Codec }) }},
		{"transports", func(r *Record) string { return ofLegs(r, func(l *Leg) string { return l.Transport }) }},
		{"recording", func(r *Record) string { return r.Recording }},
		{"transfer_of", func(r *Record) string { return r.TransferOf }},
		{"problems", func(r *Record) string { return strings.Join(r.Problems, " ") }},
		{"diverted", diverted},
	}
}

// CSVHead is the line that names our columns.
func CSVHead() []byte {
	var names []string
	for _, c := range columns() {
		names = append(names, c.name)
	}
	return []byte(strings.Join(names, ",") + "\n")
}

// CSVLine is a record in our columns.
func CSVLine(r *Record) []byte {
	var values []string
	for _, c := range columns() {
		values = append(values, quoted(c.value(r)))
	}
	return []byte(strings.Join(values, ",") + "\n")
}

func ofLegs(r *Record, f func(*Leg) string) string {
	var all []string
	for i := range r.Legs {
		all = append(all, f(&r.Legs[i]))
	}
	return strings.Join(all, " ")
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// stamp is a time in UTC with milliseconds; empty for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// quoted is a value as RFC 4180 §2 writes it, on one line: far ends write some of them.
func quoted(s string) string {
	s = strings.NewReplacer("\r", " ", "\n", " ").Replace(s)
	if !strings.ContainsAny(s, `",`) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// diverted is by whom a call was sent on, the newest first, each with its reason.
func diverted(r *Record) string {
	var out []string
	for _, d := range r.Diverted {
		out = append(out, harmless(d.User)+" "+d.Reason)
	}
	return strings.Join(out, "; ")
}

// harmless keeps what a far end wrote from being a formula where a spreadsheet reads it.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=@\t", rune(s[0])) {
		return "'" + s
	}
	return s
}

// asteriskLine is a record in the columns of Asterisk's Master.csv: accountcode, src,
// dst, dcontext, clid, channel, dstchannel, lastapp, lastdata, start, answer, end,
// duration, billsec, disposition, amaflags, uniqueid. Text is in quotes, times are local
// and without fractions, as there.
func asteriskLine(r *Record) []byte {
	text := func(s string) string {
		return `"` + strings.ReplaceAll(strings.NewReplacer("\r", " ", "\n", " ").Replace(s), `"`, `""`) + `"`
	}
	local := func(t time.Time) string {
		if t.IsZero() {
			return `""`
		}
		return text(t.Local().Format(time.DateTime))
	}
	account, context := r.FromUser, "users"
	if r.FromTrunk != "" {
		account, context = r.FromTrunk, "trunks"
	}
	clid := r.FromNumber
	if r.FromName != "" {
		clid = fmt.Sprintf("%q <%s>", strings.ReplaceAll(r.FromName, `"`, ""), r.FromNumber)
	}
	app, data := "", ""
	if r.To != "" {
		app, data = "Dial", r.To
	}
	dst := r.Dialed
	return []byte(strings.Join([]string{
		text(account), text(r.FromNumber), text(dst), text(context), text(clid), text(channel(r, "a")), text(channel(r, "b")),
		text(app), text(data), local(r.Start), local(r.Answer), local(r.End), number(r.Duration), number(r.BillSec),
		text(disposition(r.Result)), text("DOCUMENTATION"), text(string(r.CallID)),
	}, ",") + "\n")
}

// channel names a leg as Asterisk would.
func channel(r *Record, side string) string {
	for i := range r.Legs {
		if l := &r.Legs[i]; l.Side == side {
			name := l.User
			if name == "" {
				name = r.Trunk + r.FromTrunk
			}
			return "SIP/" + name + "-" + string(l.ID)
		}
	}
	return ""
}

func disposition(r Result) string {
	switch r {
	case ResultAnswered:
		return "ANSWERED"
	case ResultBusy:
		return "BUSY"
	case ResultNoAnswer, ResultCanceled:
		return "NO ANSWER"
	}
	return "FAILED"
}

// WriteCSV gives records as lines of CSV in the columns of a template, with the names of
// the columns in the first line where head is true and the template has names.
func WriteCSV(records []Record, t Template, head bool) []byte {
	line := CSVLine
	if t == TemplateAsterisk {
		line, head = asteriskLine, false
	}
	var text []byte
	if head {
		text = CSVHead()
	}
	for i := range records {
		text = append(text, line(&records[i])...)
	}
	return text
}
