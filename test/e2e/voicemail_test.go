package e2e

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/signaling/event"
	"github.com/tandemgw/tandem/store"
)

// The lamp of a telephone follows its box: a message comes, is listened to, is
// deleted; and another process finds it as it was.
func TestTheLampFollowsTheBox(t *testing.T) {
	dir := t.TempDir()
	var desk *voicemail.Desk
	withEvents(t, func(c *event.Config) {
		c.Mailbox = func(user string) []event.Waiting {
			fresh, saved, ok := desk.Waiting(user)
			if !ok {
				return nil
			}
			return []event.Waiting{{Class: "Voice-Message", New: fresh, Old: saved}}
		}
	}, func(l *lamps) {
		var boxes *store.Voicemail
		begin := func() {
			var err error
			if boxes, err = store.OpenVoicemail(store.VoicemailConfig{Dir: dir}); err != nil {
				t.Fatal(err)
			}
			desk = voicemail.New(voicemail.Config{Keeper: boxes, Changed: l.service.MailboxChanged})
		}
		begin()
		own := []voicemail.Box{{Name: "1001", Users: []string{"1001"}}}
		desk.SetBoxes(own)
		ann := l.phone("1001", 10)
		w := l.subscribe(ann, "1001", "message-summary")
		lamp := func(waiting, voice string) {
			t.Helper()
			body := w.next()
			if !strings.Contains(body, "Messages-Waiting: "+waiting) || !strings.Contains(body, "Voice-Message: "+voice) {
				t.Errorf("told\n%s\nwant %s and %s", body, waiting, voice)
			}
		}
		lamp("no", "0/0")
		m := voiceMessage(t, boxes)
		desk.SetBoxes(own) // as after a delivery: its users are told
		lamp("yes", "1/0")
		time.Sleep(time.Minute)
		if err := desk.Move("1001", m.ID, voicemail.FolderSaved); err != nil {
			t.Fatal(err)
		}
		lamp("no", "0/1")
		time.Sleep(time.Minute)
		begin()
		desk.SetBoxes(own) // of the next process, where the phone subscribes again
		w.refresh(200)
		lamp("no", "0/1")
		time.Sleep(time.Minute)
		if err := desk.Delete("1001", m.ID); err != nil {
			t.Fatal(err)
		}
		lamp("no", "0/0")
		if err := desk.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// voiceMessage puts a second of silence into the box of 1001.
func voiceMessage(t *testing.T, boxes *store.Voicemail) voicemail.Message {
	t.Helper()
	m := voicemail.Message{
		ID: boxes.NewID(time.Now()), Box: "1001", From: tandem.Address{User: "1002"}, At: time.Now(), Folder: voicemail.FolderNew,
	}
	f, err := boxes.Draft(m)
	if err == nil {
		_, err = f.Write([]byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00" +
			strings.Repeat("\x00", 16000)))
		err = errors.Join(err, f.Close())
	}
	if err == nil {
		m, err = boxes.Deliver(m, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}
