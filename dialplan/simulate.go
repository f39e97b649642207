package dialplan

import (
	"slices"
	"strconv"
)

// Statuses that an answer of Simulate may be, beside any other final status.
const (
	Answered = 200 // the target answers
	NoAnswer = 408 // the target rings until the timeout
	Busy     = 486 // the target is busy
)

// Simulate walks the steps of a call without calling anybody and gives the events, as `expect` of a test lists them.
// answers says what each target does, by Target.String, then by Target.Key; who is not in it answers.
//
//	ring user:202          a user's devices are called; one who is not registered has none
//	dial trunk:alpha 0123  a trunk or URI is called, with the number that it is asked for
//	forward user:203       the same, for who was dialed
//	answered               a target answered: the two are joined, and the walk ends
//	answer                 tandem answers the call itself
//	menu main              the caller hears a menu; without a further press the walk ends
//	press 1                and presses this, or no key in time: press timeout
//	redirect sip:b@h.org   the caller is sent elsewhere, and the walk ends
//	record, record pause   the rest of the call is recorded, or not
//	queue support          the caller waits in a queue, where a member answers unless answers has "queue:support"
//	room sales             the caller is let into a room, where the walk ends
//	voicemail 202          the caller leaves a message, where there is such a box, and the walk ends
//	mailbox 202, mailbox   the caller listens to messages, and the walk ends
//	echo, play x.wav, tone busy, wait 5s, read digits back, call back in 5s, hold after 10s
//	hangup, hangup 17      an answered call is ended
//	no answer              the call ends with 408: who was called last did not answer
//	busy                   the call ends with 486 because who was called last is busy
//	reject 403             the call is refused with this status, by a step, a target, or for want of a row
//
// presses are what the caller presses, each time that a menu is heard.
func (p *Plan) Simulate(r Request, answers map[string]int, presses ...string) []string {
	lists := make(map[string][]int, len(answers))
	for target, status := range answers {
		lists[target] = []int{status}
	}
	s := p.simulate(p.Route(r), script{answers: lists, presses: presses})
	return s.events
}

// script is what others do in a walk.
type script struct {
	answers map[string][]int // by target: of each time that it is called, the last for all further times
	presses []string         // each time that a menu is heard
}

// simulate walks the steps of a decision.
func (p *Plan) simulate(d Decision, t script) *simulation {
	s := &simulation{script: t, names: p.names, decision: d, request: d.Request, tries: map[string]int{}}
	if d.Status != 0 {
		s.add("reject " + strconv.Itoa(d.Status))
		return s
	}
	steps := d.Steps
	for n := 0; len(steps) > 0 && n < maxSimulated; n++ {
		s.step = steps[0]
		if s.walk(steps[0]); s.ended {
			return s
		}
		steps = slices.Concat(s.inserted, steps[1:])
		s.inserted = nil
	}
	s.runOut()
	return s
}

type simulation struct {
	script
	names    *directory
	request  Request
	sentOn   []string // who has forwarded the call
	events   []string
	details  map[int][]string // of events, by their index: what a test may say beside them
	step     Step             // that is walked
	tries    map[string]int   // how often each target was called
	failed   int              // status of the last target that failed; 0 when none has
	answered bool             // by an answer step
	ended    bool
	decision Decision
	inserted []Step // that come in the place of the step that has been walked
}

func (s *simulation) add(event string) { s.events = append(s.events, event) }

// walk runs one step.
func (s *simulation) walk(step Step) {
	switch step := step.(type) {
	case DialStep:
		s.dial(step)
	case RingStep:
		s.ring(step)
	case ForwardStep:
		s.forward(step)
	case RedirectStep:
		s.redirect(step)
	case RejectStep:
		s.ended = true
		s.add("reject " + strconv.Itoa(step.Code))
	case HangupStep:
		s.ended = true
		s.add(step.String())
	case AnswerStep:
		s.answered = true
		s.add("answer")
	case AskStep: // nobody is asked: the default is what the file itself says
		s.add("ask " + shownURL(step.URL))
		s.inserted = s.decision.Unanswered(step, s.decision.Request.At, nil).Steps
	case MenuStep:
		s.menu(step)
	case QueueStep:
		s.queue(step)
	case RoomStep:
		s.ended = true
		s.add("room " + step.Name)
	case VoicemailStep:
		s.voicemail(step)
	case MailboxStep:
		s.ended = true
		s.add(step.String())
	case EchoStep, ReadBackStep, HoldTestStep:
		s.ended = true
		s.add(step.String())
	case PlayStep:
		for _, file := range step.Files() {
			s.add("play " + file)
		}
	case ToneStep, WaitStep, RecordStep, CallBackStep:
		s.add(step.String())
	}
}

// worse gives the failure that a caller is told of two, as RFC 3261 §16.7 step 6 chooses: a 6xx before all, then the
// lowest class; among 4xx, busy before no answer before all else.
func worse(a, b int) int {
	if a == 0 || b != 0 && rank(b) < rank(a) {
		return b
	}
	return a
}

func rank(status int) int {
	switch class := status / 100; {
	case class == 6:
		return 0
	case class != 4:
		return class * 10
	case status == Busy:
		return 41
	case status == NoAnswer:
		return 42
	}
	return 43
}

// call calls one target. A user that there is not has no devices to ring.
func (s *simulation) call(t Target) {
	if t.Kind == TargetUser && s.names != nil && !s.names.hasUser(t.Name) {
		s.failed = 404
		return
	}
	if t.Refused != "" {
		s.failed = 403
		return
	}
	if t.Kind == TargetUser && s.decision.Request.State != nil && !s.decision.Request.State.Registered(t.Name) {
		s.failed = 480
		return
	}
	s.add(t.Act())
	s.detail(stepDetails(s.step)...)
	status := s.outcome(t)
	if status == Answered {
		s.ended = true
		s.add("answered")
		return
	}
	s.failed = status
}

// outcome gives what a target does this time: by its name with the number, else by its name alone.
func (s *simulation) outcome(t Target) int { return s.outcomeOf(t.String(), t.Key()) }

// outcomeOf is what happens to whatever the test names by the first of some keys.
func (s *simulation) outcomeOf(keys ...string) int {
	for _, key := range keys {
		if list := s.answers[key]; len(list) > 0 {
			i := min(s.tries[key], len(list)-1)
			s.tries[key]++
			return list[i]
		}
	}
	return Answered
}

// detail adds what a test may say beside the last event.
func (s *simulation) detail(details ...string) {
	if len(details) == 0 {
		return
	}
	if s.details == nil {
		s.details = map[int][]string{}
	}
	s.details[len(s.events)-1] = details
}

// runOut ends a call whose steps have run out.
func (s *simulation) runOut() {
	switch {
	case s.answered:
		s.add("hangup")
	case s.failed == NoAnswer:
		s.add("no answer")
	case s.failed == Busy:
		s.add("busy")
	case s.failed != 0:
		s.add("reject " + strconv.Itoa(s.failed))
	default:
		s.add("reject 480")
	}
}
