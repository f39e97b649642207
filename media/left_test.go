package media

import "testing"

// What became of the sound of a call is told when the call is over: one party has left
// then, or both.
func TestWhatBecameOfTheSoundIsKnownWhenTheOtherHasLeft(t *testing.T) {
	e := newTestEngine(t, Config{Workers: 1})
	a, b := newTestLeg(t, e, Options{}, testStream(formatOpus)), newTestLeg(t, e, Options{}, testStream(formatPCMU))
	Join(a.Endpoint, b.Endpoint)
	says := func(leg *testLeg, want string) {
		t.Helper()
		if got := leg.Stats().Chain; got != want {
			t.Errorf("Chain = %q, want %q", got, want)
		}
	}
	b.Close()
	says(a, "opus/48000 -> pcmu/8000 transcoded, until the other left")
	says(b, "pcmu/8000 -> opus/48000 transcoded")
	c := newTestLeg(t, e, Options{}, testStream(formatOpus))
	Join(a.Endpoint, c.Endpoint)
	says(a, "opus/48000 passed through")
	Join(c.Endpoint, newTestLeg(t, e, Options{}, testStream(formatOpus)).Endpoint)
	says(a, "not heard")
	a.Close()
	says(a, "")
}
