package registrar

import (
	"net/netip"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/tandemgw/tandem/signaling/flow"
)

// How often one address may be wrong about a password: some times in a row, for
// people mistype, then once in a while. An address from which somebody is
// registered is never held back: a phone with an old password behind the same
// router harms nobody else there.
const (
	guessesInARow   = 10
	guessEvery      = 30 * time.Second
	guessersTracked = 8192 // addresses remembered; the oldest is forgotten first
)

// guesses bounds password guessing by address; IPv6 counts by /64.
type guesses struct {
	by *lru.Cache[netip.Prefix, *rate.Limiter]
}

func newGuesses() *guesses {
	c, _ := lru.New[netip.Prefix, *rate.Limiter](guessersTracked) // errs on a size below one only
	return &guesses{by: c}
}

func guesser(f *flow.Flow) netip.Prefix {
	a := f.Remote().Addr().Unmap()
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.WithZone("").Prefix(bits) // errs on too many bits only
	return p
}

// Guessing says that a far end has been wrong about passwords too often: its
// credentials are not looked at, and it is answered as if they were wrong.
func (r *Registrar) Guessing(now time.Time, f *flow.Flow) bool {
	l, ok := r.guesses.by.Get(guesser(f))
	return ok && l.TokensAt(now) < 1 && !r.registeredFrom(f)
}

// Guessed notes that a far end was wrong about a password.
func (r *Registrar) Guessed(now time.Time, f *flow.Flow) {
	from := guesser(f)
	l, ok := r.guesses.by.Get(from)
	if !ok {
		l = rate.NewLimiter(rate.Every(guessEvery), guessesInARow)
		r.guesses.by.Add(from, l)
	}
	l.AllowN(now, 1)
}

// registeredFrom says whether somebody is registered from a far end's address.
func (r *Registrar) registeredFrom(f *flow.Flow) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.table.from[f.Remote().Addr()] > 0
}
