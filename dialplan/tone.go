package dialplan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// ToneStep plays a named tone (see Tones) for ToneTime; then the next step runs.
type ToneStep struct {
	Name    string
	Country string // one of ToneCountries; empty means the gateway's
}

func (ToneStep) isStep() {}

// String gives for example `tone busy` or `tone busy DE`.
func (s ToneStep) String() string {
	if s.Country == "" {
		return "tone " + s.Name
	}
	return "tone " + s.Name + " " + s.Country
}

// Tones gives the names that tone() takes, in the order that messages list them.
func Tones() []string {
	return []string{"ringback", "busy", "congestion", "dial", "info", "waiting", "test"}
}

// ToneCountries gives the countries whose tones there are, by their ISO 3166 codes.
func ToneCountries() []string {
	return strings.Fields("AR AT AU BE BG BR CA CH CL CN CZ DE DK EE ES FI FR GB GR HK HU IL IN IT JP KR LT MX MY NL NO NZ PH PL PT RU SE SG TR TW US ZA")
}

// toneStepSpec is tone(name, country) as the file writes it.
func toneStepSpec() *stepSpec {
	return &stepSpec{
		name: "tone", form: "tone(name, country)", least: 1, params: []param{{"name", readTone}, {"country", readToneCountry}},
		make: func(a []any) Step { return ToneStep{a[0].(string), optional(a, 1, "")} },
	}
}

// readToneCountry reads a country whose tones are to be heard.
func readToneCountry(v cty.Value, _ *reading) (any, []problem) {
	s, ok, p := text(v, "a country")
	if !ok {
		return nil, p
	}
	if why := BadToneCountry(s); why != "" {
		return nil, wrong(why, "There are "+strings.Join(ToneCountries(), " ")+".")
	}
	return strings.ToUpper(s), nil
}

// BadToneCountry says that there are no tones of a country; "" means that there are.
func BadToneCountry(s string) string {
	if slices.Contains(ToneCountries(), strings.ToUpper(s)) {
		return ""
	}
	return fmt.Sprintf("there are no tones of country %q", s)
}
