package numbering

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// world is the metadata of all countries.
type world struct {
	regions map[string]*phonenumbers.PhoneMetadata
	global  map[int]*phonenumbers.PhoneMetadata // networks of no country, by calling code
	short   map[string]*phonenumbers.PhoneMetadata
}

// newWorld indexes the metadata, which the library has read when the program started.
func newWorld() (*world, error) {
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		return nil, fmt.Errorf("read the countries' numbers: %w", err)
	}
	short, err := phonenumbers.ShortNumberMetadataCollection()
	if err != nil {
		return nil, fmt.Errorf("read the countries' short numbers: %w", err)
	}
	w := &world{
		regions: make(map[string]*phonenumbers.PhoneMetadata, 256), global: make(map[int]*phonenumbers.PhoneMetadata, 16),
		short: make(map[string]*phonenumbers.PhoneMetadata, 256),
	}
	for _, m := range all.GetMetadata() {
		if m.GetId() == noCountry {
			w.global[int(m.GetCountryCode())] = m
			continue
		}
		w.regions[m.GetId()] = m
	}
	for _, m := range short.GetMetadata() {
		w.short[m.GetId()] = m
	}
	return w, nil
}

// noCountry is the region of calling codes that belong to no country.
const noCountry = "001"

// Countries gives the ISO codes of all countries that have a numbering plan, in order.
func Countries() []string {
	w, err := newWorld()
	if err != nil {
		return nil
	}
	all := make([]string, 0, len(w.regions))
	for c := range w.regions {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}

// callingCode takes the calling code off an international number: 1 to 3 digits, of which none is the beginning of
// another (ITU-T E.164 annex D).
func callingCode(digits string) (code int, rest string, ok bool) {
	for n := 1; n <= 3 && n < len(digits); n++ {
		code, err := strconv.Atoi(digits[:n])
		if err == nil && digits[0] != '0' && len(phonenumbers.GetRegionCodesForCountryCode(code)) > 0 {
			return code, digits[n:], true
		}
	}
	return 0, "", false
}

// kinds are the types of numbers in the order in which they are looked for, as the library does.
type kind struct {
	class Class
	desc  func(*phonenumbers.PhoneMetadata) *phonenumbers.PhoneNumberDesc
}

// kinds gives the kinds of numbers of a country. Personal numbers and pagers cost what their owner likes.
func kinds() []kind {
	return []kind{
		{Premium, (*phonenumbers.PhoneMetadata).GetPremiumRate},
		{TollFree, (*phonenumbers.PhoneMetadata).GetTollFree},
		{SharedCost, (*phonenumbers.PhoneMetadata).GetSharedCost},
		{National, (*phonenumbers.PhoneMetadata).GetVoip},
		{Premium, (*phonenumbers.PhoneMetadata).GetPersonalNumber},
		{Premium, (*phonenumbers.PhoneMetadata).GetPager},
		{National, (*phonenumbers.PhoneMetadata).GetUan},
		{National, (*phonenumbers.PhoneMetadata).GetVoicemail},
		{National, (*phonenumbers.PhoneMetadata).GetFixedLine},
		{Mobile, (*phonenumbers.PhoneMetadata).GetMobile},
	}
}

// place says which country has a number, and as what; "" when none has it.
func (p *Plan) place(code int, national string) (country string, class Class) {
	if m := p.world.global[code]; m != nil {
		class := p.kindOf(m, national)
		if class == "" {
			return "", ""
		}
		return noCountry, class
	}
	if code == p.code { // free numbers of North America are every country's
		if class := p.kindOf(p.world.regions[p.country], national); class != "" {
			return p.country, class
		}
	}
	regions := phonenumbers.GetRegionCodesForCountryCode(code)
	for _, region := range regions {
		m := p.world.regions[region]
		if m == nil || region == p.country {
			continue
		}
		if leading := m.GetLeadingDigits(); leading != "" && len(regions) > 1 && !p.begins(leading, national) {
			continue
		}
		if class := p.kindOf(m, national); class != "" {
			return region, class
		}
	}
	return "", ""
}

// kindOf gives the class that a number of a country has there; "" when there is no such number.
func (p *Plan) kindOf(m *phonenumbers.PhoneMetadata, national string) Class {
	if !matches(m.GetGeneralDesc(), national) {
		return ""
	}
	for _, k := range p.kinds {
		if matches(k.desc(m), national) {
			return k.class
		}
	}
	return ""
}

// matches says whether a number is one of a kind: by its length first, which is cheap.
func matches(d *phonenumbers.PhoneNumberDesc, national string) bool {
	if d.GetNationalNumberPattern() == "" {
		return false
	}
	if lengths := d.GetPossibleLength(); len(lengths) > 0 && !slices.Contains(lengths, int32(len(national))) {
		return false
	}
	return phonenumbers.MatchNationalNumber(national, d, false)
}

// begins says whether a number begins as the pattern says. Such patterns are those of a handful of countries.
func (p *Plan) begins(pattern, national string) bool {
	re := p.leading[pattern]
	return re != nil && re.MatchString(national)
}

// leadingDigits compiles the patterns that tell countries with one calling code apart.
func leadingDigits(w *world) (map[string]*regexp.Regexp, error) {
	all := map[string]*regexp.Regexp{}
	for _, m := range w.regions {
		leading := m.GetLeadingDigits()
		if leading == "" || all[leading] != nil {
			continue
		}
		re, err := regexp.Compile("^(?:" + leading + ")")
		if err != nil {
			return nil, fmt.Errorf("read the numbers of %s: %w", m.GetId(), err)
		}
		all[leading] = re
	}
	return all, nil
}

// service says whether digits are a short number of the country, and whether it costs extra. Numbers for text messages
// alone, which the tables of some countries hold, are none: those that are called begin with 0 or 1, or are listed as
// free or dear, or are the N11 codes of North America.
func (p *Plan) service(digits string) (Class, bool) {
	m := p.world.short[p.country]
	if m == nil || !matches(m.GetShortCode(), digits) {
		return "", false
	}
	if p.code == 1 {
		return Service, len(digits) == 3 && (strings.HasSuffix(digits, "11") || digits == "988")
	}
	switch {
	case matches(m.GetPremiumRate(), digits):
		return Premium, true
	case strings.ContainsRune("01", rune(digits[0])), matches(m.GetTollFree(), digits) && !matches(m.GetCarrierSpecific(), digits):
		return Service, true
	}
	return "", false
}

// emergency says whether digits call for help.
func (p *Plan) emergency(digits string) bool {
	if slices.Contains(p.help, digits) {
		return true
	}
	m := p.world.short[p.country]
	return m != nil && len(digits) < 7 && matches(m.GetEmergency(), digits)
}
