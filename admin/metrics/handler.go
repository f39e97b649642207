package metrics

import (
	"net/http"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Handler serves all metrics in the text format of Prometheus, or as OpenMetrics to
// who asks for that. At most two are served at one time.
func (m *Collector) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, EnableOpenMetrics: true})
}

// Guarded serves h to this machine and to the addresses of allow, and 403 to all
// others. What a proxy has passed on is not of this machine, whoever brings it.
func Guarded(h http.Handler, allow func() []netip.Prefix) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !admits(r, allow()) {
			http.Error(w, "metrics are for this machine, and for the addresses of metrics.allow in the configuration", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func admits(r *http.Request, allow []netip.Prefix) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	a := from.Addr().Unmap().WithZone("")
	for _, p := range allow {
		if p.Contains(a) {
			return true
		}
	}
	for _, field := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(field) != "" {
			return false
		}
	}
	return a.IsLoopback()
}
