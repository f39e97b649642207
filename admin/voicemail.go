package admin

import (
	"context"
	"errors"
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

// serveMailboxes serves voicemail:
//
//	GET    /api/v1/voicemail                    {"boxes": [Box...]}
//	GET    /api/v1/voicemail/{box}              BoxMessages
//	GET    /api/v1/voicemail/{box}/{id}/sound   the message as WAV
//	DELETE /api/v1/voicemail/{box}/{id}         204
func serveMailboxes(mux *http.ServeMux, m Mailboxes) {
	mux.HandleFunc("GET /api/v1/voicemail", func(w http.ResponseWriter, _ *http.Request) {
		writeView(w, map[string]any{"boxes": notNil(m.Boxes())})
	})
	mux.HandleFunc("GET /api/v1/voicemail/{box}", func(w http.ResponseWriter, r *http.Request) {
		v, err := m.Messages(r.PathValue("box"))
		if err != nil {
			writeRefusal(w, err)
			return
		}
		v.Messages = notNil(v.Messages)
		writeView(w, v)
	})
	mux.HandleFunc("GET /api/v1/voicemail/{box}/{id}/sound", func(w http.ResponseWriter, r *http.Request) {
		sound, err := m.Sound(r.PathValue("box"), r.PathValue("id"))
		if err != nil {
			writeRefusal(w, err)
			return
		}
		defer func() { _ = sound.Close() }()
		w.Header().Set("Content-Type", "audio/wav")
		_, _ = io.Copy(w, sound)
	})
	mux.HandleFunc("DELETE /api/v1/voicemail/{box}/{id}", func(w http.ResponseWriter, r *http.Request) {
		if err := m.Delete(r.PathValue("box"), r.PathValue("id")); err != nil {
			writeRefusal(w, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// writeRefusal says why there is nothing.
func writeRefusal(w http.ResponseWriter, err error) {
	if errors.Is(err, ErrNotFound) {
		writeNotFound(w, wordsOf(err))
		return
	}
	writeJSON(w, http.StatusConflict, controlError{"conflict", err.Error()})
}

// notThere is ErrNotFound with words of its own.
type notThere struct{ words string }

func (e notThere) Error() string        { return e.words }
func (e notThere) Is(target error) bool { return target == ErrNotFound }

// NotFound returns an error that is ErrNotFound and says what there is none of.
func NotFound(format string, args ...any) error { return notThere{fmt.Sprintf(format, args...)} }

func wordsOf(err error) string {
	var e notThere
	if errors.As(err, &e) {
		return e.words
	}
	return err.Error()
}

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
