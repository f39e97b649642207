package machine

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A process that takes nearly all of its cores gives way, and goes ahead again when it has
// taken much less for ten seconds.
func TestWhoTakesAllGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var used atomic.Int64
		var did []string
		var out bytes.Buffer
		start := time.Now()
		note := func(what string) func() error {
			return func() error {
				did = append(did, what+" at "+time.Since(start).String())
				return nil
			}
		}
		p := &Priority{Raise: note("raise"), Lower: note("lower"), Used: func() time.Duration { return time.Duration(used.Load()) }, May: func() int { return 2 }}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { p.Yield(ctx, slog.New(slog.NewTextHandler(&out, nil))); close(done) }()
		synctest.Wait()
		for _, s := range []struct {
			seconds int
			of      time.Duration // taken of both cores in each of them
		}{
			{5, 1000 * time.Millisecond},  // as calls do at the limit of one core
			{3, 1700 * time.Millisecond},  // much, and not all
			{2, 1850 * time.Millisecond},  // a flood: lowered in its first second, at 9 s
			{8, 200 * time.Millisecond},   // not yet calm
			{1, 1500 * time.Millisecond},  // again
			{15, 1000 * time.Millisecond}, // calm from 20 s on
			{1, 2000 * time.Millisecond},  // at 35 s
		} {
			for range s.seconds {
				used.Add(int64(s.of))
				time.Sleep(time.Second)
				synctest.Wait()
			}
		}
		stop()
		<-done
		want := []string{"lower at 9s", "raise at 30s", "lower at 35s"}
		if !slices.Equal(did, want) {
			t.Errorf("did %v, want %v", did, want)
		}
		if n := strings.Count(out.String(), "\n"); n != 3 {
			t.Errorf("the log says\n%s", &out)
		}
	})
}
