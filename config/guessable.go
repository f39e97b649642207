package config

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

const (
	// shortPassword is the first length, in octets, that is not guessed before whoever
	// guesses is banned everywhere.
	shortPassword = 8
	// shortDigits is the same for a password of digits alone.
	shortDigits = 12
	// maxGuessable is how many users with such a password are told of one by one.
	maxGuessable = 5
)

// placedName is a name and where something is said of it.
type placedName struct {
	name string
	at   hcl.Range
}

// Guessable says whether scanners try a password first: short, the name of the user, one
// character over and over, a few digits, or a word of every list.
func Guessable(user, password string) bool {
	lower := strings.ToLower(password)
	lists := []string{"password", "passw0rd", "asterisk", "freeswitch", "changeme", "welcome1", "qwertyui", "letmein1"}
	return len(password) < shortPassword || strings.EqualFold(user, password) || slices.Contains(lists, lower) ||
		lower == strings.Repeat(lower[:1], len(lower)) || len(password) < shortDigits && strings.Trim(password, "0123456789") == ""
}

// noteGuessable keeps where a password is that is guessed: at its attribute or cell. Of a
// digest nothing can be said.
func (l *loader) noteGuessable(u User, at hcl.Range) {
	if !l.options.Thorough || u.Password == "" || !Guessable(u.Name, string(u.Password)) {
		return
	}
	if l.seen.guessed++; l.seen.guessed <= maxGuessable+1 {
		l.seen.guessable = append(l.seen.guessable, placedName{u.Name, at})
	}
}

// warnGuessable tells of them. It names users, never passwords.
func (l *loader) warnGuessable() {
	const hint = "Give 12 characters or more, such as of `openssl rand -base64 12`."
	for i, u := range l.seen.guessable {
		if more := l.seen.guessed - maxGuessable - 1; i == maxGuessable && more > 0 {
			l.warnf(u.at, hint, "the password of user %q is easily guessed, and that of %s", u.name, count(more, "more user"))
			return
		}
		l.warnf(u.at, hint, "the password of user %q is easily guessed", u.name)
	}
}
