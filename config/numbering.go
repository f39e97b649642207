package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/dialplan/numbering"
)

// Numbering is how numbers are written and dialed here.
type Numbering struct {
	Country    string   // ISO 3166 code, such as "GB"
	Emergency  []string // numbers for help besides the country's own
	Area       string   // area code that need not be dialed; empty means that it has to be
	Outside    string   // digits that get an outside line; empty for none
	Extensions []string // patterns of numbers that stay as they are
}

// placedNumbering is the block with the places of what is checked later.
type placedNumbering struct {
	Numbering
	at       hcl.Range
	patterns []dialplan.Pattern
	places   map[string]hcl.Range
	whole    bool
}

// numbering reads how numbers are dialed.
func (l *loader) numbering(b *hclsyntax.Block) section {
	if l.seen.numbering == nil {
		l.seen.numbering = &placedNumbering{at: b.TypeRange, places: map[string]hcl.Range{}}
	}
	n := l.seen.numbering
	place := func(name string, set func(v value)) key {
		return key{name, func(v value) { n.places[name] = v.at; set(v) }}
	}
	return section{name: "numbering", keys: []key{
		place("country", func(v value) { v.country(&n.Country) }),
		place("emergency", func(v value) { v.emergency(&n.Emergency) }),
		place("area", func(v value) { v.digits(&n.Area, 6, `Write it without the 0 or 1 in front: area = "20".`) }),
		place("outside", func(v value) { v.digits(&n.Outside, 4, `Write outside = "9".`) }),
		place("extensions", func(v value) { v.extensions(n) }),
	}}
}

// country reads the code of a country.
func (v value) country(into *string) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "country, as its two letters"}) || !v.line(&s) {
		return
	}
	upper := strings.ToUpper(s)
	known := numbering.Countries()
	switch {
	case slices.Contains(known, s):
		*into = s
	case upper == "UK":
		v.l.errorf(v.at, `Did you mean "GB"?`, "there is no country %q", s)
	case slices.Contains(known, upper):
		v.l.errorf(v.at, fmt.Sprintf("Did you mean %q?", upper), "there is no country %q", s)
	default:
		v.l.errorf(v.at, `Write its two letters, such as "GB", "DE" or "US".`, "there is no country %q", s)
	}
}

// digits reads 1 to most digits.
func (v value) digits(into *string, most int, hint string) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "digits"}) || !v.text(&s) {
		return
	}
	if s == "" || len(s) > most || strings.Trim(s, "0123456789") != "" {
		v.l.errorf(v.at, hint, "%s is 1 to %d digits, which %q is not", v.name, most, s)
		return
	}
	*into = s
}

// emergency reads numbers for help.
func (v value) emergency(into *[]string) {
	items, ok := v.items(20)
	if !ok {
		return
	}
	for _, item := range items {
		var s string
		item.digits(&s, 6, `Write emergency = ["999", "112"].`)
		switch {
		case s == "":
		case slices.Contains(*into, s):
			v.l.errorf(item.at, "", "%s is in the list twice", s)
		default:
			*into = append(*into, s)
		}
	}
}

// extensions reads patterns of numbers that are nobody else's.
func (v value) extensions(n *placedNumbering) {
	if v.asked(Shape{Kind: KindList, Item: &Shape{Kind: KindText, Of: "pattern"}, OrItem: true}) {
		return
	}
	items := []value{v}
	if t := v.v.Type(); t.IsTupleType() || t.IsListType() {
		var ok bool
		if items, ok = v.items(100); !ok {
			return
		}
	}
	for _, item := range items {
		var s string
		if !item.line(&s) {
			continue
		}
		p, err := dialplan.ParsePattern(s)
		if bad, is := errors.AsType[*dialplan.PatternError](err); is {
			v.l.errorf(item.at, "X is a digit, N 2-9, Z 1-9, [1-5] one of a class, . one or more of anything.", "pattern %q: %s", s, bad.Reason)
			continue
		}
		if strings.Contains(s, ".") || strings.HasPrefix(s, "+") {
			v.l.errorf(item.at, `Write extensions = "2XX".`, "extensions have one length, which %q has not", s)
			continue
		}
		n.Extensions, n.patterns = append(n.Extensions, s), append(n.patterns, p)
	}
}

// numbersForms are the forms of numbers of trunks.
func numbersForms() []string { return numbering.Forms() }

// prefixText reads what stands in front of numbers.
func (v value) prefixText(into *string) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "digits, + * #"}) || !v.text(&s) {
		return
	}
	if s == "" || len(s) > 16 || strings.Trim(s, "0123456789+*#") != "" {
		v.l.errorf(v.at, `Write "1234#".`, "%s is 1 to 16 of the digits and + * #", v.name)
		return
	}
	*into = s
}

// checkNumbering asks that what the block says can be, and that what needs one has one.
func (l *loader) checkNumbering() {
	n := l.seen.numbering
	if n == nil {
		l.needNumbering()
		return
	}
	if n.Country == "" {
		if _, set := n.places["country"]; !set && !l.unknown["numbering"] {
			l.consequent(n.at, `Write country = "GB".`, "numbering lacks its country")
		}
		return
	}
	n.whole = true
	l.file.Numbering = &n.Numbering
	plan, err := numbering.New(numbering.Config{Country: n.Country, Emergency: n.Emergency, Area: n.Area, Outside: n.Outside})
	if err != nil {
		l.errorf(n.at, "", "numbering: %v", err)
		return
	}
	if slices.Contains(plan.Help(), n.Outside) {
		l.errorf(n.places["outside"], "", "%s calls for help: it cannot get an outside line", n.Outside)
	}
	l.checkNames(plan)
	for i := range l.seen.users {
		l.ownNumber(&l.seen.users[i], plan)
	}
}

// needNumbering reports what is of no use without a numbering block.
func (l *loader) needNumbering() {
	const hint = `Write numbering { country = "GB" } with your own country.`
	for i := range l.seen.trunks {
		t := &l.seen.trunks[i]
		for _, name := range []string{"numbers", "country"} {
			if at, set := t.where(name); set && (name == "country" || t.Numbers != numbering.AsIs) {
				l.consequent(at, hint, "%s of trunk %q is of use only with numbering: nothing is known of numbers without it", name, t.Name)
			}
		}
	}
	for _, p := range l.seen.permissions {
		l.consequent(p.at, hint, "permissions %q are of use only with numbering: nothing is known of numbers without it", p.Name)
	}
	for _, u := range l.seen.users {
		if u.Number != "" {
			l.consequent(u.numberAt, hint, "number of user %q is of use only with numbering", u.Name)
		}
	}
}

// maxNames bounds the names of users that are looked at for another meaning: a file of 100 000 loads no slower for it.
const maxNames = 5000

// checkNames warns of users whose names are numbers of another meaning, and says which of the two wins.
func (l *loader) checkNames(plan *numbering.Plan) {
	left := maxNames
	for _, u := range l.seen.users {
		if strings.Trim(u.Name, "0123456789+") != "" {
			continue
		}
		if left--; left < 0 {
			return
		}
		switch n := plan.Normalize(u.Name); n.Class {
		case numbering.Internal, numbering.Other:
		case numbering.Emergency:
			l.warnf(u.at, "Give the user another name.", "user %q can be called by nobody: %s calls for help, and that wins", u.Name, n)
		case numbering.Service, numbering.Premium:
			if n.E164 == "" {
				l.warnf(u.at, "", "%s may be meant as a short number of %s: the user wins", u.Name, n.Country)
				continue
			}
			fallthrough
		default:
			l.warnf(u.at, "", "%s may be meant as the telephone number %s: the user wins", u.Name, n)
		}
	}
}

// ownNumber understands the number that trunks are shown of a user.
func (l *loader) ownNumber(u *placedUser, plan *numbering.Plan) {
	if u.Number == "" {
		return
	}
	n := plan.Received(u.Number)
	if n.E164 == "" {
		l.errorf(u.numberAt, `Write number = "+442079460000".`, "%q is no telephone number of %s, nor of the world", u.Number, plan.Country)
		return
	}
	u.Number = n.E164
}

// numbers is what the dialplan is told of numbers.
func (l *loader) numbers() dialplan.Numbers {
	n := dialplan.Numbers{
		Trunks: map[string]dialplan.TrunkNumbers{}, Users: map[string]dialplan.UserNumbers{},
		Permissions: map[string]*dialplan.Permission{},
	}
	if b := l.seen.numbering; b != nil && b.whole {
		n.At, n.Extensions = b.at, b.patterns
		n.Plan = &numbering.Config{Country: b.Country, Emergency: b.Emergency, Area: b.Area, Outside: b.Outside}
	}
	for _, t := range l.seen.trunks {
		if t.Numbers == numbering.AsIs {
			t.Numbers = ""
		}
		if rules := (dialplan.TrunkNumbers{
			Form: t.Numbers, Country: t.Country, Add: t.NumberPrefix, Strip: t.StripPrefix, Permissions: t.Permissions,
		}); rules != (dialplan.TrunkNumbers{}) || n.Plan != nil {
			n.Trunks[t.Name] = rules
		}
	}
	if n.Plan == nil {
		return n
	}
	for _, u := range l.seen.users {
		if u.Number != "" || u.Permissions != "" {
			n.Users[u.Name] = dialplan.UserNumbers{Number: u.Number, Permissions: u.Permissions}
		}
	}
	for _, p := range l.seen.permissions {
		n.Permissions[p.Name] = p.rule()
	}
	return n
}
