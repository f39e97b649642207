package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/tandemgw/tandem/admin"
)

// captureRoutes keep the sound of a call in the clear, for the capture that an
// administrator gets of it.
func (a *API) captureRoutes() {
	t := a.config.Sources.Tracer
	ask := func(id, state string) (*body[admin.Capture], error) {
		c, err := t.Capture(id, state)
		if err != nil {
			return nil, ofCall(err, id)
		}
		return answer(c)
	}
	const path = "/calls/{id}/capture"
	add(a, route{method: http.MethodGet, path: path, id: "get-capture", tag: "calls", summary: "Whether the sound of a call is kept in the clear, and how much there is", role: Viewer, errors: []int{404}},
		func(_ context.Context, in *ByID) (*body[admin.Capture], error) { return ask(in.ID, "") })
	add(a, route{
		method: http.MethodPut, path: path + "/{state}", id: "capture-call", tag: "calls", summary: "Begin or end keeping the sound of a call in the clear", role: Admin, errors: []int{404, 409},
		more: "While it is on, the RTP of all legs is kept decrypted in memory, the last minutes of it, and is part of the pcapng that an admin gets. It stays for an hour after the call.",
	},
		func(_ context.Context, in *struct {
			ByID
			State string `path:"state" maxLength:"16" doc:"on or off"`
		},
		) (*body[admin.Capture], error) {
			if !slices.Contains([]string{"on", "off"}, in.State) {
				return nil, notFound("a capture is on or off, not %s", in.State)
			}
			return ask(in.ID, in.State)
		})
	add(a, route{method: http.MethodDelete, path: path, id: "drop-capture", tag: "calls", summary: "Let go of the sound of a call that was kept in the clear", role: Admin, errors: []int{404}},
		func(_ context.Context, in *ByID) (*nothing, error) {
			_, err := t.Capture(in.ID, "drop")
			return nil, ofCall(err, in.ID)
		})
}
