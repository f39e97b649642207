package main

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/registrar"
)

// maxGrants bounds the phone sessions' passwords of one user that count at a
// time; admin bounds them too.
const maxGrants = 8

// people are the users of the configuration and the passwords that their phone
// sessions were given. It implements registrar.Users.
type people struct {
	domain string
	users  map[string]registrar.User // immutable; by lower-case name

	mu     sync.RWMutex // guards grants
	grants map[string][]grant
}

// grant is a password that counts for a while.
type grant struct {
	ha1   digest.HA1
	until time.Time
}

func newPeople(file *config.File) (*people, error) {
	p := &people{domain: file.Domain, users: make(map[string]registrar.User), grants: make(map[string][]grant)}
	for _, u := range file.Users {
		user := registrar.User{Name: u.Name, DisplayName: u.DisplayName}
		switch {
		case u.Password != "":
			user.HA1 = []digest.HA1{digest.NewHA1(u.Name, file.Domain, string(u.Password))}
		case u.HA1 != config.HA1{}:
			ha1, err := digest.ParseHA1(string(u.HA1.MD5), string(u.HA1.SHA256))
			if err != nil {
				return nil, err
			}
			user.HA1 = []digest.HA1{ha1}
		}
		p.users[strings.ToLower(u.Name)] = user
	}
	return p, nil
}

// Find implements registrar.Users.
func (p *people) Find(name string) (registrar.User, bool) {
	u, ok := p.users[strings.ToLower(name)]
	if !ok {
		return registrar.User{}, false
	}
	now := time.Now()
	p.mu.RLock()
	defer p.mu.RUnlock()
	if granted := p.grants[u.Name]; len(granted) > 0 && len(u.HA1) > 0 {
		all := append([]digest.HA1(nil), u.HA1...)
		for _, g := range granted {
			if now.Before(g.until) {
				all = append(all, g.ha1)
			}
		}
		u.HA1 = all
	}
	return u, true
}

// displayName implements admin.Config.Lookup.
func (p *people) displayName(name string) (string, bool) {
	u, ok := p.users[strings.ToLower(name)]
	return u.DisplayName, ok
}

// login checks a password as a phone page sends it: by the same digests.
func (p *people) login(user, password string, _ netip.Addr) bool {
	u, ok := p.users[strings.ToLower(user)]
	name := u.Name
	if !ok {
		name = user
	}
	given := digest.NewHA1(name, p.domain, password)
	match := false
	for _, h := range u.HA1 {
		if h.MD5 != "" && equal(h.MD5, given.MD5) || h.MD5 == "" && equal(h.SHA256, given.SHA256) {
			match = true
		}
	}
	return ok && match
}

// grant lets a password count for a user until a time.
func (p *people) grant(user, password string, until time.Time) {
	u, ok := p.users[strings.ToLower(user)]
	if !ok {
		return
	}
	g := grant{digest.NewHA1(u.Name, p.domain, password), until}
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := []grant{g}
	for _, old := range p.grants[u.Name] {
		if now.Before(old.until) && len(kept) < maxGrants {
			kept = append(kept, old)
		}
	}
	p.grants[u.Name] = kept
}

// revoke takes a password back before its time.
func (p *people) revoke(user, password string) {
	u := p.users[strings.ToLower(user)]
	ha1 := digest.NewHA1(u.Name, p.domain, password)
	p.mu.Lock()
	defer p.mu.Unlock()
	var kept []grant
	for _, g := range p.grants[u.Name] {
		if g.ha1 != ha1 {
			kept = append(kept, g)
		}
	}
	p.grants[u.Name] = kept
}
