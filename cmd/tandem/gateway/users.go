package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/api"
	"github.com/tandemgw/tandem/cmd/tandem/people"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/store/sql"
)

// lookEvery is how often the store is asked whether it has other users.
const lookEvery = 2 * time.Second

// maxStored bounds the users of the store.
const maxStored = 100_000

// storedUsers are the users of the store as the API changes them, who count at once. It
// implements api.People.
type storedUsers struct {
	g    *Gateway
	turn chan struct{} // held while the store is read and its users are set; capacity 1
	seen string        // their version; of whoever has the turn
}

var _ api.People = (*storedUsers)(nil)

func newStoredUsers(g *Gateway) *storedUsers {
	return &storedUsers{g: g, turn: make(chan struct{}, 1)}
}

// follow has the people follow the users of the store, which verbs change beside us.
func (s *storedUsers) follow(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		s.look(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// look gives the people the users that the store has now, where they are others.
func (s *storedUsers) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-s.turn }()
	db := s.g.records.db
	now, err := db.UsersVersion(ctx) // first: who is added meanwhile is another version
	if err != nil || now == s.seen {
		return // a database that is away is on the overview
	}
	if users, err := db.Users(ctx); err == nil {
		s.seen = now
		s.set(users)
	}
}

// set gives the people the users that the store has. Registrations end of those who are
// gone, locked out, or have another password.
func (s *storedUsers) set(users []sql.User) {
	out, clashes := s.g.people.SetStored(users)
	for _, name := range clashes {
		s.g.log.Warn("a user is in the file and in the store: the file counts", "user", name)
	}
	s.g.reg.Drop(out)
}

// again has what was just changed count, also where the version says that nothing was.
func (s *storedUsers) again(ctx context.Context) {
	select {
	case s.turn <- struct{}{}:
		s.seen = ""
		<-s.turn
	case <-ctx.Done():
	}
	s.look(ctx)
}

// AddUser implements api.People.
func (s *storedUsers) AddUser(ctx context.Context, name string, c api.UserChange) (admin.User, error) {
	file := s.g.file()
	if !config.IsName(name) {
		return admin.User{}, fmt.Errorf("%w: a name has 1 to 64 letters, digits and . - _ + * #", admin.ErrInput)
	}
	if err := ofFile(file, name); err != nil {
		return admin.User{}, err
	}
	if s.g.people.Count() >= maxStored+len(file.Users) {
		return admin.User{}, fmt.Errorf("%w: there are %d users already", admin.ErrConflict, maxStored)
	}
	change, err := changeOf(name, file.Domain, c)
	if err != nil {
		return admin.User{}, err
	}
	err = s.g.records.db.AddUser(ctx, sql.User{Name: name, DisplayName: *change.DisplayName, Digests: *change.Digests})
	if errors.Is(err, sql.ErrExists) {
		return admin.User{}, fmt.Errorf("%w: there is a user %s already", admin.ErrConflict, name)
	}
	if err != nil {
		return admin.User{}, err
	}
	return s.changed(ctx, name)
}

// ChangeUser implements api.People.
func (s *storedUsers) ChangeUser(ctx context.Context, name string, c api.UserChange) (admin.User, error) {
	file := s.g.file()
	if err := ofFile(file, name); err != nil {
		return admin.User{}, err
	}
	is, err := s.g.records.db.User(ctx, name)
	if err != nil {
		return admin.User{}, storeHasNo(name, err)
	}
	change, err := changeOf(is.Name, file.Domain, c)
	if err != nil {
		return admin.User{}, err
	}
	if err := s.g.records.db.ChangeUser(ctx, name, change); err != nil {
		return admin.User{}, storeHasNo(name, err)
	}
	return s.changed(ctx, name)
}

// RemoveUser implements api.People.
func (s *storedUsers) RemoveUser(ctx context.Context, name string) error {
	if err := s.g.records.db.RemoveUser(ctx, name); err != nil {
		if of := ofFile(s.g.file(), name); of != nil && errors.Is(err, sql.ErrNotFound) {
			return of
		}
		return storeHasNo(name, err)
	}
	s.again(ctx)
	return nil
}

// changed is a user as he is after a change, which counts from here on.
func (s *storedUsers) changed(ctx context.Context, name string) (admin.User, error) {
	s.again(ctx)
	u, err := s.g.records.db.User(ctx, name)
	if err != nil {
		return admin.User{}, storeHasNo(name, err)
	}
	return admin.User{
		Name: u.Name, DisplayName: u.DisplayName, Devices: s.g.reg.Users(time.Now())[u.Name], Source: people.SourceStore, Disabled: u.Disabled,
	}, nil
}

// changeOf is a change as the store takes it.
func changeOf(name, domain string, c api.UserChange) (change sql.UserChange, err error) {
	if c.DisplayName != nil {
		if strings.ContainsFunc(*c.DisplayName, unicode.IsControl) {
			return change, fmt.Errorf("%w: a display name is one line of text", admin.ErrInput)
		}
		change.DisplayName = c.DisplayName
	}
	if c.Password != nil {
		if err := people.FitPassword(*c.Password); err != nil {
			return change, fmt.Errorf("%w: %w", admin.ErrInput, err)
		}
		digests := people.DigestsOf(name, domain, *c.Password)
		change.Digests = &digests
	}
	change.Disabled = c.Disabled
	return change, nil
}

// ofFile errs where a user is of the configuration.
func ofFile(file *config.File, name string) error {
	if !slices.ContainsFunc(file.Users, func(u config.User) bool { return strings.EqualFold(u.Name, name) }) {
		return nil
	}
	return fmt.Errorf("%w: user %s is in the configuration, which says what he is: change it there and reload", admin.ErrConflict, name)
}

func storeHasNo(name string, err error) error {
	if errors.Is(err, sql.ErrNotFound) {
		return admin.NotFound("the store has no user %s", name)
	}
	return err
}
