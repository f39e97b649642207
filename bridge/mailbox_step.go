package bridge

import (
	"strconv"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sound"
)

const (
	// keyPatience is how long a key of the menu is waited for, keyTries how often.
	keyPatience = 10 * time.Second
	keyTries    = 3
	// maxBoxDigits is the longest number of a box that is typed.
	maxBoxDigits = 20
)

// mailbox lets the caller listen to a box, and ends the call then.
func (c *Call) mailbox(s dialplan.MailboxStep) {
	desk := c.bridge.cfg.Mailboxes
	if desk == nil {
		c.failure = refuse(404, "there are no boxes")
		return
	}
	if c.answer(); c.ended {
		return
	}
	k := c.prompter()
	defer k.release()
	user, name := c.caller.User(), s.Box
	if name == "" {
		if _, own := desk.Box(user); own && user != "" {
			name = user
		}
	}
	if name == "" {
		k.say("vm-box")
		name, _ = k.read(maxBoxDigits)
	}
	c.open(desk, k, name, desk.Trusts(name, user))
}

// open lets the caller into a box, once it is proven that it may listen.
func (c *Call) open(desk *voicemail.Desk, k *prompter, name string, trusted bool) {
	c.outcome = &tandem.CauseNormal
	if !trusted && !c.askBoxPIN(desk, k, name) {
		if !c.ended {
			why := refuse(403, "no PIN of box "+name+" was given")
			c.outcome = &why
		}
		return
	}
	box, there := desk.Box(name)
	if c.ended || !there {
		return
	}
	c.note(Voicemail, c.caller, "listens to box "+name)
	s := &listening{c: c, desk: desk, prompter: k, box: box, at: -1, deleted: map[string]bool{}}
	defer s.leave() // also when the caller hangs up in the midst, or the goroutine panics
	s.run()
}

// askBoxPIN asks for the PIN of a box, also of one that there is not: nobody learns
// which there are.
func (c *Call) askBoxPIN(desk *voicemail.Desk, k *prompter, name string) bool {
	for range pinTries {
		if desk.Locked(name) {
			break
		}
		k.say("vm-pin")
		pin, _ := k.read(voicemail.MaxPIN)
		if c.ended || c.wanted != nil {
			return false
		}
		if right, _ := aside(c, func() bool { return desk.Prove(name, pin) }); right {
			return true
		}
		k.keys = nil
		k.say("vm-wrong")
	}
	if !c.ended {
		c.note(Voicemail, c.caller, "no PIN of box "+name)
		k.keys = nil
		k.say("vm-wrong")
	}
	return false
}

// listening is one caller with his messages. It belongs to the call's goroutine.
//
//	1 new messages  2 the others     3 -
//	4 previous      5 again          6 next
//	7 delete, undo  8 call back      9 keep
//	* what there is 0 options        # the end
type listening struct {
	*prompter
	c       *Call
	desk    *voicemail.Desk
	box     voicemail.Box
	list    []voicemail.Message // that are gone through
	at      int                 // in list; -1 before the first
	deleted map[string]bool     // at the end, unless it is undone
	over    bool
}

// run is the menu.
func (s *listening) run() {
	s.tell()
	for idle := 0; !s.c.ended && s.c.wanted == nil && !s.over && idle < keyTries; {
		d := s.take()
		if d == 0 {
			s.say("vm-menu")
			d = s.next(keyPatience)
		}
		if d == 0 {
			idle++
			continue
		}
		idle = 0
		s.do(d)
	}
	if !s.c.ended && s.c.wanted == nil && s.c.other == nil && !s.over {
		s.say("goodbye")
	}
}

// do does what a key means.
func (s *listening) do(d media.Digit) {
	switch d {
	case '1':
		s.begin(voicemail.FolderNew)
	case '2':
		s.begin(voicemail.FolderSaved)
	case '4':
		s.step(-1)
	case '5':
		s.step(0)
	case '6':
		s.step(1)
	case '7':
		s.remove()
	case '8':
		s.callBack()
	case '9':
		s.keep()
	case '0':
		s.options()
	case '*':
		s.tell()
	case '#':
		s.over = true
		s.say("goodbye")
	default:
		s.say("vm-wrong")
	}
}

// tell says how many messages there are.
func (s *listening) tell() {
	fresh, saved := s.desk.Count(s.box.Name)
	if fresh+saved == 0 {
		s.say("vm-none")
		return
	}
	words := append(spell(strconv.Itoa(fresh)), "vm-new")
	words = append(words, spell(strconv.Itoa(saved))...)
	s.say(append(words, "vm-old")...)
}

// begin goes through a folder, from its first message.
func (s *listening) begin(f voicemail.Folder) {
	s.list, s.at = nil, -1
	for _, m := range s.desk.Messages(s.box.Name) {
		if m.Folder == f {
			s.list = append(s.list, m)
		}
	}
	s.step(1)
}

// step goes to another message and plays it.
func (s *listening) step(by int) {
	at := s.at + by
	if at < 0 || at >= len(s.list) {
		s.say("vm-none")
		return
	}
	s.at = at
	m := s.list[at]
	clip, ok := aside(s.c, func() *sound.Clip { return readClip(s.desk.Keeper().Sound(s.box.Name, m.ID)) })
	if !ok {
		return
	}
	if clip == nil { // deleted by somebody else, or the disk
		s.say("vm-error")
		return
	}
	s.say(heading(m, s.box.Zone)...)
	if len(s.keys) > 0 || s.c.ended {
		return
	}
	if s.play(clip); s.c.ended {
		return
	}
	s.move(m, voicemail.FolderSaved)
}

// heading is who left a message, and when.
func heading(m voicemail.Message, zone *time.Location) []string {
	words := spell(m.From.User)
	if len(words) == 0 {
		words = []string{"vm-unknown"}
	}
	words = append([]string{"vm-from"}, words...)
	at := m.At.Local()
	if zone != nil {
		at = m.At.In(zone)
	}
	for _, part := range []string{at.Format("02"), at.Format("01"), at.Format("15"), at.Format("04")} {
		words = append(words, "vm-at")
		words = append(words, spell(part)...)
	}
	return append(words, "vm-at")
}

// current is the message that was gone to; false and a sound when there is none.
func (s *listening) current() (voicemail.Message, bool) {
	if s.at < 0 || s.at >= len(s.list) {
		s.say("vm-none")
		return voicemail.Message{}, false
	}
	return s.list[s.at], true
}

// move puts a message into a folder.
func (s *listening) move(m voicemail.Message, to voicemail.Folder) bool {
	err, _ := aside(s.c, func() error { return s.desk.Move(s.box.Name, m.ID, to) })
	if err != nil {
		s.c.log.Warn("voicemail stays where it is", "box", s.box.Name, "id", m.ID, "error", err)
	}
	return err == nil
}

// remove deletes the message, or takes that back.
func (s *listening) remove() {
	m, ok := s.current()
	if !ok {
		return
	}
	if s.deleted[m.ID] {
		delete(s.deleted, m.ID)
		s.say("vm-restored")
		return
	}
	s.deleted[m.ID] = true
	s.say("vm-deleted")
}

// keep puts the message among the others, and does not delete it.
func (s *listening) keep() {
	m, ok := s.current()
	if !ok {
		return
	}
	delete(s.deleted, m.ID)
	if s.move(m, voicemail.FolderSaved) {
		s.say("vm-saved")
	} else {
		s.say("vm-error")
	}
}

// callBack calls who left the message, as a call of the caller's own: from a user's
// telephone alone, since a PIN is not to be worth the calls of a whole trunk.
func (s *listening) callBack() {
	m, ok := s.current()
	if !ok {
		return
	}
	c := s.c
	user := c.caller.User()
	if user == "" || m.From.User == "" {
		s.say("vm-wrong")
		return
	}
	decision := c.route(dialplan.Request{From: dialplan.Source{Kind: dialplan.FromUser, Name: user}, To: m.From.User, Caller: user, At: time.Now()})
	c.routed(nil, "calls back: ", decision)
	if decision.Status != 0 {
		s.say("vm-wrong")
		return
	}
	s.over = true
	s.release()
	c.outcome, c.failure, c.rung = nil, tandem.Cause{}, false
	why := c.perform(decision.Steps)
	c.outcome = &why
}

// leave deletes what is to be deleted, whether the caller is still there or not.
func (s *listening) leave() {
	gone := s.deleted
	if s.deleted = nil; len(gone) == 0 {
		return
	}
	s.c.apart(func() {
		for id := range gone {
			if err := s.desk.Delete(s.box.Name, id); err != nil {
				s.c.log.Error("voicemail was not deleted", "box", s.box.Name, "id", id, "error", err)
			}
		}
	})
}
