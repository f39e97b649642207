package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func begin(t *testing.T, u *Usage, limits ...Limit) *Charge {
	t.Helper()
	c, err := u.Begin(limits)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func refused(t *testing.T, u *Usage, want string, limits ...Limit) {
	t.Helper()
	_, err := u.Begin(limits)
	r, ok := errors.AsType[*Refusal](err)
	if !ok || !strings.Contains(r.Why, want) || r.Status != limits[0].Status {
		t.Errorf("Begin = %v, want a refusal with %q", err, want)
	}
}

func TestCallsAtOneTimeAreLimited(t *testing.T) {
	u, err := OpenUsage(filepath.Join(t.TempDir(), "usage.json"), nil)
	if err != nil {
		t.Fatal(err)
	}
	l := Limit{Who: "user:201", Setting: `permissions "staff"`, Status: 403, Calls: 2}
	a := begin(t, u, l)
	begin(t, u, l)
	refused(t, u, `user:201 has as many calls through trunks as it may, 2: max_calls of permissions "staff"`, l)
	begin(t, u, Limit{Who: "user:202", Calls: 1, Status: 403})
	a.End()
	a.End()
	begin(t, u, l)
	refused(t, u, "max_calls", l)
}

func TestMinutesAreKeptOverARestartAndEndTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "usage.json")
		open := func() *Usage {
			u, err := OpenUsage(path, time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			return u
		}
		u := open()
		user := Limit{Who: "user:201", Setting: `permissions "staff"`, Status: 403, Day: 10 * time.Minute, Month: 25 * time.Minute}
		c := begin(t, u, user)
		time.Sleep(time.Minute) // it rings
		c.Answered(func(why string) { t.Errorf("cut: %s", why) })
		time.Sleep(6 * time.Minute)
		c.End()
		if err := u.Close(); err != nil {
			t.Fatal(err)
		}
		u = open()
		cut := make(chan string, 1)
		began := time.Now()
		c = begin(t, u, user)
		c.Answered(func(why string) { cut <- why; c.End() })
		if why := <-cut; time.Since(began) != 4*time.Minute || !strings.Contains(why, "minutes_a_day") {
			t.Errorf("cut after %v: %s", time.Since(began), why)
		}
		synctest.Wait()
		refused(t, u, "user:201 has talked 10 minutes today", user)
		time.Sleep(24 * time.Hour)
		c = begin(t, u, user)
		c.Answered(func(string) { c.End() })
		time.Sleep(time.Hour)
		time.Sleep(24 * time.Hour)
		c = begin(t, u, user) // 5 minutes of the month are left
		c.Answered(func(why string) { cut <- why; c.End() })
		began = time.Now()
		if why := <-cut; time.Since(began) != 5*time.Minute || !strings.Contains(why, "minutes_a_month") {
			t.Errorf("cut after %v: %s", time.Since(began), why)
		}
		synctest.Wait()
		time.Sleep(31 * 24 * time.Hour)
		begin(t, u, user)
	})
}

func TestCallsAtOneTimeDrawOnTheSameMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u, _ := OpenUsage(filepath.Join(t.TempDir(), "usage.json"), nil)
		trunk := Limit{Who: "trunk:alpha", Setting: `trunk "alpha"`, Status: 503, Day: 10 * time.Minute}
		began, cuts := time.Now(), make(chan time.Duration, 2)
		for range 2 {
			c := begin(t, u, trunk)
			c.Answered(func(string) { cuts <- time.Since(began); c.End() })
		}
		for range 2 {
			if after := <-cuts; after != 5*time.Minute {
				t.Errorf("cut after %v, want 5m", after)
			}
		}
		synctest.Wait()
		refused(t, u, "minutes_a_day", trunk)
	})
}

func TestUsageIsWrittenWhileACallLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "usage.json")
		u, _ := OpenUsage(path, nil)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- u.Run(ctx) }()
		l := Limit{Who: "user:201", Status: 403, Day: time.Hour}
		c := begin(t, u, l)
		c.Answered(func(string) {})
		time.Sleep(5*time.Minute + time.Second)
		again, err := OpenUsage(path, nil) // as after a crash
		if err != nil {
			t.Fatal(err)
		}
		if day, _ := again.talkedLocked("user:201", time.Now()); day < 4*time.Minute {
			t.Errorf("only %v is remembered", day)
		}
		c.End()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestAFileThatIsNoUsageIsToldOf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "usage.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenUsage(path, nil); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("OpenUsage = %v", err)
	}
	_ = os.WriteFile(path, []byte(`{"user:1":null,"user:2":{"date":"x","day":-1}}`), 0o600)
	u, err := OpenUsage(path, nil)
	if err != nil || len(u.talked) != 0 {
		t.Errorf("%v, %v", u, err)
	}
}
