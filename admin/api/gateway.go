package api

import (
	"context"
	"net/http"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/admin/metrics"
)

// Certificates are those that we show.
type Certificates struct {
	Certificates []Certificate `json:"certificates"`
}

// gatewayRoutes are what is told of the gateway itself.
func (a *API) gatewayRoutes() {
	s := a.config.Sources
	if s.Overview != nil {
		add(a, route{method: http.MethodGet, path: "/overview", id: "get-overview", tag: "gateway", summary: "The gateway at a glance", role: Viewer},
			func(context.Context, *nothing) (*body[metrics.Overview], error) { return answer(s.Overview()) })
	}
	if s.Config != nil {
		add(a, route{method: http.MethodGet, path: "/config", id: "get-config", tag: "gateway", summary: "The configuration that runs, with where each value comes from", role: Viewer},
			func(context.Context, *nothing) (*body[ConfigView], error) { return answer(s.Config()) })
	}
	if s.CheckConfig != nil {
		add(a, route{method: http.MethodPost, path: "/config/check", id: "check-config", tag: "gateway", summary: "Check the configuration as it is on disk, and say what a reload would change", role: Operator, quiet: true, errors: []int{409}},
			func(ctx context.Context, _ *nothing) (*body[ConfigCheck], error) {
				v, err := s.CheckConfig(ctx)
				if err != nil {
					return nil, err
				}
				v.Problems, v.Changes, v.Restart = notNil(v.Problems), notNil(v.Changes), notNil(v.Restart)
				return answer(v)
			})
	}
	if s.Certificates != nil {
		add(a, route{method: http.MethodGet, path: "/certificates", id: "list-certificates", tag: "gateway", summary: "The certificates, and how long they are good for", role: Viewer},
			func(context.Context, *nothing) (*body[Certificates], error) {
				return answer(Certificates{notNil(s.Certificates())})
			})
	}
	if s.Doctor != nil {
		add(a, route{method: http.MethodGet, path: "/doctor", id: "get-doctor", tag: "gateway", summary: "Look at everything that is often wrong", role: Viewer},
			func(ctx context.Context, in *struct {
				Online bool `query:"online" doc:"also ask trunks and the DNS; it takes up to 5 s"`
			},
			) (*body[admin.Checkup], error) {
				v, err := s.Doctor(ctx, in.Online)
				if err != nil {
					return nil, err
				}
				v.Checks = notNil(v.Checks)
				return answer(v)
			})
	}
}
