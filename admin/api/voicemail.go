package api

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tandemgw/tandem/admin"
)

type (
	// Boxes are all boxes of voicemail.
	Boxes struct {
		Boxes []admin.Box `json:"boxes"`
	}
	// ByBox is a question about one box.
	ByBox struct {
		Box string `path:"box" maxLength:"256"`
	}
	// ByMessage is a question about one message.
	ByMessage struct {
		Box string `path:"box" maxLength:"256"`
		ID  string `path:"id" maxLength:"256"`
	}
)

func (a *API) voicemailRoutes() {
	m := a.config.Control.Mailboxes
	add(a, route{method: http.MethodGet, path: "/voicemail", id: "list-boxes", tag: "voicemail", summary: "The boxes of voicemail", role: Viewer},
		func(context.Context, *nothing) (*body[Boxes], error) { return answer(Boxes{notNil(m.Boxes())}) })
	add(a, route{method: http.MethodGet, path: "/voicemail/{box}", id: "get-box", tag: "voicemail", summary: "One box with its messages, the oldest first", role: Operator, errors: []int{404}},
		func(_ context.Context, in *ByBox) (*body[admin.BoxMessages], error) {
			v, err := m.Messages(in.Box)
			if err != nil {
				return nil, err
			}
			v.Messages = notNil(v.Messages)
			return answer(v)
		})
	add(a, route{method: http.MethodGet, path: "/voicemail/{box}/{id}/sound", id: "get-message", tag: "voicemail", summary: "A message as WAV", role: Admin, errors: []int{404}},
		func(_ context.Context, in *ByMessage) (*huma.StreamResponse, error) {
			sound, err := m.Sound(in.Box, in.ID)
			if err != nil {
				return nil, err
			}
			return &huma.StreamResponse{Body: func(ctx huma.Context) {
				defer func() { _ = sound.Close() }()
				ctx.SetHeader("Content-Type", "audio/wav")
				// The client went away; there is nobody to tell.
				_, _ = io.Copy(ctx.BodyWriter(), sound)
			}}, nil
		})
	add(a, route{method: http.MethodDelete, path: "/voicemail/{box}/{id}", id: "delete-message", tag: "voicemail", summary: "Delete a message", role: Admin, errors: []int{404, 409}},
		func(_ context.Context, in *ByMessage) (*nothing, error) { return nil, m.Delete(in.Box, in.ID) })
}
