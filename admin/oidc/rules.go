package oidc

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

// ErrNoRole says that no rule lets somebody in.
var ErrNoRole = errors.New("no rule lets him in")

// Rule gives a role to whoever has a claim of a value; a value that begins with an
// asterisk is the end of one.
type Rule struct {
	Role         string
	Claim, Value string
}

// Rules are all of them.
type Rules struct {
	// Order are the roles, the least first.
	Order []string
	Rules []Rule
	// Else is the role of whom none fits; empty for none.
	Else string
}

// Identity is somebody who has proved who he is.
type Identity struct {
	Subject string // what the service calls him, for good
	Name    string // for people
	Role    string // empty with ErrNoRole
}

// identify reads who somebody is, and gives him the highest role that fits.
func (r Rules) identify(claims map[string]any) (Identity, error) {
	who := Identity{Subject: text(claims["sub"]), Name: nameOf(claims)}
	best := slices.Index(r.Order, r.Else)
	for _, one := range r.Rules {
		if n := slices.Index(r.Order, one.Role); n > best && one.fits(claims) {
			best = n
		}
	}
	if best < 0 {
		return who, ErrNoRole
	}
	who.Role = r.Order[best]
	return who, nil
}

// nameOf is what somebody is called: an address that the service has verified, else
// the name that he signs in with there, else what he is to the service.
func nameOf(claims map[string]any) string {
	names := []string{"preferred_username", "sub"}
	if verified(claims) {
		names = []string{"email"}
	}
	for _, claim := range names {
		name := strings.Map(func(c rune) rune {
			if unicode.IsPrint(c) {
				return c
			}
			return -1
		}, text(claims[claim]))
		if len(name) > 128 {
			name = strings.ToValidUTF8(name[:128], "")
		}
		if name = strings.TrimSpace(name); name != "" {
			return name
		}
	}
	return "somebody"
}

// verified says whether the service vouches for the address: whoever may write his own
// there would else be whom he likes.
func verified(claims map[string]any) bool {
	if text(claims["email"]) == "" {
		return false
	}
	switch v := claims["email_verified"].(type) {
	case bool:
		return v
	case string: // as some services write it
		return v == "true"
	}
	return false
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// fits says whether somebody has the claim.
func (r Rule) fits(claims map[string]any) bool {
	if r.Claim == "email" && !verified(claims) {
		return false
	}
	switch v := find(claims, r.Claim).(type) {
	case string:
		return r.is(v)
	case bool:
		return v && r.Value == "true"
	case []any:
		return slices.ContainsFunc(v, func(one any) bool { s, is := one.(string); return is && r.is(s) })
	}
	return false
}

// is compares a value. Addresses are compared as their readers do.
func (r Rule) is(v string) bool {
	want := r.Value
	if r.Claim == "email" {
		want, v = strings.ToLower(want), strings.ToLower(v)
	}
	if end, any := strings.CutPrefix(want, "*"); any {
		return strings.HasSuffix(v, end)
	}
	return v == want
}

// find looks a claim up: by its whole name, which may be a URL, or else by the way
// through groups, such as realm_access.roles.
func find(claims map[string]any, name string) any {
	if v, ok := claims[name]; ok {
		return v
	}
	first, rest, more := strings.Cut(name, ".")
	below, is := claims[first].(map[string]any)
	if !more || !is {
		return nil
	}
	return find(below, rest)
}
