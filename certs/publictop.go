package certs

import (
	"slices"
	"strings"
)

// publicTop says whether a single label is, or may be, a public top-level domain
// with sites of others below it: every label of two letters (ISO 3166), and the
// generic domains that people also call machines by. The list need not be whole:
// a host whose name is missing here costs strength of the constraint, not service.
func publicTop(name string) bool {
	if strings.Contains(name, ".") {
		return false
	}
	letters := !strings.ContainsFunc(name, func(r rune) bool { return r < 'a' || r > 'z' })
	return letters && len(name) == 2 || slices.Contains(genericDomains(), name)
}

func genericDomains() []string {
	return strings.Fields(`academy actor agency apartments app art audio auto band bar beer
		best bike bio biz black blog blue boston boutique box build builders business buzz
		cab cafe cam camera camp capital cards care cars casa cash center chat church city
		cleaning click clinic cloud club codes coffee college com community company
		computer condos construction consulting contact cool coop cyou dance data date day
		deals delivery demo dental design dev diamonds digital direct directory dog domains
		earth education email energy engineer engineering events exchange expert express
		farm fish fit flights florist fm football forum foundation fun fund fyi gallery game
		games garden gift global gold golf gov graphics green group guide guru health help
		hockey holdings holiday horse hospital host hosting house how icu inc industries
		info ink institute int jobs kitchen land law lawyer life lighting limited link live
		lol london love ltd luxe management map market marketing mba media menu mil mobi
		moe money monster moscow music name navy net network new news ninja now nyc one
		online onl ooo org page paris partners parts party phone photo photos pictures pink
		pizza place plumbing plus post press pro productions promo properties pub quest
		racing radio realty red rent repair report rest restaurant review rip rocks run
		sale salon school science security services sex sexy shoes shop show site ski
		social software solar solutions space storage store stream studio study style
		supply support surf systems tattoo tax taxi team tech technology tel tennis theater
		tickets tips tires today tokyo tools top tours town toys trade training travel
		tube university uno vegas ventures vet video villas vin vip vision vodka vote
		voyage watch water webcam website wedding wien wiki win wine work works world wtf
		xyz yoga you zip zone`)
}
