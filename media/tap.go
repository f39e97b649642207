package media

// tap copies what a leg sends to those that hear it beside its listener. It is
// immutable: a change makes a new one.
type tap struct{ ears []*ear }

// take copies one packet; it runs on the reader, before the packet is sent on.
func (t *tap) take(h *header, e *entry, b []byte, at int64) {
	f := e.format
	switch {
	case e.do == doEvent, e.do == doComfort, f.rate() == 0:
		f = formatNone
	}
	for _, ear := range t.ears {
		ear.push(h, f, b, at)
	}
}

// tapLocked adds an ear to those of the endpoint, or takes one away and stops it.
func (ep *Endpoint) tapLocked(add, remove *ear) {
	var ears []*ear
	if old := ep.tap.Load(); old != nil {
		for _, e := range old.ears {
			if e != remove {
				ears = append(ears, e)
			}
		}
	}
	if add != nil && !ep.closed.Load() {
		ears = append(ears, add)
	}
	if len(ears) == 0 {
		ep.tap.Store(nil)
	} else {
		ep.tap.Store(&tap{ears: ears})
	}
	if remove != nil {
		remove.stop()
	}
}

// untapLocked stops all ears of an endpoint that is closed.
func (ep *Endpoint) untapLocked() {
	if t := ep.tap.Swap(nil); t != nil {
		for _, e := range t.ears {
			e.stop()
		}
	}
}
