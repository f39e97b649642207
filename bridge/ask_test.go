package bridge

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
)

const asks = `
from "users" {
  calls = {
    "1" = [ask("https://app.example.com/", { timeout = "3s", default = [dial("user:202", "5s")] }), dial("user:203", "5s")]
    "2" = [ask("https://app.example.com/"), dial("user:203", "5s")]
  }
}
`

// program is a program that is asked.
type program struct {
	after time.Duration
	reply string
	err   error
	asked []string
}

func (p *program) Ask(ctx context.Context, _ dialplan.AskStep, question []byte) ([]byte, error) {
	p.asked = append(p.asked, string(question))
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(p.after):
		return []byte(p.reply), p.err
	}
}

func TestAProgramDecidesWhereACallGoes(t *testing.T) {
	for _, c := range []struct {
		name, to string
		program  program
		want     string
		after    time.Duration
	}{
		{"it answers", "1", program{after: time.Second, reply: `[{"dial": ["user:201", "5s"]}]`}, "user:201", time.Second},
		{"it is slow", "1", program{after: time.Minute}, "user:202", 3 * time.Second},
		{"it is away", "1", program{err: errors.New("connection refused")}, "user:202", 0},
		{"it talks nonsense", "1", program{reply: `[{"dail": []}]`}, "user:202", 0},
		{"nobody of its answer is there", "1", program{reply: `[{"dial": ["user:204"]}]`}, "user:203", 0},
		{"it is slow, without a default", "2", program{after: time.Minute}, "user:203", dialplan.AskTimeout},
	} {
		t.Run(c.name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				p, err := dialplan.Parse("ask.hcl", asks, dialplan.Names{Users: []string{"201", "202", "203", "204"}})
				if err != nil {
					t.Fatal(err)
				}
				s.bridge.SetPlan(p)
				s.bridge.cfg.Asker = &c.program
				for _, user := range []string{"user:201", "user:202", "user:203"} {
					s.does[user] = []func(*fakeLeg) tandem.Cause{answers(0)}
				}
				s.does["user:204"] = []func(*fakeLeg) tandem.Cause{fails(480)}
				began := time.Now()
				l := s.call(c.to)
				time.Sleep(c.after)
				synctest.Wait()
				told := s.told()
				if !strings.Contains(told, c.want) {
					t.Errorf("not %s: %s", c.want, told)
				}
				for _, other := range []string{"user:201", "user:202", "user:203"} {
					if other != c.want && strings.Contains(told, other) {
						t.Errorf("%s was called: %s", other, told)
					}
				}
				if took := time.Since(began); took != c.after {
					t.Errorf("after %v", took)
				}
				if len(c.program.asked) != 1 || !strings.Contains(c.program.asked[0], `"to":"`+c.to+`"`) {
					t.Errorf("asked %q", c.program.asked)
				}
				l.hangUp()
			})
		})
	}
}

func TestACallerWhoHangsUpIsNotWaitedFor(t *testing.T) {
	onStage(t, func(s *stage) {
		p, err := dialplan.Parse("ask.hcl", asks, dialplan.Names{Users: []string{"202", "203"}})
		if err != nil {
			t.Fatal(err)
		}
		s.bridge.SetPlan(p)
		s.bridge.cfg.Asker = &program{after: time.Minute}
		l := s.call("1")
		l.hangUp()
		synctest.Wait()
		if s.bridge.Calls() != 0 {
			t.Errorf("%d calls", s.bridge.Calls())
		}
	})
}
