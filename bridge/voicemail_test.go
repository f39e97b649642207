package bridge

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/record"
)

const boxRows = `
from "users" {
  calls = {
    "202" = [dial("user:202", "20s"), voicemail("202")]
    "203" = [dial("user:203", "20s"), voicemail("203"), reject(404)]
    "97"  = [mailbox()]
    "98"  = [mailbox("202")]
    "99"  = [voicemail("202", { greeting = "closed.wav", busy = true })]
  }
}`

// shelf is a Keeper in memory. Its sounds are nothing: what a fake leg sends.
type shelf struct {
	mu        sync.Mutex
	last      int
	messages  []voicemail.Message
	greetings map[string]bool
	settings  map[string]voicemail.Settings
	full      error // what the disk says; nil takes everything
	slow      time.Duration
}

func (s *shelf) NewID(time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	return string(rune('a' + s.last - 1))
}

func (s *shelf) Draft(voicemail.Message) (record.File, error) {
	time.Sleep(s.slow)
	if s.full != nil {
		return nil, s.full
	}
	return os.OpenFile(os.DevNull, os.O_WRONLY, 0)
}

func (s *shelf) Deliver(m voicemail.Message, _ time.Duration) (voicemail.Message, error) {
	time.Sleep(s.slow)
	s.mu.Lock()
	defer s.mu.Unlock()
	m.Length = 5 * time.Second
	s.messages = append(s.messages, m)
	return m, nil
}

func (s *shelf) Discard(string) error { return nil }
func (s *shelf) Boxes() []string      { return []string{"202"} }

func (s *shelf) Messages(box string) (all []voicemail.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		if m.Box == box {
			all = append(all, m)
		}
	}
	return all
}

func (s *shelf) Get(box, id string) (voicemail.Message, bool) {
	for _, m := range s.Messages(box) {
		if m.ID == id {
			return m, true
		}
	}
	return voicemail.Message{}, false
}

func (s *shelf) Update(box, id string, change func(*voicemail.Message)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.messages {
		if s.messages[i].ID == id && s.messages[i].Box == box {
			change(&s.messages[i])
			return nil
		}
	}
	return voicemail.ErrGone
}

func (s *shelf) Delete(_, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = slices.DeleteFunc(s.messages, func(m voicemail.Message) bool { return m.ID == id })
	return nil
}

// Sound implements voicemail.Keeper: a tenth of a second of silence.
func (s *shelf) Sound(string, string) (io.ReadCloser, error) {
	time.Sleep(s.slow)
	return io.NopCloser(strings.NewReader("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x40\x06\x00\x00" +
		strings.Repeat("\x00", 1600))), nil
}

func (s *shelf) DraftGreeting(string, string) (record.File, error) {
	return os.OpenFile(os.DevNull, os.O_WRONLY, 0)
}

func (s *shelf) KeepGreeting(_, which string) error { s.greetings[which] = true; return nil }
func (s *shelf) DropGreeting(string, string)        {}
func (s *shelf) ForgetGreeting(_, which string) error {
	delete(s.greetings, which)
	return nil
}

func (s *shelf) Greeting(_, which string) (io.ReadCloser, error) {
	if !s.greetings[which] {
		return nil, voicemail.ErrGone
	}
	return s.Sound("", "")
}

func (s *shelf) Settings(box string) voicemail.Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings[box]
}

func (s *shelf) Set(box string, x voicemail.Settings) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings[box] = x
	return nil
}

// post is a stage with boxes.
type post struct {
	*stage
	shelf *shelf
	desk  *voicemail.Desk
	mu    sync.Mutex
	lamps []string
}

// onPost runs fn with a bridge that has boxes.
func onPost(t *testing.T, fn func(p *post)) {
	t.Helper()
	onStage(t, func(s *stage) {
		plan, err := dialplan.Parse("plan.hcl", boxRows, dialplan.Names{Users: []string{"201", "202", "203"}, Boxes: []string{"202", "203"}})
		if plan == nil {
			t.Fatal(err)
		}
		p := &post{stage: s, shelf: &shelf{greetings: map[string]bool{}, settings: map[string]voicemail.Settings{}}}
		engine, err := media.New(media.Config{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		rec, err := record.New(record.Config{Folder: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		p.desk = voicemail.New(voicemail.Config{Keeper: p.shelf, Engine: engine, Recorder: rec, Changed: func(user string) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.lamps = append(p.lamps, user)
		}})
		p.desk.SetBoxes([]voicemail.Box{{Name: "202", PIN: "4711", Users: []string{"202"}, Max: 3}})
		s.bridge.SetPlan(plan)
		s.bridge.cfg.Mailboxes = p.desk
		fn(p)
		for _, l := range s.callers {
			l.hangUp()
		}
		time.Sleep(2 * time.Minute)
		_ = engine.Close()
		if err := errors.Join(rec.Close(context.Background()), p.desk.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
}

// has puts messages into the box, as new ones.
func (p *post) has(from ...string) {
	for _, f := range from {
		_, _ = p.shelf.Deliver(voicemail.Message{ID: p.shelf.NewID(time.Now()), Box: "202", From: tandem.Address{User: f}, At: time.Now(), Folder: voicemail.FolderNew}, 0)
	}
}

func (p *post) box() string {
	synctest.Wait()
	var out []string
	for _, m := range p.shelf.Messages("202") {
		out = append(out, m.ID+":"+string(m.Folder))
	}
	return strings.Join(out, " ")
}

func TestVoicemailOfSilenceIsDropped(t *testing.T) {
	onPost(t, func(p *post) {
		p.call("202") // nobody is registered
		time.Sleep(3 * time.Second)
		if got := p.told(); got != "ring user:202, caller is answered" {
			t.Errorf("told %q", got)
		}
		time.Sleep(time.Minute)
		if got := p.told(); got != "caller ends 0" {
			t.Errorf("after silence told %q", got)
		}
		if p.box() != "" {
			t.Errorf("the box has %q", p.box())
		}
		if e := p.last(Voicemail); e.Text != "leaves a message in box 202" {
			t.Errorf("event %+v", e)
		}
	})
}

func TestVoicemailOfABoxThatThereIsNotLeavesTheCallAlone(t *testing.T) {
	onPost(t, func(p *post) {
		p.does["user:203"] = append(p.does["user:203"], refuses(time.Second, 486))
		p.call("203")
		time.Sleep(5 * time.Second)
		if got := p.told(); got != "ring user:203, caller ends 404" {
			t.Errorf("told %q", got)
		}
	})
}

func TestVoicemailTellsThatTheBoxIsFull(t *testing.T) {
	onPost(t, func(p *post) {
		p.has("1", "2", "3")
		p.call("99")
		time.Sleep(5 * time.Second)
		if got := p.told(); got != "caller is answered, caller ends 0" {
			t.Errorf("told %q", got)
		}
		if e := p.last(Voicemail); !strings.Contains(e.Text, "full") || p.desk.Counts().Refused != 1 {
			t.Errorf("event %+v, counts %+v", e, p.desk.Counts())
		}
	})
}

func TestVoicemailTellsThatTheDiskIsFull(t *testing.T) {
	onPost(t, func(p *post) {
		p.shelf.full = errors.New("no space left on device")
		p.call("99")
		time.Sleep(30 * time.Second)
		if got := p.told(); got != "caller is answered, caller ends 0" {
			t.Errorf("told %q", got)
		}
	})
}

func TestMailboxKeys(t *testing.T) {
	for _, c := range []struct{ name, to, digits, box, told string }{
		{"nothing is touched", "98", "4711#", "a:new b:new c:new", ""},
		{"heard is kept", "98", "4711#1", "a:saved b:new c:new", ""},
		{"next", "98", "4711#16", "a:saved b:saved c:new", ""},
		{"previous and again", "98", "4711#1645", "a:saved b:saved c:new", ""},
		{"deleted at the end", "98", "4711#17#", "b:new c:new", ""},
		{"undone", "98", "4711#177#", "a:saved b:new c:new", ""},
		{"kept after all", "98", "4711#179#", "a:saved b:new c:new", ""},
		{"no such message", "98", "4711#2457896", "a:new b:new c:new", ""},
		{"its number is asked", "97", "202#4711#1", "a:saved b:new c:new", ""},
		{"second try", "98", "1234#4711#1", "a:saved b:new c:new", ""},
		{"never", "98", "1#2#3#11", "a:new b:new c:new", "ends 403"},
		{"no such box", "97", "205#4711#4711#4711#", "a:new b:new c:new", "ends 403"},
	} {
		t.Run(c.name, func(t *testing.T) {
			onPost(t, func(p *post) {
				p.has("201", "+442071234567", "")
				p.enters("ann", c.to, "")
				time.Sleep(100 * time.Millisecond)
				p.callers[0].press(c.digits)
				time.Sleep(3 * time.Second)
				if got := p.told(); c.told != "" && !strings.Contains(got, c.told) {
					t.Errorf("told %q, want %q", got, c.told)
				}
				p.callers[0].hangUp()
				time.Sleep(time.Second)
				if got := p.box(); got != c.box {
					t.Errorf("the box has %q, want %q", got, c.box)
				}
			})
		})
	}
}

func TestMailboxIsLockedAfterWrongPINs(t *testing.T) {
	onPost(t, func(p *post) {
		p.has("201")
		p.enters("ann", "98", "1#2#3#")
		p.enters("bob", "98", "4711#1") // right, and too late
		time.Sleep(time.Second)
		if got := p.told(); !strings.Contains(got, "ann ends 403") || !strings.Contains(got, "bob ends 403") || p.box() != "a:new" {
			t.Errorf("told %q, the box has %s", got, p.box())
		}
		if c := p.desk.Counts(); c.WrongPINs != 3 || c.Locks != 1 {
			t.Errorf("counts %+v", c)
		}
		time.Sleep(time.Minute)
		p.enters("eve", "98", "4711#1")
		if p.box() != "a:saved" {
			t.Errorf("after a minute the box has %s", p.box())
		}
	})
}

func TestMailboxOfTheOwnTelephone(t *testing.T) {
	onPost(t, func(p *post) {
		p.desk.SetBoxes([]voicemail.Box{{Name: "202", SkipPIN: true, Users: []string{"202"}}})
		p.has("201")
		p.enters("202", "97", "1")
		if p.box() != "a:saved" {
			t.Errorf("the box has %s", p.box())
		}
		p.enters("203", "98", "1#1#1#")
		time.Sleep(time.Second)
		if got := p.told(); !strings.Contains(got, "203 ends 403") {
			t.Errorf("told %q", got)
		}
	})
}

func TestMailboxPINIsChangedByTelephone(t *testing.T) {
	onPost(t, func(p *post) {
		p.has("201")
		p.enters("ann", "98", "4711#04815#815#") // not the same
		p.callers[0].hangUp()
		time.Sleep(time.Second)
		if !p.desk.Prove("202", "4711") {
			t.Fatal("the old PIN is wrong")
		}
		p.enters("bob", "98", "4711#040815#0815#")
		if p.desk.Prove("202", "4711") || !p.desk.Prove("202", "0815") {
			t.Error("the PIN is not the new one")
		}
		p.desk.SetBoxes([]voicemail.Box{{Name: "202", PIN: "9999"}}) // somebody else decides
		if p.desk.Prove("202", "0815") || !p.desk.Prove("202", "9999") {
			t.Error("the PIN is not that of the new configuration")
		}
	})
}

func TestMailboxCallsBack(t *testing.T) {
	onPost(t, func(p *post) {
		p.does["user:203"] = append(p.does["user:203"], answers(time.Second))
		p.has("203")
		p.enters("202", "98", "4711#18")
		time.Sleep(5 * time.Second)
		if got := p.told(); got != "202 is answered, ring user:203, 202 talks with 203" {
			t.Errorf("told %q", got)
		}
	})
}

// A slow disk holds up nobody but who waits for it: who hangs up is gone at once.
func TestMailboxOfASlowDiskHangsUpAtOnce(t *testing.T) {
	onPost(t, func(p *post) {
		p.has("201")
		p.shelf.slow = 20 * time.Second
		p.enters("ann", "98", "4711#1")
		p.callers[0].hangUp()
		synctest.Wait()
		if p.bridge.Calls() != 0 {
			t.Error("the call waits for the disk")
		}
	})
}

func TestMailboxSaysGoodbyeToWhoSaysNothing(t *testing.T) {
	onPost(t, func(p *post) {
		p.has("201")
		p.enters("ann", "98", "4711#")
		time.Sleep(2 * time.Minute)
		if got := p.told(); got != "ann is answered, ann ends 0" {
			t.Errorf("told %q", got)
		}
	})
}
