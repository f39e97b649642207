package config

import (
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
