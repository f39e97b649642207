package bridge

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
)

// lamps keep what a Watcher is told, each change once.
type lamps struct {
	mu  sync.Mutex
	got []string
}

func (l *lamps) Watch(_ tandem.CallID, legs []Standing) {
	var out []string
	for _, s := range legs {
		way := ">"
		if s.Called {
			way = "<"
		}
		held := ""
		if s.Held {
			held = " holds"
		}
		out = append(out, fmt.Sprintf("%s%s%s %s%s", s.User, way, s.Other.User, []string{"trying", "early", "confirmed"}[s.Stage], held))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := strings.Join(out, ", "); len(l.got) == 0 || l.got[len(l.got)-1] != now {
		l.got = append(l.got, now)
	}
}

func TestWatchersSeeHowUsersStand(t *testing.T) {
	for _, c := range []struct {
		name, to string
		does     map[string][]func(*fakeLeg) tandem.Cause
		want     []string
	}{
		{"a call that is answered", "1", does("202", rings(answers(time.Second))), []string{
			"caller>1 trying", "caller>1 trying, 202<201 trying", "caller>1 trying, 202<201 early", "caller>1 early, 202<201 early",
			"caller>202 confirmed, 202<caller confirmed", "",
		}},
		{"the next after no answer", "11", both(does("202", rings(nil)), does("203", answers(time.Second))), []string{
			"caller>11 trying", "caller>11 early, 202<201 trying", "caller>11 early, 202<201 early", "caller>11 early",
			"caller>11 early, 203<201 trying", "caller>203 confirmed, 203<caller confirmed", "",
		}},
		{"one of two devices", "1", does("202", rings(nil), answers(time.Second)), []string{
			"caller>1 trying", "caller>1 trying, 202a<201 trying", "caller>1 trying, 202a<201 trying, 202b<201 trying",
			"caller>1 trying, 202a<201 early, 202b<201 trying", "caller>1 early, 202a<201 early, 202b<201 trying",
			"caller>202b confirmed, 202b<caller confirmed", "",
		}},
		{"refused", "1", does("202", refuses(time.Second, 486)), []string{
			"caller>1 trying", "caller>1 trying, 202<201 trying", "caller>1 trying", "",
		}},
		{"the gateway answers", "16", nil, []string{"caller>16 trying", "caller>16 confirmed", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				l := &lamps{}
				s.bridge.cfg.Watchers = []Watcher{l}
				s.does = c.does
				caller := s.call(c.to)
				time.Sleep(2 * time.Minute)
				caller.hangUp()
				synctest.Wait()
				if !slices.Equal(l.got, c.want) {
					t.Errorf("seen  %q\nwant %q", l.got, c.want)
				}
			})
		})
	}
}

func TestWatchersSeeWhoHolds(t *testing.T) {
	onStage(t, func(s *stage) {
		l := &lamps{}
		s.bridge.cfg.Watchers = []Watcher{l}
		s.does = does("202", answers(time.Second))
		caller := s.call("1")
		time.Sleep(2 * time.Second)
		callee := s.branch()
		callee.owner.Post(func() { callee.owner.Changed(callee, true) })
		synctest.Wait()
		if got, want := l.got[len(l.got)-1], "caller>202 confirmed, 202<caller confirmed holds"; got != want {
			t.Errorf("seen %q, want %q", got, want)
		}
		caller.hangUp()
	})
}
