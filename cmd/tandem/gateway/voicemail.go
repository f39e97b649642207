package gateway

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"

	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/bridge/voicemail/post"
	"github.com/tandemgw/tandem/cmd/tandem/rules"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/signaling/event"
	"github.com/tandemgw/tandem/store"
)

// voicemailParts are what a gateway takes voicemail with.
type voicemailParts struct {
	boxes *store.Voicemail
	desk  *voicemail.Desk
	// dictation records voicemail, whatever the format of recordings is.
	dictation *record.Recorder
	sender    atomic.Pointer[post.Sender] // nil where there is no mail block
}

// openBoxes makes what keeps voicemail and writes its sound. Both are closed after
// the engine, which ends the last recordings.
func (g *Gateway) openBoxes(o Options) (err error) {
	if g.boxes, err = store.OpenVoicemail(store.VoicemailConfig{Dir: filepath.Join(o.State, "voicemail"), Log: o.Log}); err != nil {
		return err
	}
	g.closer(func() error {
		if g.desk == nil {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), recordingPatience)
		defer cancel()
		return g.desk.Close(ctx)
	})
	if g.dictation, err = record.New(record.Config{Folder: filepath.Join(o.State, "voicemail"), Log: o.Log}); err != nil {
		return err
	}
	g.closer(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), recordingPatience)
		defer cancel()
		return g.dictation.Close(ctx)
	})
	return nil
}

// openDesk makes what takes voicemail, of openBoxes and the engine. It has no
// boxes before there is somebody to be told of them.
func (g *Gateway) openDesk(o Options) {
	g.desk = voicemail.New(voicemail.Config{
		Keeper: g.boxes, Engine: g.engine, Recorder: g.dictation, Log: o.Log,
		Changed: func(user string) { g.events.MailboxChanged(user) },
		Send: func(ctx context.Context, m voicemail.Mail) error {
			s := g.sender.Load()
			if s == nil {
				return errNoMail
			}
			return s.Send(ctx, m)
		},
	})
}

// errNoMail is why mail waits that was to be sent before the mail block was taken out.
var errNoMail = errors.New("the configuration has no mail block")

// setBoxes has the boxes of a configuration from now on, and sends mail as it says.
func (g *Gateway) setBoxes(f *config.File, s *post.Sender) {
	g.sender.Store(s)
	g.desk.SetBoxes(rules.Boxes(f))
}

// waiting is what waits for a user: voicemail first, as phones read the first line
// (RFC 3842 §5.2), then text.
func (g *Gateway) waiting(user string) []event.Waiting {
	var all []event.Waiting
	if fresh, saved, ok := g.desk.Waiting(user); ok {
		all = append(all, event.Waiting{Class: "Voice-Message", New: fresh, Old: saved})
	}
	if kept := g.kept.Load(); kept != nil {
		all = append(all, event.Waiting{Class: "Text-Message", New: kept.Count(user)})
	}
	return g.lamps.Waiting(user, all)
}
