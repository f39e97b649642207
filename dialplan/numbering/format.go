package numbering

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// The forms that carriers want numbers in.
const (
	AsIs        = "asis"              // as the dialplan has them
	E164        = "e164"              // +442079460000
	WithoutPlus = "e164-without-plus" // 442079460000
	DoubleZero  = "00"                // 00442079460000
	ZeroOneOne  = "011"               // 011442079460000, and 12025550123 within North America
	InCountry   = "national"          // 02079460000 within the country; 0033... or what is dialed there for others
)

// Forms gives all forms.
func Forms() []string { return []string{E164, WithoutPlus, DoubleZero, ZeroOneOne, InCountry, AsIs} }

// writing is one question: a number in E.164, and the form that it is wanted in.
type writing struct{ e164, form string }

// Format writes a number in a form. Numbers that are not of the world, such as 112 or an extension, have one form only.
func (p *Plan) Format(n Number, form string) string {
	if n.E164 == "" {
		return n.String()
	}
	digits := n.E164[1:]
	switch form {
	case WithoutPlus:
		return digits
	case DoubleZero:
		return "00" + digits
	case ZeroOneOne:
		if digits[0] == '1' {
			return digits
		}
		return "011" + digits
	case InCountry:
		return p.national(n)
	}
	return n.E164
}

// national writes a number as it is dialed in the country.
func (p *Plan) national(n Number) string {
	digits := n.E164[1:]
	own, ok := strings.CutPrefix(digits, strconv.Itoa(p.code))
	if !ok || !p.shares(n) {
		return p.dialOut + digits
	}
	question := writing{n.E164, InCountry}
	if s, ok := p.written.get(question); ok {
		return s
	}
	s := p.trunk + own
	if p.code == 1 {
		s = own
	}
	if n.Valid {
		if parsed, err := phonenumbers.Parse(n.E164, p.country); err == nil {
			// The library knows what some countries put into a number at home, such as the 15 of Argentina.
			s = phonenumbers.NormalizeDigitsOnly(phonenumbers.Format(parsed, phonenumbers.NATIONAL))
		}
		if back := p.Received(s); back.E164 != n.E164 {
			s = p.trunk + own
		}
	}
	p.written.put(question, s)
	return s
}

// shares says whether a number with our calling code can be dialed without it: numbers of another country that shares
// the code can.
func (p *Plan) shares(n Number) bool {
	return n.Country == p.country || n.Country == "" || slices.Contains(phonenumbers.GetRegionCodesForCountryCode(p.code), n.Country)
}

// ReceivedAs understands a number that a carrier has sent which writes them in a form: some of these are no numbers on
// a line of the country.
func (p *Plan) ReceivedAs(number, form string) Number {
	prefix := ""
	switch form {
	case DoubleZero:
		prefix = "00"
	case ZeroOneOne:
		prefix = "011"
	case WithoutPlus:
	default:
		return p.Received(number)
	}
	digits, letters, ok := clean(number)
	if rest, cut := strings.CutPrefix(digits, prefix); ok && !letters && cut && onlyDigits(rest) && len(rest) > maxExtension && !p.extension(number) {
		if n := p.Received("+" + rest); n.Valid {
			n.Raw = number
			return n
		}
	}
	return p.Received(number)
}

func e164(code int, national string) string { return "+" + strconv.Itoa(code) + national }
