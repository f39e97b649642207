package config

import (
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// MaxAdmins is how many people a file may let into the console.
const MaxAdmins = 1000

// The roles of people and programs, the least first; each includes those before it.
const (
	RoleViewer   = "viewer"   // reads, but no secrets
	RoleOperator = "operator" // also acts on calls, registrations and trunks
	RoleAdmin    = "admin"    // everything
)

func roles() []string { return []string{RoleViewer, RoleOperator, RoleAdmin} }

// Admin is somebody who may sign in to the console and the API.
type Admin struct {
	Name         string
	PasswordHash Secret // argon2id, as a PHC string
	Role         string
}

// admin reads one of those who may sign in.
func (l *loader) admin(b *hclsyntax.Block) {
	name, at, ok := l.label(b)
	a := Admin{Name: name}
	l.attributes(b.Body, section{name: "admin", keys: []key{
		{"password_hash", func(v value) { v.passwordHash(&a.PasswordHash) }},
		{"role", func(v value) { v.word(&a.Role, roles(), nil) }},
	}}, "admin "+name)
	switch {
	case !ok:
	case a.PasswordHash == "" && b.Body.Attributes["password_hash"] == nil:
		l.errorf(at, "Write password_hash = \"...\" with what `tandem admins hash` prints.", "admin %q has no password_hash", name)
	case a.Role == "" && b.Body.Attributes["role"] == nil:
		l.errorf(at, `Write role = "viewer", "operator" or "admin".`, "admin %q has no role", name)
	case len(l.file.Admins) == MaxAdmins:
		l.errorf(at, "", "a file has at most %d admin blocks", MaxAdmins)
	default:
		l.file.Admins = append(l.file.Admins, a)
	}
}

// passwordHash reads an argon2id hash; whether it is sound in every octet is told by
// those who check passwords.
func (v value) passwordHash(into *Secret) {
	var s Secret
	if v.secret(&s); s == "" {
		return
	}
	if !strings.HasPrefix(string(s), "$argon2id$v=19$") || strings.Count(string(s), "$") != 5 {
		v.l.errorf(v.at, "Write what `tandem admins hash` prints.", "%s is no argon2id hash", v.name)
		return
	}
	*into = s
}

// OIDC is the sign-in service that people may sign in by (OpenID Connect Core 1.0);
// the zero OIDC is none.
type OIDC struct {
	Issuer       string // URL
	ClientID     string
	ClientSecret Secret // empty for a public client
	URL          string // of the console, as browsers reach it: https://pbx.example.com:8443
	GroupsClaim  string
	NameClaim    string
	// Viewers, Operators and Admins are the groups whose members have these roles.
	Viewers, Operators, Admins []string
}

func (l *loader) oidc(b *hclsyntax.Block) section {
	o := &l.file.OIDC
	if l.survey == nil && o.GroupsClaim == "" {
		o.GroupsClaim, o.NameClaim = "groups", "preferred_username"
	}
	return section{name: "oidc", keys: []key{
		{"issuer", func(v value) { v.pageURL(&o.Issuer) }},
		{"client_id", func(v value) { v.line(&o.ClientID) }},
		{"client_secret", func(v value) { v.secret(&o.ClientSecret) }},
		{"url", func(v value) { v.pageURL(&o.URL) }},
		{"groups_claim", func(v value) { v.line(&o.GroupsClaim) }},
		{"name_claim", func(v value) { v.line(&o.NameClaim) }},
		{"viewers", func(v value) { v.groups(&o.Viewers) }},
		{"operators", func(v value) { v.groups(&o.Operators) }},
		{"admins", func(v value) { v.groups(&o.Admins) }},
	}}
}

// pageURL reads an http or https URL; http is for this machine alone.
func (v value) pageURL(into *string) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: "an https URL"}) || !v.line(&s) {
		return
	}
	u, err := url.Parse(s)
	local := err == nil && u.Scheme == "http" && slices.Contains([]string{"localhost", "127.0.0.1", "[::1]", "::1"}, u.Hostname())
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !local {
		v.l.errorf(v.at, `Write "https://login.example.com".`, "%s is an https URL without a query", v.name)
		return
	}
	*into = strings.TrimSuffix(s, "/")
}

// groups reads names of groups.
func (v value) groups(into *[]string) {
	items, ok := v.items(64)
	if !ok {
		return
	}
	var all []string
	for _, item := range items {
		var s string
		if item.line(&s) {
			all = append(all, s)
		}
	}
	*into = all
}

// finishOIDC reports what the service lacks.
func (l *loader) finishOIDC() {
	o := &l.file.OIDC
	at, there := l.places["oidc.issuer"]
	if o.GroupsClaim == "" && !there {
		return
	}
	for _, k := range []struct{ name, value string }{{"issuer", o.Issuer}, {"client_id", o.ClientID}, {"url", o.URL}} {
		if _, written := l.places["oidc."+k.name]; k.value == "" && !written {
			l.errorf(at, "", "the oidc block has no %s", k.name)
		}
	}
	if len(o.Viewers)+len(o.Operators)+len(o.Admins) == 0 {
		l.warnf(at, `Write admins = ["the group"].`, "the oidc block gives nobody a role")
	}
}
