package numbering

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// understand reads a number, in this order: help; what is somebody's here; +; short numbers of the country; then, where
// one of us has dialed it, the outside line and numbers of the area; and the country's prefixes.
func (p *Plan) understand(raw string, dialed bool) Number {
	digits, letters, ok := clean(raw)
	switch {
	case !ok:
		return Number{Raw: raw, Short: raw, Class: Internal}
	case !letters && p.emergency(digits):
		return Number{Raw: raw, Short: digits, Class: Emergency, Country: p.country, Valid: true}
	case p.extension(raw):
		return Number{Raw: raw, Short: raw, Class: Internal, Valid: true}
	case p.extension(digits) && !letters:
		return Number{Raw: raw, Short: digits, Class: Internal, Valid: true}
	}
	n := p.telephone(digits, dialed)
	n.Raw = raw
	if letters && !n.Valid { // a name that looks like a number: 4ever
		return Number{Raw: raw, Short: raw, Class: Internal}
	}
	return n
}

// extension says whether a name or number is somebody's or something's here.
func (p *Plan) extension(name string) bool { return p.Extension != nil && p.Extension(name) }

// telephone reads digits that are nobody's here.
func (p *Plan) telephone(digits string, dialed bool) Number {
	switch {
	case strings.ContainsAny(digits, "*#"):
		return Number{Short: digits, Class: Internal}
	case digits[0] == '+':
		return p.worldwide(digits[1:])
	}
	if n, ok := p.short(digits); ok {
		return n
	}
	if rest, ok := strings.CutPrefix(digits, p.Outside); dialed && ok && p.Outside != "" && rest != "" {
		if n, ok := p.outward(rest); ok {
			return n
		}
	}
	if n, ok := p.line(digits, dialed); ok {
		return n
	}
	if len(digits) <= maxExtension {
		return Number{Short: digits, Class: Internal}
	}
	return Number{Short: digits, Class: Other}
}

// short reads a service number of the country.
func (p *Plan) short(digits string) (Number, bool) {
	class, ok := p.service(digits)
	return Number{Short: digits, Class: class, Country: p.country, Valid: true}, ok
}

// outward reads what follows the digits that get an outside line: nobody's extension.
func (p *Plan) outward(digits string) (Number, bool) {
	if p.emergency(digits) {
		return Number{Short: digits, Class: Emergency, Country: p.country, Valid: true}, true
	}
	if n, ok := p.short(digits); ok {
		return n, true
	}
	return p.line(digits, true)
}

// line reads digits as they are dialed on a line of the country.
func (p *Plan) line(digits string, dialed bool) (Number, bool) {
	if out := p.international.FindString(digits); out != "" {
		if n := p.worldwide(digits[len(out):]); n.E164 != "" {
			return n, true
		}
	}
	trunk := p.trunk != "" && strings.HasPrefix(digits, p.trunk)
	if dialed && p.Area != "" && !trunk && len(digits) >= 4 {
		if country, class := p.place(p.code, p.Area+digits); class != "" {
			return p.found(p.code, p.Area+digits, country, class), true
		}
	}
	if national, plain := p.plain(digits, trunk); plain { // most numbers: the library takes a while
		if country, class := p.place(p.code, national); class != "" {
			return p.found(p.code, national, country, class), true
		}
	}
	if len(digits) < p.least {
		return Number{}, false
	}
	national := p.significant(digits)
	if country, class := p.place(p.code, national); class != "" {
		return p.found(p.code, national, country, class), true
	}
	if !trunk || !p.possible(national) {
		return Number{}, false
	}
	return p.unknown(p.code, national), true
}

// plain takes the prefix off a national number of a country that has no rules beside it.
func (p *Plan) plain(digits string, trunk bool) (string, bool) {
	if !trunk {
		return digits, true
	}
	return digits[len(p.trunk):], p.world.regions[p.country].GetNationalPrefixTransformRule() == ""
}

// significant takes the prefix off a national number, and what some countries want between it and the number.
func (p *Plan) significant(digits string) string {
	n, err := phonenumbers.Parse(digits, p.country)
	if err != nil || int(n.GetCountryCode()) != p.code {
		return strings.TrimPrefix(digits, p.trunk)
	}
	national := phonenumbers.GetNationalSignificantNumber(n)
	if p.trunk != "" && national == digits {
		return strings.TrimPrefix(digits, p.trunk) // the library keeps it where the rest is not known
	}
	return national
}

// possible says whether a national number has a length that there is.
func (p *Plan) possible(national string) bool {
	return slices.Contains(p.world.regions[p.country].GetGeneralDesc().GetPossibleLength(), int32(len(national)))
}

// worldwide reads what follows a + or what is dialed for it.
func (p *Plan) worldwide(digits string) Number {
	none := Number{Short: "+" + digits, Class: Other}
	if len(digits) > maxE164+2 || !onlyDigits(digits) {
		return none
	}
	code, national, ok := callingCode(digits)
	if !ok {
		return none
	}
	if country, class := p.place(code, national); class != "" {
		return p.found(code, national, country, class)
	}
	// "+44 (0)20 ..." has a digit too many, which the library takes away where the country has it.
	if n, err := phonenumbers.Parse("+"+digits, p.country); err == nil {
		if short := phonenumbers.GetNationalSignificantNumber(n); short != national {
			if country, class := p.place(code, short); class != "" {
				return p.found(code, short, country, class)
			}
		}
	}
	if len(digits) > maxE164 {
		return none
	}
	return p.unknown(code, national)
}

// found is a number that a country has.
func (p *Plan) found(code int, national, country string, class Class) Number {
	n := Number{E164: e164(code, national), Country: country, Valid: true, Class: class}
	switch {
	case country == noCountry:
		n.Country, n.Class = "", global(code)
	case country != p.country && class != Premium:
		n.Class = International
	}
	return n
}

// unknown is a number with a calling code that the tables do not have: of a range that is new, or written wrongly.
// Where a calling code is one country's, such a number is taken as an usual one of it.
func (p *Plan) unknown(code int, national string) Number {
	n := Number{E164: e164(code, national), Class: International}
	switch {
	case p.world.global[code] != nil:
		n.Class = global(code)
	case code == p.code && p.main && p.possible(national):
		n.Class, n.Country = National, p.country
	case code == p.code:
		n.Class = Other
	case code != 1:
		n.Country = phonenumbers.GetRegionCodeForCountryCode(code)
	}
	return n
}

// global is the class of numbers whose calling code is no country's.
func global(code int) Class {
	switch code {
	case 800:
		return TollFree
	case 808:
		return SharedCost
	case 979:
		return Premium
	}
	return Satellite
}
