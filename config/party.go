package config

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Bounds of what a file may hold.
const (
	MaxUsers  = 200000
	MaxTrunks = 1000
)

type placedUser struct {
	User
	at       hcl.Range
	secureAt hcl.Range
	numberAt hcl.Range
	pbx      hcl.Range // of the name of the trunk in pbx
	box      *placedBox
}

// label reads the name of a user or trunk block.
func (l *loader) label(b *hclsyntax.Block) (string, hcl.Range, bool) {
	if l.survey != nil {
		l.survey.labeled = true
	}
	form := fmt.Sprintf(`Write %s %q { ... }.`, b.Type, nameFor(b.Type))
	if len(b.Labels) != 1 {
		at := b.TypeRange
		if len(b.Labels) > 1 {
			at = b.LabelRanges[1]
		}
		l.errorf(at, form, "%s has one name, not %d", b.Type, len(b.Labels))
		return "", at, false
	}
	name, at := b.Labels[0], b.LabelRanges[0]
	return name, at, l.named(b.Type, name, at)
}

// named says whether a user or trunk may have a name, which nobody has had before.
func (l *loader) named(kind, name string, at hcl.Range) bool {
	if !IsName(name) {
		l.errorf(at, "", "a name has 1 to 64 letters, digits and . - _ + * #, which %q does not", name)
		return false
	}
	if first, again := l.first(kind+" "+name, at); again {
		l.errorf(at, "", "%s %q is defined twice, first at %s:%d", kind, name, first.Filename, first.Start.Line)
		return false
	}
	return true
}

// addUser takes a user that has been read, unless its name is wrong.
func (l *loader) addUser(u placedUser, withoutPassword bool) {
	if !l.named("user", u.Name, u.at) {
		return
	}
	l.keepUser(u, withoutPassword)
}

// keepUser takes a user whose name is fine.
func (l *loader) keepUser(u placedUser, withoutPassword bool) {
	l.seen.users = append(l.seen.users, u)
	if len(l.seen.users) == MaxUsers+1 {
		l.errorf(u.at, "", "a file has at most %d users", MaxUsers)
	}
	if withoutPassword {
		l.seen.withoutPassword = append(l.seen.withoutPassword, u)
	}
}

// IsName says whether a user or trunk may have a name.
func IsName(name string) bool {
	return name != "" && len(name) <= 64 && !strings.ContainsFunc(name, func(r rune) bool { return !inName(r) })
}

func inName(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_+*#", r)
}

// keys are the attributes of a user.
func (u *placedUser) keys() []key {
	return []key{
		{"name", func(v value) { v.line(&u.DisplayName) }},
		{"password", func(v value) { v.secret(&u.Password) }},
		{"ha1", func(v value) {
			v.members([]key{
				{"md5", func(v value) { v.digest(&u.HA1.MD5, 32) }},
				{"sha256", func(v value) { v.digest(&u.HA1.SHA256, 64) }},
			})
		}},
		{"video", func(v value) {
			video := true
			v.boolean(&video)
			u.NoVideo = !video
		}},
		{"max_calls", func(v value) { v.number(&u.MaxCalls, 1, 1000) }},
		{"codecs", func(v value) { v.codecs(&u.Codecs, "user") }},
		{"ptime", func(v value) { v.ptime(&u.PTime) }},
		{"max_ptime", func(v value) { v.ptime(&u.MaxPTime) }},
		{"number", func(v value) { v.line(&u.Number); u.numberAt = v.at }},
		{"permissions", func(v value) { v.permissionsOf(&u.Permissions) }},
		{"pbx", func(v value) { v.pbx(u) }},
		{"voicemail", func(v value) { v.userBox(u) }},
		{"secure", func(v value) { v.secure(&u.Secure); u.secureAt = v.at }},
		{"dtmf", func(v value) { v.word(&u.DTMF, dtmfWords(), nil) }},
	}
}

// user reads one user.
func (l *loader) user(b *hclsyntax.Block) {
	name, at, ok := l.label(b)
	if l.userKeys == nil { // made once: there may be a hundred thousand users
		l.userKeys = l.oneUser.keys()
	}
	l.oneUser = placedUser{User: User{Name: name, DTMF: "auto"}, at: at}
	u, once := &l.oneUser, b.Type+" "+place(b)
	l.attributes(b.Body, section{name: "user", keys: l.userKeys, alone: true}, once)
	password, hasPassword := b.Body.Attributes["password"]
	ha1, hasHA1 := b.Body.Attributes["ha1"]
	if hasPassword && hasHA1 {
		l.errorf(ha1.NameRange, "Keep one of them.", "user %q has a password already, at line %d", name, password.NameRange.Start.Line)
	}
	if hasPassword {
		l.noteGuessable(u.User, password.NameRange)
	}
	bare := !hasPassword && !hasHA1 && !l.unknown[once]
	if ok {
		l.keepUser(*u, bare)
	} else if bare {
		l.seen.withoutPassword = append(l.seen.withoutPassword, *u)
	}
}

// dtmfWords are the ways in which digits go.
func dtmfWords() []string { return []string{"rfc4733", "info", "inband", "auto"} }

// place makes a block one of a kind, even when its name is not.
func place(b *hclsyntax.Block) string {
	return b.TypeRange.Filename + ":" + strconv.Itoa(b.TypeRange.Start.Byte)
}

// digest reads the hex of a digest.
func (v value) digest(into *Secret, digits int) {
	var s string
	if v.asked(Shape{Kind: KindText, Of: fmt.Sprintf("%d hexadecimal digits", digits), Secret: true}) || !v.text(&s) {
		return
	}
	if _, err := hex.DecodeString(s); err != nil || len(s) != digits {
		v.l.errorf(v.at, "It is the digest of user:domain:password.", "%s has %d hexadecimal digits", v.name, digits)
		return
	}
	*into = Secret(strings.ToLower(s))
}
