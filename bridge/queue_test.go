package bridge

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
)

const queueRows = `
from "users" {
  calls = {
    "1" = [queue("all"), dial("user:203", "5s")]
    "2" = [queue("turn", { timeout = "30s" }), reject(480)]
    "3" = [queue("turn", { priority = 5 })]
    "4" = [queue("small"), reject(503)]
    "5" = [queue("left"), reject(480)]
    "6" = [queue("early"), reject(480)]
    "7" = [dial("user:202")]
  }
}
queue "all"   { members = ["user:201", "user:202"] }
queue "turn"  {
  members  = ["user:201", "user:202"]
  strategy = "in turn"
  ring     = "10s"
  retry    = "5s"
  wrap_up  = "20s"
  exit_key = "*"
  position = "10s"
}
queue "small" {
  members     = ["user:201"]
  max_callers = 1
}
queue "left" {
  members          = ["user:201"]
  join_when_empty  = false
  leave_when_empty = true
}
queue "early" {
  members = ["user:202"]
  answer  = false
  timeout = "30s"
}
`

// world is who is registered and busy; the zero world is that nobody is either.
type world struct {
	away, busy atomic.Pointer[string]
}

func is(p *atomic.Pointer[string], user string) bool {
	s := p.Load()
	return s != nil && strings.Contains(*s, user)
}
func (w *world) Registered(user string) bool { return !is(&w.away, user) }
func (w *world) Busy(user string) bool       { return is(&w.busy, user) }
func (w *world) Asleep(string) bool          { return false }

func atQueues(t *testing.T, fn func(s *stage, w *world)) {
	t.Helper()
	onStage(t, func(s *stage) {
		w := &world{}
		s.plans(queueRows)
		s.bridge.cfg.State = w
		for _, u := range []string{"201", "202", "203"} {
			s.does["user:"+u] = []func(*fakeLeg) tandem.Cause{rings(nil)}
		}
		fn(s, w)
	})
}

// waiting writes who waits in a queue, and how its members stand.
func (s *stage) waiting(name string) string {
	synctest.Wait()
	v, ok := s.bridge.Queue(name)
	if !ok {
		return "no queue"
	}
	var words []string
	for _, w := range v.Waiting {
		word := w.Party.User
		if w.Ringing {
			word += "!"
		}
		words = append(words, word)
	}
	for _, m := range v.Members {
		words = append(words, m.Target[len("user:"):]+" "+m.State)
	}
	return strings.Join(words, ", ") + fmt.Sprintf("; %d %d %d", v.Answered, v.Abandoned, v.Left)
}

func (s *stage) wantQueue(name, want string) {
	s.t.Helper()
	if got := s.waiting(name); got != want {
		s.t.Errorf("queue %s: %s\nwant %s", name, got, want)
	}
}

// answersNow lets the branch to a user answer.
func (s *stage) answersNow(user string) {
	s.t.Helper()
	s.mu.Lock()
	var branch *fakeLeg
	for _, l := range s.legs {
		if l.name == user && !l.over {
			branch = l
		}
	}
	s.mu.Unlock()
	if branch == nil {
		s.t.Fatalf("nobody calls %s", user)
	}
	branch.owner.Post(func() { branch.owner.Answered(branch) })
	synctest.Wait()
}

func TestQueueRingsItsMembersUntilOneAnswers(t *testing.T) {
	atQueues(t, func(s *stage, _ *world) {
		l := s.call("1")
		s.want("caller is answered, ring user:201, ring user:202")
		s.wantQueue("all", "201!, 201 ringing, 202 ringing; 0 0 0")
		time.Sleep(21 * time.Second)
		s.want("201 ends 408, 202 ends 408")
		s.wantQueue("all", "201, 201 resting, 202 resting; 0 0 0")
		time.Sleep(5 * time.Second)
		s.want("ring user:201, ring user:202")
		s.answersNow("202")
		s.want("201 ends 200, caller talks with 202")
		s.wantQueue("all", "201 idle, 202 talking; 1 0 0")
		l.hangUp()
		s.want("202 ends 0")
		s.wantQueue("all", "201 idle, 202 idle; 1 0 0")
	})
}

func TestQueueServesCallersInOrder(t *testing.T) {
	atQueues(t, func(s *stage, _ *world) {
		first := s.call("2")
		s.want("caller is answered, ring user:201")
		second := s.call("2")
		s.want("caller is answered, ring user:202")
		third := s.call("2")
		s.want("caller is answered")
		urgent := s.call("3")
		s.want("caller is answered")
		v, _ := s.bridge.Queue("turn")
		if len(v.Waiting) != 4 || v.Waiting[0].Call != tandem.CallID(urgent.id[:len(urgent.id)-2]) || v.Waiting[0].Priority != 5 {
			t.Errorf("waiting: %+v", v.Waiting)
		}
		s.answersNow("201")
		s.want("caller talks with 201")
		first.hangUp()
		s.want("201 ends 0")
		s.wantQueue("turn", "201, 201!, 201, 201 resting, 202 ringing; 1 0 0")
		time.Sleep(11 * time.Second) // 202 does not answer the second; 201 rests, 202 too
		s.want("202 ends 408")
		time.Sleep(5 * time.Second)
		s.want("ring user:202") // for the urgent one
		v, _ = s.bridge.Queue("turn")
		if !v.Waiting[0].Ringing || v.Waiting[1].Ringing {
			t.Errorf("waiting: %+v", v.Waiting)
		}
		third.hangUp()
		second.hangUp()
		s.want("")
		s.wantQueue("turn", "201!, 201 resting, 202 ringing; 1 2 0")
		urgent.hangUp()
		s.want("202 ends 487")
	})
}

func TestQueueLeavesAMemberInPeaceAfterACall(t *testing.T) {
	atQueues(t, func(s *stage, w *world) {
		busy := "202"
		w.busy.Store(&busy)
		l := s.call("2")
		s.want("caller is answered, ring user:201")
		s.answersNow("201")
		l.hangUp()
		s.told()
		s.wantQueue("turn", "201 resting, 202 busy; 1 0 0")
		l = s.call("2")
		s.want("caller is answered")
		time.Sleep(19 * time.Second)
		s.want("")
		time.Sleep(2 * time.Second)
		s.want("ring user:201")
		nobody := ""
		w.busy.Store(&nobody)
		time.Sleep(8 * time.Second)
		l.types("*")
		s.want("201 ends 408, caller ends 480")
	})
}

func TestQueueIsLeftAfterItsTimeout(t *testing.T) {
	atQueues(t, func(s *stage, _ *world) {
		s.call("2")
		time.Sleep(29 * time.Second)
		if got := s.told(); !strings.HasPrefix(got, "caller is answered, ring user:201, 201 ends 408, ring user:202, 202 ends 408, ring user:201") {
			t.Errorf("got %s", got)
		}
		time.Sleep(2 * time.Second)
		s.want("201 ends 408, caller ends 480")
		s.wantQueue("turn", "201 resting, 202 idle; 0 0 1")
	})
}

func TestFullQueueLeavesItToTheNextStep(t *testing.T) {
	atQueues(t, func(s *stage, _ *world) {
		l := s.call("4")
		s.want("caller is answered, ring user:201")
		s.call("4")
		s.want("caller ends 503")
		l.hangUp()
		s.want("201 ends 487")
		s.wantQueue("small", "201 resting; 0 1 0")
	})
}

func TestQueueWithoutAnybodyThere(t *testing.T) {
	atQueues(t, func(s *stage, w *world) {
		gone, back := "201", ""
		w.away.Store(&gone)
		s.call("5")
		s.want("caller ends 480")
		l := s.call("4") // that lets callers in
		s.want("caller is answered")
		s.wantQueue("small", "201, 201 away; 0 0 0")
		w.away.Store(&back)
		time.Sleep(2 * time.Second)
		s.want("ring user:201")
		l.hangUp()
		s.told()
		time.Sleep(5 * time.Second)
		s.call("5")
		s.want("caller is answered, ring user:201")
		time.Sleep(15 * time.Second)
		w.away.Store(&gone)
		time.Sleep(10 * time.Second)
		s.want("201 ends 408, caller ends 480")
	})
}

func TestEarlyQueueAnswersWithTheMember(t *testing.T) {
	atQueues(t, func(s *stage, _ *world) {
		l := s.call("6")
		s.want("caller hears us early, ring user:202")
		s.answersNow("202")
		s.want("caller talks with 202")
		l.hangUp()
		s.told()
		s.call("6")
		time.Sleep(31 * time.Second)
		if got := s.told(); !strings.HasSuffix(got, "caller ends 480") {
			t.Errorf("got %s", got)
		}
	})
}

func TestWhoWaitsDoesNotHearAMembersEarlyMedia(t *testing.T) {
	atQueues(t, func(s *stage, _ *world) {
		s.does["user:201"] = []func(*fakeLeg) tandem.Cause{func(l *fakeLeg) tandem.Cause {
			l.later(time.Second, func() { l.owner.Early(l) })
			return tandem.Cause{}
		}}
		l := s.call("4")
		time.Sleep(2 * time.Second)
		s.want("caller is answered, ring user:201")
		l.hangUp()
		s.told()
	})
}

func TestMemberIsRungForOneQueueAtATime(t *testing.T) {
	atQueues(t, func(s *stage, _ *world) {
		a := s.call("4")
		s.want("caller is answered, ring user:201")
		b := s.call("1")
		s.want("caller is answered, ring user:202")
		a.hangUp()
		b.hangUp()
		s.told()
		if n := len(s.bridge.queues.members); n > 2 {
			t.Errorf("%d members are kept", n)
		}
	})
}

func TestCallsWithACallOfTheirOwnAreNoQueue(t *testing.T) {
	atQueues(t, func(s *stage, _ *world) {
		l := s.call("7")
		s.told()
		if got := s.waiting("none"); got != "no queue" {
			t.Errorf("got %s", got)
		}
		if all := s.bridge.Queues(); len(all) != 5 || all[0].Name != "all" {
			t.Errorf("%+v", all)
		}
		l.hangUp()
		s.told()
	})
}
