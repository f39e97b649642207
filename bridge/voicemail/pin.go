package voicemail

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"time"
)

const (
	// pinRounds make it slow to find out a PIN from what is kept of it. It has so few
	// digits that it can be no more than slow.
	pinRounds = 20000
	// MinPIN and MaxPIN bound a PIN that is chosen by telephone, in digits.
	MinPIN = 4
	MaxPIN = 16
	// pinTries is how many wrong PINs of a box lock it, for lockFirst; each further
	// round of them for twice as long, at most lockMost.
	pinTries  = 3
	lockFirst = time.Minute
	lockMost  = time.Hour
)

// Proof is what is kept of a PIN.
type Proof struct {
	Salt, Hash []byte
	// Instead is the hash of the PIN of the configuration that this one stands
	// instead of: when the configuration gets another one, that one counts.
	Instead []byte
}

// newProof keeps a PIN in the place of that of the configuration.
func newProof(pin, configured string) (Proof, error) {
	p := Proof{Salt: make([]byte, 16)}
	if _, err := rand.Read(p.Salt); err != nil {
		return p, err
	}
	var err error
	if p.Hash, err = p.hash(pin); err != nil {
		return p, err
	}
	p.Instead, err = p.hash(configured)
	return p, err
}

func (p Proof) hash(pin string) ([]byte, error) {
	return pbkdf2.Key(sha256.New, pin, p.Salt, pinRounds, sha256.Size)
}

// right says whether pin is that of a box whose configuration has configured. It
// takes the same time whatever is wrong.
func (p Proof) right(pin, configured string) bool {
	if len(p.Hash) == 0 {
		return configured != "" && subtle.ConstantTimeCompare([]byte(pin), []byte(configured)) == 1
	}
	given, err := p.hash(pin)
	instead, err2 := p.hash(configured)
	if err != nil || err2 != nil {
		return false
	}
	if subtle.ConstantTimeCompare(instead, p.Instead) != 1 {
		return configured != "" && subtle.ConstantTimeCompare([]byte(pin), []byte(configured)) == 1
	}
	return pin != "" && subtle.ConstantTimeCompare(given, p.Hash) == 1
}

// guesses are the wrong PINs of one box.
type guesses struct {
	wrong  int
	locked time.Time     // until
	length time.Duration // of the last lock
}

// Locked says whether a box takes no PIN for now, since too many were wrong.
func (d *Desk) Locked(box string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.guesses[box]
	return g != nil && time.Now().Before(g.locked)
}

// Prove says whether a PIN is right for a box, and counts it where it is not. A box
// that there is not has no right one. It takes some 10 ms.
func (d *Desk) Prove(box, pin string) bool {
	b, there := d.Box(box)
	if d.Locked(box) {
		return false
	}
	right := d.c.Keeper.Settings(box).PIN.right(pin, b.PIN)
	if right && there {
		d.mu.Lock()
		delete(d.guesses, box)
		d.mu.Unlock()
		return true
	}
	d.wrongPIN(box, there)
	return false
}

// wrongPIN counts a wrong PIN, and locks the box after some.
func (d *Desk) wrongPIN(box string, there bool) {
	d.counts.wrongPINs.Add(1)
	if !there {
		return // nothing to guess, and no place in the table
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.guesses[box]
	if g == nil {
		g = &guesses{}
		d.guesses[box] = g
	}
	if g.wrong++; g.wrong%pinTries != 0 {
		return
	}
	g.length = min(max(lockFirst, 2*g.length), lockMost)
	g.locked = time.Now().Add(g.length)
	d.counts.locks.Add(1)
	d.log.Warn("wrong PINs: the box is locked", "box", box, "for", g.length, "wrong", g.wrong)
}

// ChangePIN gives a box another PIN, of MinPIN to MaxPIN digits.
func (d *Desk) ChangePIN(box, pin string) error {
	b, _ := d.Box(box)
	proof, err := newProof(pin, b.PIN)
	if err != nil {
		return err
	}
	s := d.c.Keeper.Settings(box)
	s.PIN = proof
	return d.c.Keeper.Set(box, s)
}

// Trusts says whether calls of a user are let into a box without its PIN.
func (d *Desk) Trusts(box, user string) bool {
	b, ok := d.Box(box)
	return ok && user != "" && b.SkipPIN && slices.Contains(b.Users, user)
}
