package numbering

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// MaxLength is the longest number that is looked at, in octets: longer ones are left as they are.
const MaxLength = 128

// maxE164 is the most digits of an international number (ITU-T E.164 §6).
const maxE164 = 15

// maxExtension is the most digits of what may be somebody's extension without being written down anywhere.
const maxExtension = 6

// Config is what a Plan is made of.
type Config struct {
	Country   string   // ISO 3166 code, such as "GB". Required
	Emergency []string // numbers for help besides the country's own
	Area      string   // area code, without the digit in front: numbers may be dialed without it. Empty: they may not
	Outside   string   // digits that get an outside line, such as "9"; empty for none
	// Extension says whether digits, or a name, are an extension here. Nil means that none is known.
	Extension func(name string) bool
}

// Plan is how numbers are written in one place.
type Plan struct {
	Config
	world         *world
	kinds         []kind
	leading       map[string]*regexp.Regexp
	country       string
	code          int    // calling code
	trunk         string // what stands in front of a national number: "0", "1", "06" or nothing
	least         int    // digits of the shortest national number
	main          bool   // numbers of the calling code that no table knows are this country's
	international *regexp.Regexp
	dialOut       string // "00", "011": the usual one
	help          []string
	read          *cache[reading, Number]
	written       *cache[writing, string]
}

// ErrCountry says that there is no such country.
var ErrCountry = errors.New("there is no such country")

// New makes a plan. What it needs is read now, so that no call waits for it. An error is ErrCountry, or says which
// number of the Config is none.
func New(c Config) (*Plan, error) {
	w, err := newWorld()
	if err != nil {
		return nil, err
	}
	leading, err := leadingDigits(w)
	if err != nil {
		return nil, err
	}
	p := &Plan{Config: c, world: w, kinds: kinds(), leading: leading}
	if err := p.settle(c.Country); err != nil {
		return nil, err
	}
	for _, e := range c.Emergency {
		if !onlyDigits(e) || len(e) > maxExtension {
			return nil, fmt.Errorf("%q is no number for help: it has 1 to %d digits", e, maxExtension)
		}
	}
	p.help = slices.Clone(c.Emergency)
	if c.Area != "" && (!onlyDigits(c.Area) || len(c.Area) > 6) {
		return nil, fmt.Errorf("%q is no area code", c.Area)
	}
	if strings.Trim(c.Outside, "0123456789*#") != "" || len(c.Outside) > 4 {
		return nil, fmt.Errorf("%q gets no outside line: it is 1 to 4 digits", c.Outside)
	}
	p.warm()
	return p, nil
}

// settle takes the rules of a country.
func (p *Plan) settle(country string) error {
	m := p.world.regions[country]
	if m == nil {
		return ErrCountry
	}
	p.country, p.code, p.trunk = country, int(m.GetCountryCode()), m.GetNationalPrefix()
	p.main = p.code != 1 && phonenumbers.GetRegionCodeForCountryCode(p.code) == country
	p.least = 0
	if lengths := m.GetGeneralDesc().GetPossibleLength(); len(lengths) > 0 {
		p.least = int(slices.Min(lengths))
	}
	re, err := regexp.Compile("^(?:" + m.GetInternationalPrefix() + ")")
	if err != nil {
		return fmt.Errorf("read the numbers of %s: %w", country, err)
	}
	p.international = re
	p.dialOut = m.GetPreferredInternationalPrefix()
	if p.dialOut = strings.Trim(p.dialOut, "~"); strings.Contains(p.dialOut, "~") {
		p.dialOut = strings.ReplaceAll(p.dialOut, "~", "")
	}
	if p.dialOut == "" {
		p.dialOut = m.GetInternationalPrefix()
		if !onlyDigits(p.dialOut) {
			p.dialOut = "00"
		}
	}
	p.read, p.written = newCache[reading, Number](), newCache[writing, string]()
	return nil
}

// In gives the plan of a carrier in another country: the same extensions and numbers for help, and no outside line or
// area. For its own country the plan is p itself.
func (p *Plan) In(country string) (*Plan, error) {
	if country == "" || country == p.country {
		return p, nil
	}
	o := *p
	o.Country, o.Area, o.Outside = country, "", ""
	if err := o.settle(country); err != nil {
		return nil, err
	}
	o.help = append(slices.Clone(p.help), p.ownHelp()...)
	o.warm()
	return &o, nil
}

// ownHelp gives the short numbers that the country itself has for help.
func (p *Plan) ownHelp() []string {
	var all []string
	m := p.world.short[p.country].GetEmergency()
	for width, form := range map[int]string{2: "%02d", 3: "%03d"} {
		if !slices.Contains(m.GetPossibleLength(), int32(width)) && len(m.GetPossibleLength()) > 0 {
			continue
		}
		for n := range map[int]int{2: 100, 3: 1000}[width] {
			if s := fmt.Sprintf(form, n); p.emergency(s) {
				all = append(all, s)
			}
		}
	}
	slices.Sort(all)
	return all
}

// warm reads an example of each kind of number, which compiles the patterns of the country.
func (p *Plan) warm() {
	for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.PREMIUM_RATE, phonenumbers.TOLL_FREE} {
		n := phonenumbers.GetExampleNumberForType(p.country, kind)
		if n == nil {
			continue
		}
		e164 := phonenumbers.Format(n, phonenumbers.E164)
		p.Received(p.Format(p.Received(e164), "national"))
	}
	p.Received("0")
}

// reading is one question: a number, and whether an outside line has to be got first.
type reading struct {
	raw    string
	dialed bool
}

// Normalize understands what one of our own people has dialed. Doing so twice is doing so once: the String of its
// result is understood as itself.
func (p *Plan) Normalize(dialed string) Number { return p.number(dialed, true) }

// Received understands a number that others have sent, or that the dialplan names: there is no outside line, and no
// area without its code.
func (p *Plan) Received(number string) Number { return p.number(number, false) }

func (p *Plan) number(raw string, dialed bool) Number {
	if len(raw) > MaxLength {
		return Number{Raw: raw, Short: raw, Class: Internal}
	}
	question := reading{raw, dialed}
	if n, ok := p.read.get(question); ok {
		return n
	}
	n := p.understand(raw, dialed)
	p.read.put(question, n)
	return n
}

// Bare gives the same plan without extensions: what a number would be if it were nobody's here.
func (p *Plan) Bare() *Plan {
	o := *p
	o.Extension = nil
	o.read, o.written = newCache[reading, Number](), newCache[writing, string]()
	return &o
}

// Help gives the numbers that call for help: those of the Config, and the country's own of two or three digits.
func (p *Plan) Help() []string {
	all := slices.Clone(p.help)
	for _, s := range p.ownHelp() {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// Examples gives some numbers of the country, and one of another, in E.164.
func (p *Plan) Examples() []string {
	var all []string
	for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE} {
		if n := phonenumbers.GetExampleNumberForType(p.country, kind); n != nil {
			all = append(all, phonenumbers.Format(n, phonenumbers.E164))
		}
	}
	if p.country == "FR" {
		return append(all, "+442079460000")
	}
	return append(all, "+33123456789")
}
