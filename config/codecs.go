package config

import (
	"slices"
	"strings"
)

// codecNames are the words of a list of codecs. Those of opaque can only be passed
// on between two telephones that both have them.
var (
	codecNames = []string{"opus", "g722", "pcma", "pcmu", "l16", "g729", "amr", "amr-wb", "ilbc", "gsm", "speex", "g723"}
	opaque     = []string{"g729", "amr", "amr-wb", "ilbc", "gsm", "speex", "g723"}
)

// codecs reads an order of preference; of is whose it is.
func (v value) codecs(into *[]string, of string) {
	items, ok := v.items(16)
	if !ok {
		return
	}
	if len(items) == 0 {
		v.l.errorf(v.at, `Write ["pcma", "pcmu"].`, "%s is empty", v.name)
	}
	all := v.distinct(items, codecNames)
	*into = all
	heard := func(s string) bool { return !slices.Contains(opaque, s) }
	if len(all) > 0 && !slices.ContainsFunc(all, heard) {
		v.l.warnf(v.at, `Add "pcma" or "pcmu".`, "this %s can talk with telephones only that have %s too: browsers and prompts are not heard there",
			of, strings.Join(all, " or "))
	}
}

// ptime reads a length of packets in ms.
func (v value) ptime(into *int) {
	if v.asked(Shape{Kind: KindNumber, Words: []string{"10", "20", "30", "40", "50", "60"}}) {
		return
	}
	v.number(into, 10, 60)
	if *into%10 != 0 {
		v.l.errorf(v.at, "", "%s is 10, 20, 30, 40, 50 or 60", v.name)
		*into = 0
	}
}
