package numbering

// Class says what kind of number it is.
type Class string

// The classes.
const (
	Internal      Class = "internal"      // an extension, a name, or a code such as *97: nobody's telephone number
	Emergency     Class = "emergency"     // 112, 999: of the list, or of the country
	Service       Class = "service"       // a short number of the country
	National      Class = "national"      // in the plan's country, at the usual price
	Mobile        Class = "mobile"        // in the plan's country
	International Class = "international" // in another country
	Premium       Class = "premium"       // at a price of its own, here or abroad; personal numbers and pagers too
	SharedCost    Class = "shared_cost"   // in the plan's country, or +808
	TollFree      Class = "toll_free"     // in the plan's country, or +800
	Satellite     Class = "satellite"     // networks of no country: +870, +878, +881, +882, +883
	Other         Class = "other"         // what no country has
)

// Classes gives all classes, in the order of their definition.
func Classes() []Class {
	return []Class{
		Internal, Emergency, Service, National, Mobile, International, Premium, SharedCost, TollFree, Satellite, Other,
	}
}

// Number is what was dialed or sent, as it was understood. The zero Number is that of nothing.
type Number struct {
	Raw     string // as it came
	E164    string // "+442079460000"; empty for what is not a telephone number of the world
	Short   string // digits of an emergency, service or unknown number, or the extension; set where E164 is empty
	Class   Class
	Country string // ISO 3166 code, upper case; empty for networks of no country and where it is not known
	Valid   bool   // the country has such a number; without it an E164 has the right length at best
}

// String gives the number as rows and steps see it: E.164, or what it is else.
func (n Number) String() string {
	if n.E164 != "" {
		return n.E164
	}
	return n.Short
}
