package voicemail_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/store"
)

// office is a desk with a real store.
type office struct {
	*voicemail.Desk
	t     *testing.T
	store *store.Voicemail

	mu    sync.Mutex
	posts []string // what was handed to the mail server, and when
	fails error
	lamps int
}

// inOffice runs fn with a desk in virtual time.
func inOffice(t *testing.T, boxes []voicemail.Box, fn func(o *office)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := store.OpenVoicemail(store.VoicemailConfig{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		o := &office{t: t, store: s}
		o.Desk = voicemail.New(voicemail.Config{Keeper: s, Changed: func(string) { o.mu.Lock(); o.lamps++; o.mu.Unlock() }, Send: o.send})
		o.SetBoxes(boxes)
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- o.Run(ctx) }()
		fn(o)
		stop()
		if err := errors.Join(<-done, o.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
}

func (o *office) send(_ context.Context, m voicemail.Mail) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.posts = append(o.posts, fmt.Sprintf("%s %d", time.Now().Format("02 15:04"), len(m.Sound)))
	return o.fails
}

func (o *office) sent() string {
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	out := strings.Join(o.posts, ", ")
	o.posts = nil
	return out
}

// leave puts a message of a second into the box.
func (o *office) leave(box string) voicemail.Message {
	o.t.Helper()
	m := voicemail.Message{
		ID: o.store.NewID(time.Now()), Box: box, From: tandem.Address{User: "201"}, At: time.Now(), Folder: voicemail.FolderNew, Letter: &voicemail.Letter{},
	}
	f, err := o.store.Draft(m)
	if err == nil {
		err = wave(f)
	}
	if err == nil {
		m, err = o.store.Deliver(m, 0)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	o.SetBoxes(o.Boxes()) // wakes the mail
	return m
}

func wave(f record.File) error {
	_, err := f.Write([]byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00" +
		strings.Repeat("\x00", 16000)))
	return errors.Join(err, f.Close())
}

func mailBox() voicemail.Box {
	return voicemail.Box{Name: "202", Users: []string{"202"}, Email: "bob@example.com", Attach: true}
}

func TestMailOfVoicemailIsSentOnce(t *testing.T) {
	inOffice(t, []voicemail.Box{mailBox()}, func(o *office) {
		m := o.leave("202")
		if got := o.sent(); got != "01 00:00 16044" {
			t.Errorf("sent %q", got)
		}
		time.Sleep(24 * time.Hour)
		if got := o.sent(); got != "" {
			t.Errorf("sent again: %q", got)
		}
		if x, ok := o.store.Get("202", m.ID); !ok || x.Letter != nil {
			t.Errorf("the message is %+v", x)
		}
	})
}

func TestMailThatFailsIsTriedMoreAndMoreSeldom(t *testing.T) {
	inOffice(t, []voicemail.Box{mailBox()}, func(o *office) {
		o.fails = errors.New("421 later")
		m := o.leave("202")
		time.Sleep(10 * time.Hour)
		const want = "01 00:00 16044, 01 00:01 16044, 01 00:03 16044, 01 00:07 16044, 01 00:15 16044, 01 00:31 16044, 01 01:03 16044, " +
			"01 02:07 16044, 01 04:07 16044, 01 06:07 16044, 01 08:07 16044"
		if got := o.sent(); got != want {
			t.Errorf("sent %q", got)
		}
		if x, _ := o.store.Get("202", m.ID); x.Letter == nil || x.Letter.Error != "421 later" || x.Letter.Tries != 11 {
			t.Errorf("what is kept is %+v", x.Letter)
		}
		time.Sleep(4 * 24 * time.Hour)
		o.sent()
		if x, ok := o.store.Get("202", m.ID); !ok || x.Letter != nil {
			t.Errorf("after days the message is %+v, %v", x, ok)
		}
		if c := o.Counts(); c.MailFailed < 30 || c.Mailed != 0 {
			t.Errorf("counts %+v", c)
		}
	})
}

func TestMailWaitsForTheNextProcess(t *testing.T) {
	dir := t.TempDir()
	s, err := store.OpenVoicemail(store.VoicemailConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, store: s, Desk: voicemail.New(voicemail.Config{Keeper: s})} // nothing runs that would send
	o.leave("202")
	if s, err = store.OpenVoicemail(store.VoicemailConfig{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	if m := s.Messages("202"); len(m) != 1 || m[0].Letter == nil {
		t.Errorf("the next process finds %+v", m)
	}
}

func TestMessageIsDeletedAfterItsMailAndNotBefore(t *testing.T) {
	b := mailBox()
	b.DeleteAfterMail = true
	inOffice(t, []voicemail.Box{b}, func(o *office) {
		o.fails = errors.New("550 no")
		o.leave("202")
		synctest.Wait()
		if n, _ := o.Count("202"); n != 1 {
			t.Errorf("%d messages while the mail fails", n)
		}
		o.mu.Lock()
		o.fails = nil
		o.mu.Unlock()
		time.Sleep(2 * time.Minute)
		if n, m := o.Count("202"); n+m != 0 {
			t.Errorf("%d messages after the mail", n+m)
		}
	})
}

func TestMessagesPastTheirTimeAreDeleted(t *testing.T) {
	inOffice(t, []voicemail.Box{{Name: "202", Users: []string{"202"}, Keep: 48 * time.Hour}}, func(o *office) {
		o.leave("202")
		time.Sleep(47 * time.Hour)
		if n, _ := o.Count("202"); n != 1 {
			t.Errorf("%d messages after 47 h", n)
		}
		time.Sleep(2 * time.Hour)
		if n, _ := o.Count("202"); n != 0 {
			t.Errorf("%d messages after 49 h", n)
		}
	})
}

func TestLampsCountAllBoxesOfAUser(t *testing.T) {
	inOffice(t, []voicemail.Box{{Name: "202", Users: []string{"202"}}, {Name: "sales", Users: []string{"201", "202"}}}, func(o *office) {
		o.leave("202")
		m := o.leave("sales")
		before := o.lamps
		if err := o.Move("sales", m.ID, voicemail.FolderSaved); err != nil {
			t.Fatal(err)
		}
		if o.lamps != before+2 {
			t.Errorf("%d lamps changed, want 2", o.lamps-before)
		}
		fresh, saved, ok := o.Waiting("202")
		if fresh != 1 || saved != 1 || !ok {
			t.Errorf("for 202 wait %d and %d", fresh, saved)
		}
		if _, _, ok := o.Waiting("203"); ok {
			t.Error("something waits for nobody")
		}
	})
}

func TestWrongPINsLockForLongerEachTime(t *testing.T) {
	inOffice(t, []voicemail.Box{{Name: "202", PIN: "4711"}}, func(o *office) {
		for _, lock := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
			for range 3 {
				if o.Prove("202", "1234") {
					t.Fatal("a wrong PIN is right")
				}
			}
			if o.Prove("202", "4711") {
				t.Error("the right PIN opens a locked box")
			}
			time.Sleep(lock - time.Second)
			if !o.Locked("202") {
				t.Errorf("not locked %v after", lock-time.Second)
			}
			time.Sleep(2 * time.Second)
		}
		if !o.Prove("202", "4711") || o.Prove("203", "4711") {
			t.Error("the right PIN, or one of no box")
		}
	})
}
