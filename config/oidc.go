package config

import (
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const (
	maxClaims = 200 // that rules may name for one role
	maxScopes = 20
)

// OIDC is the sign-in service elsewhere that people of the console may come by (OpenID
// Connect Core 1.0).
type OIDC struct {
	Issuer       string // empty when there is no oidc block
	ClientID     string
	ClientSecret Secret   // empty for a client that has none
	Name         string   // on the button of the sign-in page; empty means the host of the issuer
	Scopes       []string // that are asked for beside openid, profile and email
	RedirectURL  string   // that the service sends people back to; empty means the address that they asked
	CA           string   // path of the PEM file of whom to believe; empty means the system's
	Role         string   // of whom no rule fits; empty: they may not sign in
	Rules        []OIDCRule
}

// OIDCRule gives a role to whoever has a claim.
type OIDCRule struct{ Role, Claim, Value string }

// oidc reads the sign-in service.
func (l *loader) oidc(b *hclsyntax.Block) section {
	o := &l.file.OIDC
	if l.seen.oidc.Filename == "" {
		l.seen.oidc = b.TypeRange
	}
	return section{name: "oidc", keys: []key{
		{"issuer", func(v value) { v.webURL(&o.Issuer, "https://login.example.com/realms/office") }},
		{"client_id", func(v value) { v.line(&o.ClientID) }},
		{"client_secret", func(v value) { v.secret(&o.ClientSecret) }},
		{"name", func(v value) { v.line(&o.Name) }},
		{"scopes", func(v value) { v.scopes(&o.Scopes) }},
		{"redirect_url", func(v value) { v.webURL(&o.RedirectURL, "https://pbx.example.com:8443/api/v1/login/oidc/callback") }},
		{"ca", func(v value) { v.existing(&o.CA) }},
		{"role", func(v value) { v.word(&o.Role, roles(), nil) }},
		{"rules", func(v value) { v.rules(&o.Rules) }},
	}}
}

// rules reads who has which role: lists of claims, by role.
func (v value) rules(into *[]OIDCRule) {
	*into = nil
	var keys []key
	for _, role := range roles() {
		keys = append(keys, key{role, func(v value) { v.claims(role, into) }})
	}
	v.members(keys)
}

// claims reads a list of CLAIM=VALUE.
func (v value) claims(role string, into *[]OIDCRule) {
	if v.asked(Shape{Kind: KindList, Item: &Shape{Kind: KindText, Of: "CLAIM=VALUE"}}) {
		return
	}
	items, _ := v.items(maxClaims)
	for _, item := range items {
		var s string
		if !item.line(&s) {
			continue
		}
		claim, want, ok := strings.Cut(s, "=")
		claim, want = strings.TrimSpace(claim), strings.TrimSpace(want)
		switch {
		case !ok || claim == "" || want == "":
			v.l.errorf(item.at, `Write "groups=voice-admins", for example.`, "%q is no claim with its value", s)
		case strings.Contains(strings.TrimPrefix(want, "*"), "*"):
			v.l.errorf(item.at, `Write "email=*@example.com", for example.`, "in %q an asterisk may only stand at the beginning of the value", s)
		default:
			*into = append(*into, OIDCRule{role, claim, want})
		}
	}
}

// scopes reads what is asked for of a sign-in service.
func (v value) scopes(into *[]string) {
	if v.asked(Shape{Kind: KindList, Item: &Shape{Kind: KindText, Of: "scope"}}) {
		return
	}
	items, _ := v.items(maxScopes)
	*into = nil
	for _, item := range items {
		var s string
		switch {
		case !item.line(&s):
		case strings.ContainsAny(s, " \"\\"): // RFC 6749 §3.3
			v.l.errorf(item.at, `Write one scope an item: ["groups", "roles"].`, "%q is no scope", s)
		case !slices.Contains(*into, s):
			*into = append(*into, s)
		}
	}
}

// webURL reads an https URL, or an http one of this machine.
func (v value) webURL(into *string, example string) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "https URL"}) || !v.line(&s) {
		return
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http":
		v.l.errorf(v.at, "Write it as \""+example+"\".", "%s %q is no https URL", v.name, s)
	case u.Scheme == "http" && !here(u.Hostname()):
		v.l.errorf(v.at, "Write it as \""+example+"\".", "%s %q would let everybody on the way sign in as somebody else", v.name, s)
	default:
		*into = s
	}
}

// finishOIDC checks what hangs together.
func (l *loader) finishOIDC() {
	at, o := l.seen.oidc, &l.file.OIDC
	if at == (hcl.Range{}) || l.unknown["oidc"] {
		return
	}
	_, issuer := l.places["oidc.issuer"]
	_, client := l.places["oidc.client_id"]
	_, role := l.places["oidc.role"]
	_, rules := l.places["oidc.rules"]
	switch {
	case !issuer:
		l.consequent(at, `Write issuer = "https://login.example.com/realms/office".`, "oidc lacks its issuer")
	case !client:
		l.consequent(at, `Write client_id = "tandem", as the sign-in service calls this gateway.`, "oidc lacks its client_id")
	case !role && !rules:
		l.consequent(at, `Write role = "viewer", or rules = { admin = ["groups=voice-admins"] }.`, "oidc lets nobody in: it has neither role nor rules")
	}
	for _, r := range o.Rules {
		if at, set := l.places["oidc.rules"]; set && r.Value == "*" && r.Role != RoleViewer {
			l.warnf(at, `Write a value that only those have who are meant.`, "whoever the sign-in service knows with a claim %s has the role %s", r.Claim, r.Role)
		}
	}
}
