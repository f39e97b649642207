package media

import "net/netip"

// SeenReport is a compound packet of RTCP (RFC 3550 §6.1) that came or is about to go,
// unencrypted.
type SeenReport struct {
	Call, Leg     string // as in Options
	In            bool
	Local, Remote netip.AddrPort
	Raw           []byte // good until the function returns
}

// SetReports has f see the reports of all legs from now on; nil nobody. It is called
// on goroutines of the media, some times a second for each leg at the most, and must
// not block.
func (e *Engine) SetReports(f func(SeenReport)) {
	if f == nil {
		e.reports.Store(nil)
		return
	}
	e.reports.Store(&f)
}

// showReport shows a packet of RTCP to who wants to see it.
func (ep *Endpoint) showReport(b []byte, in bool) {
	f := ep.engine.reports.Load()
	if f == nil {
		return
	}
	w := ep.way()
	r := SeenReport{Call: ep.o.Call, Leg: ep.o.Leg, In: in, Local: w.Local, Remote: w.Remote, Raw: b}
	if ep.plain != nil {
		if to := ep.plain.RemoteRTCP(); to != w.Remote { // it has a port of its own (RFC 3550 §11)
			_, port := ep.plain.Port()
			r.Local, r.Remote = netip.AddrPortFrom(w.Local.Addr(), port), to
		}
	}
	(*f)(r)
}
