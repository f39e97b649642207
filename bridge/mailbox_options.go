package bridge

import "github.com/tandemgw/tandem/bridge/voicemail"

// options is the second menu, of what is of the box.
//
//	1 the greeting  2 the greeting when busy  3 the built-in ones again
//	4 another PIN   any other key: back
func (s *listening) options() {
	s.say("vm-options")
	switch s.next(keyPatience) {
	case '1':
		s.greet(voicemail.GreetingAway)
	case '2':
		s.greet(voicemail.GreetingBusy)
	case '3':
		s.ungreet()
	case '4':
		s.changePIN()
	}
}

// greet records a greeting, and lets it be heard.
func (s *listening) greet(which string) {
	s.say("vm-beep")
	if s.c.ended {
		return
	}
	s.keys = nil
	take, err := s.desk.Greet(s.box.Name, which, s.c.caller.Media())
	if err != nil {
		s.c.log.Warn("no greeting", "box", s.box.Name, "error", err)
		s.say("vm-error")
		return
	}
	switch o := s.c.dictate(s.prompter, take, longestGreeting); {
	case o.Kept:
		s.c.note(Voicemail, s.c.caller, "has recorded the "+which+" greeting of box "+s.box.Name)
		if clip := s.c.recorded(s.box.Name, which == voicemail.GreetingBusy); clip != nil {
			s.play(clip)
		}
		s.say("vm-saved")
	case o.Short:
		s.say("vm-short")
	default:
		s.say("vm-error")
	}
}

// ungreet takes the recorded greetings away.
func (s *listening) ungreet() {
	err, _ := aside(s.c, func() error {
		keeper := s.desk.Keeper()
		if err := keeper.ForgetGreeting(s.box.Name, voicemail.GreetingBusy); err != nil {
			return err
		}
		return keeper.ForgetGreeting(s.box.Name, voicemail.GreetingAway)
	})
	if err != nil {
		s.say("vm-error")
		return
	}
	s.say("vm-deleted")
}

// changePIN takes another PIN, twice the same.
func (s *listening) changePIN() {
	s.say("vm-pin")
	first, ok := s.read(voicemail.MaxPIN)
	if !ok {
		return
	}
	s.say("vm-pin")
	second, ok := s.read(voicemail.MaxPIN)
	if !ok {
		return
	}
	if first != second || len(first) < voicemail.MinPIN || len(spell(first)) != len(first) {
		s.say("vm-wrong")
		return
	}
	err, _ := aside(s.c, func() error { return s.desk.ChangePIN(s.box.Name, first) })
	if err != nil {
		s.c.log.Error("the PIN is as it was", "box", s.box.Name, "error", err)
		s.say("vm-error")
		return
	}
	s.c.note(Voicemail, s.c.caller, "has changed the PIN of box "+s.box.Name)
	s.say("vm-saved")
}
