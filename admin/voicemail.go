package admin

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Box is where voice messages are left, as it stands.
type Box struct {
	Name        string   `json:"name"`
	DisplayName string   `json:"displayName,omitempty"`
	Users       []string `json:"users"`
	Email       string   `json:"email,omitempty"`
	New         int      `json:"new"`
	Saved       int      `json:"saved"`
	Max         int      `json:"max"`
	Locked      bool     `json:"locked,omitempty"` // after wrong PINs
}

// BoxMessages is a box with its messages, the oldest first.
type BoxMessages struct {
	Box
	Messages []VoiceMessage `json:"messages"`
}

// VoiceMessage is one message.
type VoiceMessage struct {
	ID       string    `json:"id"`
	From     string    `json:"from"`
	FromName string    `json:"fromName,omitempty"`
	To       string    `json:"to,omitempty"` // what was dialed
	At       time.Time `json:"at"`
	Seconds  float64   `json:"seconds"`
	Folder   string    `json:"folder"` // "new" or "saved"
	// Mail is "waiting" while it is still to be sent; MailError why it was not.
	Mail      string `json:"mail,omitempty"`
	MailError string `json:"mailError,omitempty"`
}

// Mailboxes is what the control socket asks about voicemail. Its errors are
// ErrNotFound for what there is none of, or say why not. Sound and Delete may wait
// for the disk.
type Mailboxes interface {
	Boxes() []Box
	Messages(box string) (BoxMessages, error)
	Delete(box, id string) error
	Sound(box, id string) (io.ReadCloser, error)
}

// notThere is ErrNotFound with words of its own.
type notThere struct{ words string }

func (e notThere) Error() string        { return e.words }
func (e notThere) Is(target error) bool { return target == ErrNotFound }

// NotFound returns an error that is ErrNotFound and says what there is none of.
func NotFound(format string, args ...any) error { return notThere{fmt.Sprintf(format, args...)} }

// Boxes returns all boxes.
func (c *Client) Boxes(ctx context.Context) ([]Box, error) {
	var v struct{ Boxes []Box }
	err := c.get(ctx, "voicemail", &v)
	return v.Boxes, err
}

// Box returns one box with its messages.
func (c *Client) Box(ctx context.Context, name string) (b BoxMessages, err error) {
	err = c.get(ctx, "voicemail/"+url.PathEscape(name), &b)
	return b, err
}

// DeleteVoiceMessage deletes a message.
func (c *Client) DeleteVoiceMessage(ctx context.Context, box, id string) error {
	return c.do(ctx, http.MethodDelete, "voicemail/"+url.PathEscape(box)+"/"+url.PathEscape(id), nil)
}

// VoiceMessageSound writes a message as WAV.
func (c *Client) VoiceMessageSound(ctx context.Context, box, id string, to io.Writer) error {
	path := "voicemail/" + url.PathEscape(box) + "/" + url.PathEscape(id) + "/sound"
	return c.do(ctx, http.MethodGet, path, to)
}
