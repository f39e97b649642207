package dialplan

import (
	"slices"
	"strings"
)

// Taking says how far the digits that a caller has pressed have come in a menu.
type Taking uint8

// How far digits come.
const (
	TakesNone Taking = iota // nothing takes them, whatever is pressed after them
	TakesMore               // nothing takes them yet; something would with more digits
	TakesThis               // something takes them, and something else might with more digits
	TakesNow                // something takes them, and nothing could with more digits
)

// Takes says how far digits come: among the keys of the menu, and the numbers of users where they may be dialed. It
// holds for any text, and costs no more than the keys of the menu times the digits.
func (m *Menu) Takes(digits string) Taking {
	if digits == "" {
		return TakesMore
	}
	if len(digits) > m.Digits {
		return TakesNone
	}
	var this, more bool
	for _, k := range m.keys {
		ends, longer := k.pattern.begins(digits)
		this, more = this || ends, more || longer
	}
	if m.direct != nil {
		ends, longer := m.reaches(digits)
		this, more = this || ends, more || longer
	}
	more = more && len(digits) < m.Digits
	switch {
	case this && more:
		return TakesThis
	case this:
		return TakesNow
	case more:
		return TakesMore
	}
	return TakesNone
}

// Press adds a key to the digits that were pressed before it, and says whether the entry is over. A # ends it, unless
// something in the menu has a # at this place; one that is pressed alone is a digit as any.
func (m *Menu) Press(digits string, key byte) (entry string, over bool) {
	entry = digits + string(key)
	taking := m.Takes(entry)
	if key == '#' && digits != "" && taking == TakesNone {
		return digits, true
	}
	return entry, taking == TakesNow || taking == TakesNone
}

// Finds says whether something in the menu takes the digits as they are.
func (m *Menu) Finds(digits string) bool {
	t := m.Takes(digits)
	return t == TakesThis || t == TakesNow
}

// find gives the row that takes the digits: the first key, then the users; nil where nothing does.
func (m *Menu) find(digits string) *row {
	if digits == "" || len(digits) > m.Digits {
		return nil
	}
	for _, k := range m.keys {
		if k.pattern.Match(digits) {
			return k
		}
	}
	if m.direct != nil {
		if ends, _ := m.reaches(digits); ends {
			return m.direct
		}
	}
	return nil
}

// reaches says whether digits are the number of a user, and whether they begin the longer one of another.
func (m *Menu) reaches(digits string) (ends, longer bool) {
	i, ends := slices.BinarySearch(m.people, digits)
	if ends {
		i++
	}
	return ends, i < len(m.people) && strings.HasPrefix(m.people[i], digits)
}

// dialable gives the names that are numbers of at most so many digits, sorted.
func dialable(names []string, most int) []string {
	var all []string
	for _, n := range names {
		if n != "" && len(n) <= most && strings.Trim(n, "0123456789*#") == "" {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

// begins says whether the pattern takes digits, and whether it takes something longer that begins with them.
func (p Pattern) begins(digits string) (ends, longer bool) {
	var at places
	at.add(0)
	for i := range len(digits) {
		var next places
		for e := range len(p.elems) + 1 {
			if !at.has(e) {
				continue
			}
			for _, n := range p.after(e, digits[i]) {
				next.add(n)
			}
		}
		at = next
	}
	for e := range len(p.elems) + 1 {
		if !at.has(e) {
			continue
		}
		ends = ends || e == len(p.elems)
		longer = longer || e < len(p.elems) || e > 0 && p.elems[e-1].many
	}
	return ends, longer
}

// longest is the most digits that the pattern takes; most where there is no end to them.
func (p Pattern) longest(most int) int {
	for _, e := range p.elems {
		if e.many {
			return most
		}
	}
	return min(len(p.elems), most)
}

// keypad are the keys that can be pressed (RFC 4733 §3.2).
const keypad = "0123456789*#ABCD"

// pressable says which of the pattern's elements no key can ever be pressed for.
func (p Pattern) pressable() (text string, ok bool) {
	if len(p.elems) == 0 { // a class of numbers, or prefixes
		return p.text, false
	}
	for _, e := range p.elems {
		found := false
		for i := range len(keypad) {
			found = found || e.set.has(keypad[i])
		}
		if !found {
			return e.text, false
		}
	}
	return "", true
}
