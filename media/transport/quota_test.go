package transport

import (
	"testing"
	"time"
)

func TestQuotaLetsSoMuchThrough(t *testing.T) {
	const each, most = 2 * time.Millisecond, time.Second
	var q Quota
	at, taken := Now(), 0
	for range 10_000 { // at once
		if q.Spend(each, most, at) {
			taken++
		}
	}
	if taken != int(most/each) {
		t.Errorf("%d are taken at once, want %d", taken, most/each)
	}
	taken = 0
	for range 10_000 { // in ten seconds
		at += int64(time.Millisecond)
		if q.Spend(each, most, at) {
			taken++
		}
	}
	if taken != 5000 {
		t.Errorf("%d of one each millisecond are taken in ten seconds, want 5000", taken)
	}
	at += int64(time.Hour)
	if !q.Spend(most, most, at) || q.Spend(1, most, at) {
		t.Error("an hour of silence is worth more or less than what may be taken at once")
	}
}

// TestQuotaBeginsUnspent on a clock that began before the package's, as in a bubble of
// virtual time.
func TestQuotaBeginsUnspent(t *testing.T) {
	var q Quota
	at := -int64(30 * 365 * 24 * time.Hour)
	if !q.Spend(time.Second, time.Second, at) || q.Spend(time.Second, time.Second, at) {
		t.Error("a quota that nobody has spent from begins spent, or has no end")
	}
}
