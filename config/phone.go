package config

import (
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan"
)

// maxEmbed is how many sites may embed the web phone.
const maxEmbed = 50

// Phone says what the web phone offers.
type Phone struct {
	Embed   []string // origins whose pages may hold the phone in a frame, such as https://crm.example.com
	Merge   string   // number of the caller's own room, where the phone brings calls together; empty for none
	Mailbox string   // number at which the mailbox is listened to; empty for none
	People  bool     // users are named to each other, and their lamps shown
}

// phone reads what the web phone offers.
func (l *loader) phone(*hclsyntax.Block) section {
	p := &l.file.Phone
	return section{name: "phone", keys: []key{
		{"embed", func(v value) { v.origins(&p.Embed) }},
		{"merge", func(v value) { v.dialed(&p.Merge) }},
		{"mailbox", func(v value) { v.dialed(&p.Mailbox) }},
		{"people", func(v value) { v.boolean(&p.People) }},
	}}
}

// origins reads a list of web origins (RFC 6454 §6.2).
func (v value) origins(into *[]string) {
	if v.asked(Shape{Kind: KindList, Item: &Shape{Kind: KindText, Of: "origin of a site"}}) {
		return
	}
	items, ok := v.items(maxEmbed)
	if !ok {
		return
	}
	*into = nil
	for _, item := range items {
		var s string
		if !item.line(&s) {
			continue
		}
		if o, ok := origin(s); !ok {
			v.l.errorf(item.at, `Write the scheme and the host, such as "https://crm.example.com".`, "%q is not the origin of a site", s)
		} else if !slices.Contains(*into, o) {
			*into = append(*into, o)
		}
	}
}

// origin is a scheme and a host with, where it is not the usual one, a port: what may
// stand in a policy without ending it.
func origin(s string) (string, bool) {
	u, err := url.Parse(strings.ToLower(s))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	if strings.ContainsFunc(u.Host, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune(".-:[]", r)
	}) {
		return "", false
	}
	return u.Scheme + "://" + u.Host, true
}

// dialed reads a number as a telephone dials it.
func (v value) dialed(into *string) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "number"}) || !v.line(&s) {
		return
	}
	if len(s) > dialplan.MaxNumber || strings.ContainsAny(s, " \t@<>\"") {
		v.l.errorf(v.at, "", "%s is no number that can be dialed", v.name)
		return
	}
	*into = s
}
