package dialplan

import "slices"

// dial calls targets one after the other.
func (s *simulation) dial(step DialStep) {
	for _, t := range step.Targets {
		if s.call(t); s.ended || !step.Next(s.failed) {
			return
		}
	}
}

// ring calls a group.
func (s *simulation) ring(step RingStep) {
	targets := step.Targets
	if step.SkipBusy {
		targets = free(targets, s.busy)
	}
	switch {
	case len(targets) == 0:
		s.failed = Busy
	case step.InTurn():
		s.ringInTurn(step, targets)
	default:
		s.ringAll(targets)
	}
}

// busy says whether a user is in a call: as the request's state has it, or because the test says that he is busy.
func (s *simulation) busy(user string) bool {
	return s.request.State != nil && s.request.State.Busy(user)
}

// ringAll calls all targets; one that answers has the call, whatever the others do.
func (s *simulation) ringAll(targets []Target) {
	answered, failed := false, 0
	for _, t := range targets {
		s.call(t)
		answered = answered || s.ended
		failed = worse(failed, s.failed)
		if s.ended {
			s.ended = false
			delete(s.details, len(s.events)-1)
			s.events = s.events[:len(s.events)-1] // it is told once, after all have been called
		}
	}
	s.ended, s.failed = answered, failed
	if answered {
		s.add("answered")
	}
}

// ringInTurn calls the members of a group one after the other while its time lasts, in the order of the list: nobody has
// talked yet.
func (s *simulation) ringInTurn(step RingStep, targets []Target) {
	left, failed := step.Timeout, 0
	for _, t := range targets {
		if left <= 0 {
			break
		}
		s.call(t)
		if s.ended {
			return
		}
		if s.failed == NoAnswer {
			left -= step.EachTime()
		}
		failed = worse(failed, s.failed)
	}
	s.failed = failed
}

// forward is dial for who was dialed; one that has sent the call on before does not do so again.
func (s *simulation) forward(step ForwardStep) {
	if slices.Contains(s.sentOn, step.By) {
		s.failed = 482
		return
	}
	s.sentOn = append(s.sentOn, step.By)
	before := len(s.events)
	s.dial(step.Dial())
	for i, event := range s.events[before:] {
		for _, t := range step.Targets {
			if event == t.Act() {
				s.events[before+i] = "forward " + t.String()
			}
		}
	}
}

// redirect sends the caller elsewhere, unless it is answered.
func (s *simulation) redirect(step RedirectStep) {
	s.ended = true
	trunk := s.request.From.Kind == FromTrunk
	switch {
	case s.answered:
		s.add("hangup")
	case trunk && s.names != nil && s.names.Redirects != nil && !s.names.Redirects(s.request.From.Name):
		s.add("reject 480")
	default:
		s.add(step.String())
	}
}
