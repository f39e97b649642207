package people

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/store/sql"
)

// maxGrants bounds the phone sessions' passwords of one user that count at a
// time; admin bounds them too.
const maxGrants = 8

// Directory are the users of the configuration and of the store, and the passwords that
// their phone sessions were given. A user who is in both is the configuration's. It
// implements registrar.Users.
type Directory struct {
	domain string
	nobody digest.HA1                                // fits no password; immutable
	users  atomic.Pointer[map[string]registrar.User] // both; each immutable; by lower-case name

	mu     sync.RWMutex              // guards what follows
	file   map[string]registrar.User // immutable
	stored map[string]registrar.User // immutable
	locked map[string]bool           // those of stored who are locked out; immutable
	grants map[string][]grant
}

// Where a user is kept, as admin.User says it.
const (
	SourceFile  = "file"
	SourceStore = "store"
)

// grant is a password that counts for a while.
type grant struct {
	ha1   digest.HA1
	until time.Time
}

func New(file *config.File) (*Directory, error) {
	p := &Directory{domain: file.Domain, nobody: digest.NewHA1("", file.Domain, rand.Text()), grants: make(map[string][]grant)}
	users, err := OfFile(file)
	p.Set(users)
	return p, err
}

// Set replaces the users of the file. Passwords that were granted to those who are gone
// count no more.
func (p *Directory) Set(users map[string]registrar.User) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.file = users
	p.joinLocked()
}

// SetStored replaces the users of the store. It returns whose devices are to be let go:
// who is gone or locked out, or has another password; and who is in the file as well.
func (p *Directory) SetStored(stored []sql.User) (out, clashes []string) {
	users, locked := make(map[string]registrar.User, len(stored)), map[string]bool{}
	for _, u := range stored {
		name := strings.ToLower(u.Name)
		users[name] = p.ofStore(u)
		if u.Disabled {
			locked[name] = true
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	before := *p.users.Load()
	p.stored, p.locked = users, locked
	p.joinLocked()
	now := *p.users.Load()
	for name, u := range before {
		if is, still := now[name]; !still || !slices.Equal(is.HA1, u.HA1) {
			out = append(out, u.Name)
			delete(p.grants, u.Name)
		}
	}
	for name, u := range users {
		if _, too := p.file[name]; too {
			clashes = append(clashes, u.Name)
		}
	}
	slices.Sort(clashes)
	return out, clashes
}

// ofStore is a user of the store. No password fits who is locked out, nor digests of
// another domain than ours.
func (p *Directory) ofStore(u sql.User) registrar.User {
	user := registrar.User{Name: u.Name, DisplayName: u.DisplayName, HA1: []digest.HA1{p.nobody}}
	if d := u.Digests; strings.EqualFold(d.Realm, p.domain) && !u.Disabled {
		user.HA1 = []digest.HA1{{MD5: d.MD5, SHA256: d.SHA256}, {MD5: d.LongMD5, SHA256: d.LongSHA256}}
	}
	return user
}

// joinLocked makes one of the users of the file and of the store.
func (p *Directory) joinLocked() {
	users := p.file
	if len(p.stored) > 0 {
		users = maps.Clone(p.stored)
		maps.Copy(users, p.file)
	}
	p.users.Store(&users)
	for name := range p.grants {
		if _, ok := users[strings.ToLower(name)]; !ok {
			delete(p.grants, name)
		}
	}
}

// OnlyStored are the users of the store who are not in the file, by name.
func (p *Directory) OnlyStored() []admin.User {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var all []admin.User
	for name, u := range p.stored {
		if _, too := p.file[name]; !too {
			all = append(all, admin.User{Name: u.Name, DisplayName: u.DisplayName, Source: SourceStore, Disabled: p.locked[name]})
		}
	}
	slices.SortFunc(all, func(a, b admin.User) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// isLocked says whether a user is locked out.
func (p *Directory) isLocked(name string) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.lockedOutLocked(strings.ToLower(name))
}

// lockedOutLocked is isLocked; those of the file are never.
func (p *Directory) lockedOutLocked(name string) bool {
	_, file := p.file[name]
	return p.locked[name] && !file
}

// Known returns the user of a name.
func (p *Directory) Known(name string) (registrar.User, bool) {
	u, ok := (*p.users.Load())[strings.ToLower(name)]
	return u, ok
}

// OfFile are the users of a file, by lower-case name.
func OfFile(file *config.File) (map[string]registrar.User, error) {
	users := make(map[string]registrar.User, len(file.Users))
	for _, u := range file.Users {
		user := registrar.User{Name: u.Name, DisplayName: u.DisplayName, MaxCalls: u.MaxCalls, Codecs: u.Codecs, PTime: u.PTime, MaxPTime: u.MaxPTime, NoVideo: u.NoVideo, DTMF: u.DTMF}
		switch {
		case u.Password != "":
			// The second is for phones that give their whole address as their name.
			user.HA1 = []digest.HA1{
				digest.NewHA1(u.Name, file.Domain, string(u.Password)),
				digest.NewHA1(u.Name+"@"+file.Domain, file.Domain, string(u.Password)),
			}
		case u.HA1 != config.HA1{}:
			ha1, err := digest.ParseHA1(string(u.HA1.MD5), string(u.HA1.SHA256))
			if err != nil {
				return nil, fmt.Errorf("user %q: %w", u.Name, err)
			}
			user.HA1 = []digest.HA1{ha1}
		}
		users[strings.ToLower(u.Name)] = user
	}
	return users, nil
}

// Find implements registrar.Users.
func (p *Directory) Find(name string) (registrar.User, bool) {
	u, ok := p.Known(name)
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

// DisplayName implements admin.Config.Lookup: who is locked out has no phone.
func (p *Directory) DisplayName(name string) (string, bool) {
	u, ok := p.Known(name)
	return u.DisplayName, ok && !p.isLocked(name)
}

// HasSecret says whether a user has a password of his own, or a digest of one.
func (p *Directory) HasSecret(name string) bool {
	u, _ := p.Known(name)
	return len(u.HA1) > 0
}

// Login checks a password as a phone page sends it: by the same digests, and with
// the same work whether or not there is such a user.
func (p *Directory) Login(name, password string, _ netip.Addr) bool {
	stored := p.nobody
	u, known := p.Known(name)
	if known {
		name = u.Name
	}
	if len(u.HA1) > 0 {
		stored = u.HA1[0]
	}
	given := digest.NewHA1(name, p.domain, password)
	md5 := subtle.ConstantTimeCompare([]byte(stored.MD5), []byte(given.MD5))
	sha256 := subtle.ConstantTimeCompare([]byte(stored.SHA256), []byte(given.SHA256))
	fits := sha256
	if stored.SHA256 == "" {
		fits = md5
	}
	return fits == 1 && len(u.HA1) > 0
}

// Grant lets a password count for a user until a time.
func (p *Directory) Grant(user, password string, until time.Time) {
	u, ok := p.Known(user)
	if !ok {
		return
	}
	g := grant{digest.NewHA1(u.Name, p.domain, password), until}
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lockedOutLocked(strings.ToLower(u.Name)) {
		return
	}
	kept := []grant{g}
	for _, old := range p.grants[u.Name] {
		if now.Before(old.until) && len(kept) < maxGrants {
			kept = append(kept, old)
		}
	}
	p.grants[u.Name] = kept
}

// Revoke takes a password back before its time.
func (p *Directory) Revoke(user, password string) {
	u, ok := p.Known(user)
	if !ok {
		return
	}
	ha1 := digest.NewHA1(u.Name, p.domain, password)
	p.mu.Lock()
	defer p.mu.Unlock()
	var kept []grant
	for _, g := range p.grants[u.Name] {
		if g.ha1 != ha1 {
			kept = append(kept, g)
		}
	}
	if len(kept) == 0 {
		delete(p.grants, u.Name)
		return
	}
	p.grants[u.Name] = kept
}

// Count is how many users there are.
func (p *Directory) Count() int { return len(*p.users.Load()) }

// FitPassword says what is wrong with a password.
func FitPassword(password string) error {
	switch {
	case len(password) > 1024:
		return errors.New("a password has at most 1024 octets")
	case utf8.RuneCountInString(password) < 8:
		return errors.New("a password has at least 8 characters: it is what keeps strangers from calling at your cost")
	}
	return nil
}

// DigestsOf are what is kept of a password.
func DigestsOf(name, domain, password string) sql.Digests {
	short, long := digest.NewHA1(name, domain, password), digest.NewHA1(name+"@"+domain, domain, password)
	return sql.Digests{Realm: domain, MD5: short.MD5, SHA256: short.SHA256, LongMD5: long.MD5, LongSHA256: long.SHA256}
}

// NewPassword is easy to type on a phone: 12 letters and figures without those
// that look alike, 59 bits, in three groups.
func NewPassword() string {
	const letters = "23456789abcdefghjkmnpqrstuvwxyz" // 31
	var b []byte
	for len(b) < 14 {
		if len(b) == 4 || len(b) == 9 {
			b = append(b, '-')
		}
		var r [1]byte
		rand.Read(r[:]) // never fails: crypto/rand.Read's documentation
		if int(r[0]) < 256/len(letters)*len(letters) {
			b = append(b, letters[int(r[0])%len(letters)])
		}
	}
	return string(b)
}
