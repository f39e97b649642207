package media

import (
	"time"

	"github.com/tandemgw/tandem/media/sdp"
)

// A far end with neither PLI nor FIR cannot say that it lacks a whole picture, and the
// one that was asked for may be lost: as the question, as an answer that came before its
// NAT or its latch let it through, or on the way. It is asked for in its place:
//
//	its own first packet comes                     at once
//	againAfter and againAfter*4 after it began to see   once more
//	it reports loss                                at most every sufferEvery
const (
	againAfter  = int64(time.Second)
	sufferEvery = int64(4 * time.Second)
)

// asks reports whether the far end can ask for a whole picture by RTCP.
func (t *videoTerms) asks() bool { return t.feedback&(sdp.PLI|sdp.FIR) != 0 }

// begins is told that the first packet of a source has come.
func (v *video) begins(t *videoTerms, at int64) {
	if !t.asks() {
		v.wantsKeyFrame(at)
	}
}

// suffers is told of a loss that the far end has reported.
func (v *video) suffers(at int64) {
	t, last := v.terms.Load(), v.suffered.Load()
	if t == nil || t.asks() || last != 0 && at-last < sufferEvery || !v.suffered.CompareAndSwap(last, at) {
		return
	}
	v.wantsKeyFrame(at)
}

// showing is what the keeper remembers of who sees a line.
type showing struct {
	route *videoRoute
	since int64
	again int
}

// keepShowing asks once more where whoever sees the line cannot.
func (v *video) keepShowing(w *showing, now int64) {
	r := v.route.Load()
	if r != w.route || v.source.Load() == 0 {
		*w = showing{route: r, since: now}
	}
	if r == nil || r.terms.asks() || w.again == 2 || now-w.since < againAfter<<(2*w.again) {
		return
	}
	w.again++
	v.asks.want.Store(true)
}
