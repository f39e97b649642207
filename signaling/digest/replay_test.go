package digest

import (
	"strings"
	"testing"
	"time"
)

func TestReplayIsStale(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first func(a *answer)
		then  func(a *answer)
		want  Outcome
	}{
		{"the same header", func(*answer) {}, func(*answer) {}, Stale},
		{"the same count for another method", func(*answer) {}, func(a *answer) { a.method = "REGISTER"; a.cnonce = "other" }, Stale},
		{"the next count", func(*answer) {}, func(a *answer) { a.nc = "00000002" }, OK},
		{"a count that was overtaken", func(a *answer) { a.nc = "00000003" }, func(a *answer) { a.nc = "00000002" }, OK},
		{"a count below the window", func(a *answer) { a.nc = "00001000" }, func(a *answer) { a.nc = "00000002" }, Stale},
		{"without qop twice", func(a *answer) { a.qop = "" }, func(a *answer) { a.qop = "" }, Stale},
		{"without qop and then with", func(a *answer) { a.qop = "" }, func(*answer) {}, Stale},
		{"with qop and then without", func(*answer) {}, func(a *answer) { a.qop = "" }, Stale},
		{"the other algorithm", func(*answer) {}, func(a *answer) { a.algorithm = SHA256 }, Stale},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := newVerifier(t, Config{})
			nonce := nonceOf(t, v.Challenge(start(), source, nil, false)[0])
			a, b := phone(), phone()
			tt.first(&a)
			tt.then(&b)
			if got := v.Verify(start(), register(a.header(nonce)), users); got.Outcome != OK {
				t.Fatalf("first use = %+v, want OK", got)
			}
			if got := v.Verify(start(), register(b.header(nonce)), users); got.Outcome != tt.want {
				t.Errorf("second use = %+v, want %v", got, tt.want)
			}
		})
	}
}

func TestReplayWithAnotherSpellingOfTheNonceIsStale(t *testing.T) {
	v := newVerifier(t, Config{})
	nonce := nonceOf(t, v.Challenge(start(), source, nil, false)[0])
	for i, want := range []Outcome{OK, Stale} {
		n := nonce
		if i == 1 {
			n = strings.ToUpper(nonce)
		}
		if got := v.Verify(start(), register(phone().header(n)), users); got.Outcome != want {
			t.Errorf("use %d = %+v, want %v", i, got, want)
		}
	}
}

func TestForgottenNonceIsStaleNotReplayed(t *testing.T) {
	v := newVerifier(t, Config{Nonces: 2})
	var headers []string
	for i := range 3 {
		now := start().Add(time.Duration(i) * time.Second)
		h := phone().header(nonceOf(t, v.Challenge(now, source, nil, false)[0]))
		if got := v.Verify(now, register(h), users); got.Outcome != OK {
			t.Fatalf("use %d = %+v, want OK", i, got)
		}
		headers = append(headers, h)
	}
	for i, h := range headers {
		if got := v.Verify(start().Add(4*time.Second), register(h), users); got.Outcome != Stale {
			t.Errorf("replay of %d = %+v, want Stale", i, got)
		}
	}
	now := start().Add(5 * time.Second)
	h := phone().header(nonceOf(t, v.Challenge(now, source, nil, false)[0]))
	if got := v.Verify(now, register(h), users); got.Outcome != OK {
		t.Errorf("a fresh nonce after that = %+v, want OK", got)
	}
}

func TestReplayTableIsBoundedAndDropsWhatExpired(t *testing.T) {
	v := newVerifier(t, Config{Nonces: 8})
	use := func(now time.Time) {
		h := phone().header(nonceOf(t, v.Challenge(now, source, nil, false)[0]))
		if got := v.Verify(now, register(h), users); got.Outcome != OK {
			t.Fatalf("Verify = %+v, want OK", got)
		}
	}
	for i := range 50 {
		use(start().Add(time.Duration(i) * time.Second))
	}
	if n := v.used.used.Len(); n != 8 {
		t.Errorf("%d nonces are kept, want 8", n)
	}
	use(start().Add(time.Hour))
	if n := v.used.used.Len(); n != 1 {
		t.Errorf("%d nonces are kept an hour later, want 1", n)
	}
}

func TestWrongCredentialsFillNoTable(t *testing.T) {
	v := newVerifier(t, Config{})
	a := phone()
	a.password = "guess"
	for range 10 {
		v.Verify(start(), register(a.header(nonceOf(t, v.Challenge(start(), source, nil, false)[0]))), users)
	}
	if n := v.used.used.Len(); n != 0 {
		t.Errorf("%d nonces are kept, want 0", n)
	}
}

func TestNoncesOfBeforeTheStartAreStale(t *testing.T) {
	key := []byte("sixteen bytes or more")
	before := newVerifier(t, Config{Key: key})
	h := phone().header(nonceOf(t, before.Challenge(start(), source, nil, false)[0]))
	after := newVerifier(t, Config{Key: key, Since: start().Add(time.Second)})
	if got := after.Verify(start().Add(2*time.Second), register(h), users); got.Outcome != Stale {
		t.Errorf("Verify = %+v, want Stale", got)
	}
	peer := newVerifier(t, Config{Key: key})
	if got := peer.Verify(start().Add(2*time.Second), register(h), users); got.Outcome != OK {
		t.Errorf("on a node that shares the key: %+v, want OK", got)
	}
}

func TestNoncesOfAnotherKeyOrRealmAreStale(t *testing.T) {
	v := newVerifier(t, Config{Key: []byte("0123456789abcdef")})
	for _, c := range []Config{{}, {Realm: "other.test", Key: []byte("0123456789abcdef")}} {
		h := phone().header(nonceOf(t, newVerifier(t, c).Challenge(start(), source, nil, false)[0]))
		if got := v.Verify(start(), register(h), users); got.Outcome != Stale {
			t.Errorf("nonce of %+v: %+v, want Stale", c, got)
		}
	}
}
