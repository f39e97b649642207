package gateway

import (
	"errors"
	"io"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge/voicemail"
)

// mailboxes are the boxes as the control socket shows them.
type mailboxes struct{ desk *voicemail.Desk }

var _ admin.Mailboxes = mailboxes{}

// Boxes implements admin.Mailboxes.
func (m mailboxes) Boxes() []admin.Box {
	var views []admin.Box
	for _, b := range m.desk.Boxes() {
		views = append(views, m.view(b))
	}
	return views
}

func (m mailboxes) view(b voicemail.Box) admin.Box {
	v := admin.Box{Name: b.Name, DisplayName: b.DisplayName, Users: b.Users, Email: b.Email, Max: b.Max, Locked: m.desk.Locked(b.Name)}
	if v.Users == nil {
		v.Users = []string{}
	}
	v.New, v.Saved = m.desk.Count(b.Name)
	return v
}

// Messages implements admin.Mailboxes.
func (m mailboxes) Messages(box string) (admin.BoxMessages, error) {
	b, ok := m.desk.Box(box)
	if !ok {
		return admin.BoxMessages{}, admin.NotFound("there is no box %s", box)
	}
	v := admin.BoxMessages{Box: m.view(b)}
	for _, x := range m.desk.Messages(box) {
		one := admin.VoiceMessage{
			ID: x.ID, From: x.From.User, FromName: x.From.Name, To: x.To, At: x.At, Seconds: x.Length.Seconds(), Folder: string(x.Folder),
		}
		if x.Letter != nil {
			one.Mail, one.MailError = "waiting", x.Letter.Error
		}
		v.Messages = append(v.Messages, one)
	}
	return v, nil
}

// Delete implements admin.Mailboxes.
func (m mailboxes) Delete(box, id string) error { return notThere(m.desk.Delete(box, id), box, id) }

// Sound implements admin.Mailboxes.
func (m mailboxes) Sound(box, id string) (io.ReadCloser, error) {
	sound, err := m.desk.Keeper().Sound(box, id)
	return sound, notThere(err, box, id)
}

func notThere(err error, box, id string) error {
	if errors.Is(err, voicemail.ErrGone) {
		return admin.NotFound("box %s has no message %s", box, id)
	}
	return err
}
