package config

import (
	"cmp"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Store is the database.
type Store struct {
	// URL is "postgres://..." or the path of SQLite's file; empty means "tandem.db" in
	// the state.
	URL Secret
}

// CDR says who is handed the records of calls, beside the database, and how long that
// has them.
type CDR struct {
	JSON     string // file of JSON lines; empty for none
	CSV      string // file of comma-separated values; empty for none
	Template string // the columns of CSV: "tandem" or "asterisk"; empty where there is no CSV
	Webhook  Webhook
	// Keep is how long the store has a record; Off means for good.
	Keep time.Duration
}

// Webhook is a program that is told of something by HTTP.
type Webhook struct {
	URL    string // empty for none
	Secret Secret // that it is signed with
}

// store reads which database there is.
func (l *loader) store(*hclsyntax.Block) section {
	return section{name: "store", keys: []key{
		{"url", func(v value) { v.database(&l.file.Store.URL) }},
	}}
}

// database reads the URL of PostgreSQL, or the path of a file.
func (v value) database(into *Secret) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "postgres URL or path of a file", Secret: true}) || !v.line(&s) {
		return
	}
	const form = `Write "postgres://tandem@db.example.com/tandem", or the path of a file for SQLite.`
	scheme, _, is := strings.Cut(s, "://")
	switch {
	case !is:
		*into = Secret(v.l.beside(strings.TrimPrefix(s, "sqlite:")))
	case scheme != "postgres" && scheme != "postgresql":
		v.l.errorf(v.at, form, "%s names a database %q, which there is no way to", v.name, scheme)
	default:
		if u, err := url.Parse(s); err != nil || strings.Trim(u.Path, "/") == "" { // what it says may be a password
			v.l.errorf(v.at, form, "%s names no database of PostgreSQL", v.name)
			return
		}
		*into = Secret(s)
	}
}

// cdr reads who is handed the records of calls, and how long they are kept.
func (l *loader) cdr(*hclsyntax.Block) section {
	c := &l.file.CDR
	return section{name: "cdr", keys: []key{
		{"json", func(v value) { v.path(&c.JSON) }},
		{"csv", func(v value) { v.path(&c.CSV) }},
		{"template", func(v value) { v.word(&c.Template, []string{"tandem", "asterisk"}, nil) }},
		{"webhook", func(v value) { v.webhook(&c.Webhook) }},
		{"keep", func(v value) { v.durationOrOff(&c.Keep, day, 3650*day) }},
	}}
}

// webhook reads a program that is told of something.
func (v value) webhook(into *Webhook) {
	known := v.members([]key{
		{"url", func(v value) { v.webhookURL(&into.URL) }},
		{"secret", func(v value) { v.secret(&into.Secret) }},
	})
	if known {
		v.needs(`Write webhook = { url = "https://crm.example.com/calls", secret = env("CDR_SECRET") }.`, "url", "secret")
	}
}

// webhookURL reads an https URL, or an http one of this machine: what is told is who
// called whom.
func (v value) webhookURL(into *string) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "https URL"}) || !v.line(&s) {
		return
	}
	const form = `Write it as "https://crm.example.com/calls".`
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http":
		v.l.errorf(v.at, form, "%s %q is no https URL", v.name, s)
	case u.Scheme == "http" && !here(u.Hostname()):
		v.l.errorf(v.at, form, "%s %q would let everybody on the way read who called whom", v.name, s)
	default:
		*into = s
	}
}

// here says whether a host is this machine.
func here(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.Unmap().IsLoopback()
}

// finishCDR fills in and checks what hangs together.
func (l *loader) finishCDR() {
	c := &l.file.CDR
	if at, set := l.places["cdr.template"]; set && c.CSV == "" && !l.unknown["cdr"] {
		l.consequent(at, `Write csv = "/var/log/tandem/cdr.csv".`, "template is of use only with csv")
	}
	if at, set := l.places["cdr.csv"]; set && c.CSV != "" && c.CSV == c.JSON {
		l.errorf(at, "", "csv and json are the same file")
	}
	if c.CSV != "" {
		c.Template = cmp.Or(c.Template, "tandem")
	} else {
		c.Template = ""
	}
}
