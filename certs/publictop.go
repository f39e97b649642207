package certs

import (
	"slices"
	"strings"
)

// publicTop says whether a single label is a public top-level domain with sites of
// others below it: the country codes, and the generic domains that people also call
// machines by. The list need not be whole:
// a host whose name is missing here costs strength of the constraint, not service.
func publicTop(name string) bool {
	return slices.Contains(countryDomains(), name) || slices.Contains(genericDomains(), name)
}

func countryDomains() []string {
	return strings.Fields(`ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg
		bh bi bj bl bm bn bo bq br bs bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr
		cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh er es et eu fi fj fk fm fo fr ga gb
		gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in
		io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt
		lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc
		ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro
		rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf
		tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk um us uy uz va vc ve vg vi vn vu wf
		ws ye yt za zm zw`)
}

func genericDomains() []string {
	return strings.Fields(`academy actor agency apartments app art audio auto band bar beer
		best bike bio biz black blog blue boston boutique box build builders business buzz
		cab cafe cam camera camp capital cards care cars casa cash center chat church city
		cleaning click clinic cloud club codes coffee college com community company
		computer condos construction consulting contact cool coop cyou dance data date day
		deals delivery demo dental design dev diamonds digital direct directory dog domains
		earth education email energy engineer engineering events exchange expert express
		fish fit flights florist fm football forum foundation fun fund fyi gallery game
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
