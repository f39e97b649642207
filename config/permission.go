package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/dialplan/numbering"
)

// MaxPermissions is how many permissions blocks a file may have.
const MaxPermissions = 1000

// Permissions is which numbers somebody may call through trunks, and how much.
type Permissions struct {
	Name          string
	Allow         []string // classes; nil means those that are open by default
	Countries     []string // ISO codes whose numbers may be called besides
	Hours         string   // name of an hours block; empty means at any time
	MaxCalls      int      // through trunks at one time, of each user; 0 means no limit
	MinutesADay   int      // through trunks, of each user; 0 means no limit
	MinutesAMonth int      // the same
}

// placedPermissions is a block with the places of what is checked later.
type placedPermissions struct {
	Permissions
	at      hcl.Range
	hoursAt hcl.Range
}

// permissions reads one permissions block.
func (l *loader) permissions(b *hclsyntax.Block) {
	name, at, ok := l.label(b)
	p := placedPermissions{Permissions: Permissions{Name: name}, at: at}
	l.attributes(b.Body, section{name: "permissions", keys: []key{
		{"allow", func(v value) { v.classes(&p.Allow) }},
		{"countries", func(v value) { v.countries(&p.Countries) }},
		{"hours", func(v value) { v.line(&p.Hours); p.hoursAt = v.at }},
		{"max_calls", func(v value) { v.number(&p.MaxCalls, 1, 1000) }},
		{"minutes_a_day", func(v value) { v.number(&p.MinutesADay, 1, 100000) }},
		{"minutes_a_month", func(v value) { v.number(&p.MinutesAMonth, 1, 1000000) }},
	}}, b.Type+" "+place(b))
	if !ok {
		return
	}
	if len(l.seen.permissions) == MaxPermissions {
		l.errorf(at, "", "a file has at most %d permissions blocks", MaxPermissions)
		return
	}
	l.seen.permissions = append(l.seen.permissions, p)
}

// classes reads classes of numbers.
func (v value) classes(into *[]string) {
	var words []string
	for _, c := range numbering.Classes() {
		words = append(words, string(c))
	}
	items, ok := v.items(len(words))
	if !ok {
		return
	}
	*into = []string{}
	for _, item := range items {
		var s string
		if !item.word(&s, words, nil) {
			continue
		}
		if slices.Contains(*into, s) {
			v.l.errorf(item.at, "", "%s is in the list twice", s)
			continue
		}
		*into = append(*into, s)
	}
}

// countries reads codes of countries.
func (v value) countries(into *[]string) {
	items, ok := v.items(250)
	if !ok {
		return
	}
	for _, item := range items {
		var s string
		if item.country(&s); s == "" {
			continue
		}
		if slices.Contains(*into, s) {
			v.l.errorf(item.at, "", "%s is in the list twice", s)
			continue
		}
		*into = append(*into, s)
	}
}

// permissionsOf reads the name of a permissions block.
func (v value) permissionsOf(into *string) {
	if v.asked(Shape{Kind: KindText, Of: "name of permissions"}) {
		return
	}
	if v.line(into) {
		v.l.seen.permitted = append(v.l.seen.permitted, permitted{*into, v.at})
	}
}

// permitted is a place that names a permissions block.
type permitted struct {
	name string
	at   hcl.Range
}

// checkPermissions asks that what is named is there, that each block is for somebody, and that it opens something.
func (l *loader) checkPermissions() {
	names := make([]string, len(l.seen.permissions))
	for i, p := range l.seen.permissions {
		names[i] = p.Name
		l.file.Permissions = append(l.file.Permissions, p.Permissions)
	}
	used := map[string]bool{dialplan.DefaultPermissions: true}
	for _, p := range l.seen.permitted {
		used[p.name] = true
		if !slices.Contains(names, p.name) {
			hint := dialplan.DidYouMean(p.name, names)
			if hint == "" {
				hint = `Write permissions "` + p.name + `" { allow = ["national", "mobile"] }.`
			}
			l.consequent(p.at, hint, "there are no permissions %q", p.name)
		}
	}
	for _, p := range l.seen.permissions {
		if !used[p.Name] {
			l.warnf(p.at, `Write permissions = "`+p.Name+`" in a user or trunk, or name the block "default".`, "permissions %q are nobody's", p.Name)
		}
		if slices.Contains(p.Allow, string(numbering.International)) && len(p.Countries) > 0 {
			l.warnf(p.at, `Take "international" out of allow to open these countries only.`,
				"permissions %q allow every country, so countries says nothing", p.Name)
		}
		if p.MinutesADay > 0 && p.MinutesAMonth > 0 && p.MinutesAMonth < p.MinutesADay {
			l.warnf(p.at, "", "permissions %q give fewer minutes a month than a day", p.Name)
		}
	}
}

// rule is the block as the dialplan takes it.
func (p placedPermissions) rule() *dialplan.Permission {
	r := &dialplan.Permission{Name: p.Name, At: p.at, Countries: p.Countries, Hours: p.Hours, HoursAt: p.hoursAt}
	if p.Allow != nil {
		r.Allow = make([]numbering.Class, len(p.Allow))
		for i, c := range p.Allow {
			r.Allow[i] = numbering.Class(c)
		}
	}
	return r
}
