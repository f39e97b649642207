package registrar_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/flow/flowtest"
	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/signaling/txn"
	"github.com/tandemgw/tandem/test/fakeua"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const domain = "example.org"

// people have the passwords that fakeua uses; "open" has none.
type people map[string]bool

func (p people) Find(user string) (registrar.User, bool) {
	if !p[user] {
		return registrar.User{}, false
	}
	u := registrar.User{Name: user, DisplayName: "Number " + user}
	if user != "open" {
		u.HA1 = []digest.HA1{digest.NewHA1(user, domain, "pw-"+user)}
	}
	return u, true
}

// bench is a registrar behind a transaction layer, with a network before it.
type bench struct {
	t       *testing.T
	reg     *registrar.Registrar
	layer   *txn.Layer
	net     *flowtest.Net
	socket  *flowtest.Socket
	uas     []*fakeua.UA
	mu      sync.Mutex
	changes []string
}

// Request implements txn.Handler.
func (b *bench) Request(tx *txn.Server, req *sip.Request) { b.reg.Register(time.Now(), tx, req) }
func (b *bench) Ack(*flow.Flow, *sip.Request)             {}
func (b *bench) Response(*flow.Flow, *sip.Response)       {}
func (b *bench) FlowClosed(f *flow.Flow)                  { b.reg.FlowClosed(f) }

func (b *bench) notify(c registrar.Change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.changes = append(b.changes, string(c.Kind))
}

// history is what has happened to bindings since it was last asked.
func (b *bench) history() string {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	h := strings.Join(b.changes, " ")
	b.changes = nil
	return h
}

// inBubble runs fn with a registrar in virtual time.
func inBubble(t *testing.T, c registrar.Config, fn func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, net: flowtest.NewNet(nil)}
		c.Served = func(host string) bool { return host == domain }
		c.Domain, c.Notify = domain, b.notify
		c.Users = people{"1001": true, "1002": true, "open": true}
		c.Verifier = digest.NewVerifier(digest.Config{Realm: domain})
		b.reg = registrar.New(c)
		b.layer = txn.New(txn.Config{}, b)
		var err error
		if b.socket, err = b.net.Listen("192.0.2.1:5060", b.layer); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- b.reg.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
			for _, u := range b.uas {
				u.Close()
			}
			b.net.Close()
			b.layer.Close()
		}()
		fn(b)
	})
}

func (b *bench) phone(user string, last int) *fakeua.UA {
	u := fakeua.Phone(b.t, b.net, user, fmt.Sprintf("192.0.2.%d:5060", last), b.socket.Addr())
	b.uas = append(b.uas, u)
	return u
}

func (b *bench) browser(user string) *fakeua.UA {
	u := fakeua.Browser(b.t, user, b.layer)
	b.uas = append(b.uas, u)
	return u
}

// contacts are the Contacts of where a user can be reached now.
func (b *bench) contacts(user string) string {
	synctest.Wait()
	var out []string
	for _, x := range b.reg.Lookup(time.Now(), user) {
		out = append(out, x.Contact.String())
	}
	return strings.Join(out, " ")
}

func status(t *testing.T, what string, m *fakeua.Message, want int) {
	t.Helper()
	if m.Status() != want {
		t.Errorf("%s: answered\n%swant %d", what, m.Raw, want)
	}
}
