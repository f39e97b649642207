package dialplan

import (
	"fmt"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// Bounds and defaults of queues.
const (
	MaxQueues       = 1000 // of a plan
	MaxQueueMembers = 200  // of one queue
	MaxQueueCallers = 1000 // that may wait in one
	MaxPriority     = 100

	QueueCallers = 100              // that may wait, where the file says nothing
	QueueTimeout = 30 * time.Minute // how long a caller waits, where the file says nothing
	QueueRing    = 20 * time.Second // how long a member is rung, where the file says nothing
	QueueRetry   = 5 * time.Second  // before one who did not answer is rung again, where the file says nothing

	maxQueueTimeout = 12 * time.Hour
)

// QueueStep lets the caller wait with music until a member of the queue answers. One whom the queue does not take, who
// has waited long enough or presses the key that leaves it, goes on with the next step.
type QueueStep struct {
	Name    string
	Options QueueOptions
}

// QueueOptions are what the second argument of queue may say.
type QueueOptions struct {
	Priority int           // 1 to MaxPriority, higher before lower; 0 means that of the queue
	Timeout  time.Duration // 0 means that of the queue
}

func (QueueStep) isStep() {}

// String gives for example `queue support` or `queue support (priority 5, 2m)`.
func (s QueueStep) String() string {
	var words []string
	if s.Options.Priority != 0 {
		words = append(words, fmt.Sprintf("priority %d", s.Options.Priority))
	}
	if s.Options.Timeout != 0 {
		words = append(words, seconds(s.Options.Timeout))
	}
	if len(words) == 0 {
		return "queue " + s.Name
	}
	return "queue " + s.Name + " (" + strings.Join(words, ", ") + ")"
}

// Queue is a compiled queue block: a plain value, which nobody changes.
type Queue struct {
	Name     string
	Members  []Target // 1 to MaxQueueMembers, each complete
	Strategy Strategy
	Music    string        // sound file; empty means the music that is heard on hold
	Position time.Duration // how often a caller is told its place; 0 means never
	Notice   string        // sound file that is heard before the place; empty for none
	Timeout  time.Duration // how long a caller waits
	Callers  int           // the most that wait
	Ring     time.Duration // how long a member is rung
	Retry    time.Duration // before a member that did not answer is rung again
	WrapUp   time.Duration // after a call, before a member is rung again
	Join     bool          // callers are let in while no member is there
	Leave    bool          // callers go on when no member is there any more
	Priority int           // of callers: higher before lower
	Exit     byte          // key that leaves the queue; 0 for none
	Answer   bool          // the call is answered first; else the music is early media
	File     string        // where the queue stands
	Line     int
}

// Queue gives the rules of a queue for a step, as the plan of this decision has them; false where there is no such queue.
func (d Decision) Queue(s QueueStep) (Queue, bool) {
	if d.plan == nil || d.plan.queues[s.Name] == nil {
		return Queue{}, false
	}
	q := *d.plan.queues[s.Name]
	if s.Options.Priority != 0 {
		q.Priority = s.Options.Priority
	}
	if s.Options.Timeout != 0 {
		q.Timeout = s.Options.Timeout
	}
	return q, true
}

// Deliver completes a member of a queue as it is called for this call: a trunk gets the number in its own form, and one
// that the caller may not call says why.
func (d Decision) Deliver(member Target) Target {
	if d.plan == nil || d.plan.numbers == nil {
		return member
	}
	return d.delivered(member, d.Request)
}

// Strategies gives the words that strategy takes.
func Strategies() []string { return strategies() }

// Queues gives all queues of the plan, by name.
func (p *Plan) Queues() map[string]*Queue { return p.queues }

// queueStepSpec is queue(name, {options}) as the file writes it.
func queueStepSpec() *stepSpec {
	return &stepSpec{
		name: "queue", form: "queue(name, {options})", least: 1,
		params: []param{{"name", readQueue}, {"options", readQueueOptions}},
		make: func(a []any) Step {
			s := QueueStep{Name: a[0].(string)}
			if len(a) > 1 {
				s.Options = a[1].(QueueOptions)
			}
			return s
		},
	}
}

// readQueue reads the name of a queue.
func readQueue(v cty.Value, in *reading) (any, []problem) {
	return readLabel(v, in, in.names.queues, "queue")
}

// readQueueOptions reads the second argument of queue.
func readQueueOptions(v cty.Value, in *reading) (any, []problem) {
	var o QueueOptions
	if !v.IsKnown() {
		return o, nil
	}
	if t := v.Type(); v.IsNull() || !t.IsObjectType() && !t.IsMapType() {
		return o, wrong(fmt.Sprintf("options stand in { }, not as %s", Kind(v)), `Write { priority = 5 }.`)
	}
	var problems []problem
	for key, value := range v.AsValueMap() {
		var ps []problem
		var read any
		switch key {
		case "priority":
			read, ps = readWhole(key, 1, MaxPriority)(value, in)
			o.Priority, _ = read.(int)
		case "timeout":
			read, ps = readTime(time.Second, maxQueueTimeout)(value, in)
			o.Timeout, _ = read.(time.Duration)
		default:
			ps = wrong(fmt.Sprintf("queue has no option %q", key), DidYouMean(key, []string{"priority", "timeout"}))
		}
		for _, p := range ps {
			p.key = key
			problems = append(problems, p)
		}
	}
	return o, problems
}

// queue lets the caller wait: a member answers, unless the test says otherwise of "queue:NAME".
func (s *simulation) queue(step QueueStep) {
	s.add("queue " + step.Name)
	q, ok := s.decision.Queue(step)
	if !ok {
		s.failed = 404
		return
	}
	if len(s.presses) > 0 && q.Exit != 0 && s.presses[0] == string(q.Exit) {
		s.answered = s.answered || q.Answer
		s.add("press " + s.presses[0])
		s.presses = s.presses[1:]
		return
	}
	switch status := s.outcomeOf(queueKey + step.Name); status {
	case Answered:
		s.ended = true
		s.add("answered")
	default:
		s.failed = status
		s.answered = s.answered || q.Answer && status == NoAnswer
	}
}

// queueKey is before the name of a queue in `answers` of a test.
const queueKey = "queue:"
