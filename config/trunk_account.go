package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// accountKeys are the attributes that say who we are to a trunk.
func (t *placedTrunk) accountKeys() []key {
	return []key{
		{"register", func(v value) { v.register(&t.Register) }},
		{"accounts", func(v value) { v.accounts(&t.Accounts) }},
		{"certificate", func(v value) { v.certificate(&t.Certificate) }},
		{"ca", func(v value) { v.existing(&t.CA) }},
	}
}

// register reads the account of a registration.
func (v value) register(into **Register) {
	r := &Register{}
	known := v.members([]key{
		{"user", func(v value) { v.userPart(&r.User) }},
		{"password", func(v value) { v.secret(&r.Password) }},
		{"auth_user", func(v value) { v.line(&r.AuthUser) }},
		{"realm", func(v value) { v.line(&r.Realm) }},
		{"contact", func(v value) { v.userPart(&r.Contact) }},
		{"expires", func(v value) { v.durationOrOff(&r.Expires, time.Minute, 7*24*time.Hour) }},
	})
	*into = r
	if known {
		v.needs(`Write register = { user = "acme1", password = env("ALPHA_PW") }.`, "user", "password")
	}
}

// accounts reads whose extensions our users are.
func (v value) accounts(into **Accounts) {
	a := &Accounts{}
	known := v.members([]key{
		{"mode", func(v value) {
			mode := ""
			v.word(&mode, []string{string(AccountsHeld), string(AccountsRelayed)}, nil)
			a.Mode = AccountsMode(mode)
		}},
		{"domain", func(v value) { v.host(&a.Domain) }},
	})
	*into = a
	if known {
		v.needs(`Write accounts = { mode = "held" } or accounts = { mode = "relayed" }.`, "mode")
	}
}

// pbx reads the account that a user has at a PBX.
func (v value) pbx(u *placedUser) {
	p := &PBX{User: u.Name}
	known := v.members([]key{
		{"trunk", func(v value) {
			v.line(&p.Trunk)
			u.pbx = v.at
		}},
		{"user", func(v value) { v.userPart(&p.User) }},
		{"password", func(v value) { v.secret(&p.Password) }},
	})
	if known && v.needs(`Write pbx = { trunk = "pbx", password = env("...") }.`, "trunk", "password") {
		u.PBX = p
	}
}

// certificate reads what we prove ourselves with.
func (v value) certificate(into **Certificate) {
	c := &Certificate{}
	known := v.members([]key{
		{"cert", func(v value) { v.existing(&c.Cert) }},
		{"key", func(v value) { v.existing(&c.Key) }},
	})
	*into = c
	if known {
		v.needs(`Write certificate = { cert = "cert.pem", key = "key.pem" }.`, "cert", "key")
	}
}

// needs reports the members that a group lacks.
func (v value) needs(hint string, names ...string) bool {
	if v.l.survey != nil || !v.v.Type().IsObjectType() {
		return false
	}
	whole := true
	for _, name := range names {
		if !v.v.Type().HasAttribute(name) {
			v.l.consequent(v.at, hint, "%s lacks its %s", v.name, name)
			whole = false
		}
	}
	return whole
}

// userPart reads the user part of a SIP URI.
func (v value) userPart(into *string) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "user part of a SIP URI"}) || !v.line(&s) {
		return
	}
	if user, host, ok := strings.Cut(s, "@"); ok {
		v.l.errorf(v.at, fmt.Sprintf("Write %q: the host is %q already.", user, host), "%s %q is more than a user", v.name, s)
		return
	}
	if strings.ContainsAny(s, " <>\"@:;?/\\") || strings.ContainsFunc(s, func(r rune) bool { return r > '~' }) {
		v.l.errorf(v.at, "", "%s %q cannot be the user of a SIP URI", v.name, s)
		return
	}
	*into = s
}

// identityKeys are the attributes that say how callers are shown to a trunk, and by it.
func (t *placedTrunk) identityKeys() []key {
	return []key{
		{"caller_id", func(v value) { v.words(&t.CallerID, []string{"from", "pai", "ppi", "rpid"}) }},
		{"privacy", func(v value) { v.word(&t.Privacy, []string{"id", "header", "none", "pass"}, nil) }},
		{"diversion", func(v value) { v.word(&t.Diversion, []string{"diversion", "history-info", "none"}, nil) }},
		{"trust", func(v value) {
			trust := ""
			t.Trust = v.word(&trust, []string{"identity"}, nil)
		}},
	}
}

// words reads one word or a list of them, each once.
func (v value) words(into *[]string, known []string) {
	if v.asked(Shape{Kind: KindList, OrItem: true, Item: &Shape{Kind: KindWord, Words: known}}) {
		return
	}
	items := []value{v}
	if t := v.v.Type(); t.IsTupleType() || t.IsListType() {
		var ok bool
		if items, ok = v.items(16); !ok {
			return
		}
		if len(items) == 0 {
			v.l.errorf(v.at, fmt.Sprintf("Write [%q].", known[0]), "%s is empty", v.name)
		}
	}
	*into = v.distinct(items, known)
}

// distinct reads words of which each is a known one; one that stands there twice is an error.
func (v value) distinct(items []value, known []string) (all []string) {
	for _, item := range items {
		var s string
		if !item.word(&s, known, nil) {
			continue
		}
		if slices.Contains(all, s) {
			v.l.errorf(item.at, "", "%s has %q twice", v.name, s)
			continue
		}
		all = append(all, s)
	}
	return all
}

// proxy reads the SIP URI of an outbound proxy: sip:host[:port][;transport=tcp].
func (v value) proxy(into *string) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "sip:host[:port][;transport=udp|tcp|tls]"}) || !v.line(&s) {
		return
	}
	const form = `Write "sip:proxy.example.com" or "sip:203.0.113.7:5080;transport=tcp".`
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || scheme != "sip" && scheme != "sips" {
		hint := form
		if host, _, _ := strings.Cut(s, ";"); !strings.Contains(s, "//") {
			if _, _, why := splitHost(host); why == "" {
				hint = fmt.Sprintf("Did you mean %q?", "sip:"+s)
			}
		}
		v.l.errorf(v.at, hint, "proxy %q is no SIP URI", s)
		return
	}
	hostport, params, _ := strings.Cut(rest, ";")
	if _, _, why := splitHost(hostport); why != "" {
		v.l.errorf(v.at, form, "proxy %q: %s", s, why)
		return
	}
	for param := range strings.SplitSeq(params, ";") {
		key, transport, _ := strings.Cut(param, "=")
		switch {
		case param == "" || param == "lr":
		case key != "transport":
			v.l.errorf(v.at, form, "proxy has no parameter %q", key)
			return
		case !v.isTransport(transport):
			return
		}
	}
	*into = s
}
