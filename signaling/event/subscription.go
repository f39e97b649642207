package event

import (
	"crypto/sha256"
	"errors"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/sipmsg"
	"github.com/tandemgw/tandem/signaling/txn"
)

// notifyEvery is the least time between two NOTIFYs of a subscription: RFC 4235
// §3.10 asks for a second and RFC 3856 §6.10 for five, but who watches a lamp sees
// it late then, and what changes in between is told together anyway.
const notifyEvery = 500 * time.Millisecond

// maxRetry bounds how long a Retry-After of a watcher is obeyed.
const maxRetry = time.Minute

// subscription is one dialog of a watcher (RFC 6665 §4.2).
type subscription struct {
	// Immutable.

	pkg     eventPackage
	event   string // the Event field of its NOTIFYs
	watcher string // who watches
	user    string // who is watched

	// Guarded by Service.mu.

	dialog   *dialog.Dialog
	flow     *flow.Flow
	instance string // of the device that watches, "" where it does not say
	until    time.Time
	expiry   *time.Timer // ends it
	later    *time.Timer // makes it due again
	dirty    bool        // the watcher has not been told of everything
	asked    bool        // he is told even if he knows it: he has subscribed (RFC 6665 §4.2.1.2)
	busy     bool        // a NOTIFY is under way
	gone     bool        // it is in no table any more
	ending   string      // why it ends with the next NOTIFY; "" while it goes on
	next     time.Time   // not before this
	lost     time.Time   // since when there is no way to the watcher; zero while there is

	// The notifier's.

	view view
}

// expireLocked lets a subscription end after a time, unless it is refreshed.
func (s *Service) expireLocked(sub *subscription, lasts time.Duration) {
	sub.until = time.Now().Add(lasts)
	if sub.expiry != nil {
		sub.expiry.Stop()
	}
	sub.expiry = time.AfterFunc(lasts, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !sub.gone && !time.Now().Before(sub.until) {
			sub.ending = "timeout"
			s.dueLocked(sub)
		}
	})
}

// laterLocked makes a subscription due again at a time.
func (s *Service) laterLocked(sub *subscription, at time.Time) {
	if sub.later != nil {
		sub.later.Stop()
	}
	sub.later = time.AfterFunc(time.Until(at), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !sub.gone {
			s.dueLocked(sub)
		}
	})
}

// removeLocked forgets a subscription.
func (s *Service) removeLocked(sub *subscription) {
	if sub.gone {
		return
	}
	sub.gone = true
	for _, t := range []*time.Timer{sub.expiry, sub.later} {
		if t != nil {
			t.Stop()
		}
	}
	delete(s.subs, sub.dialog.ID())
	delete(s.due, sub)
	leave(s.ofWatched, watched{sub.pkg.name(), sub.user}, sub)
	leave(s.ofWatcher, sub.watcher, sub)
}

// run is the notifier.
func (s *Service) run() {
	for {
		select {
		case <-s.wake:
		case <-s.quit:
			return
		}
		s.mu.Lock()
		due := s.due
		s.due = make(map[*subscription]struct{})
		s.mu.Unlock()
		for sub := range due {
			s.guard(sub)
		}
	}
}

// guard lets a panic end one subscription and no more.
func (s *Service) guard(sub *subscription) {
	defer func() {
		if p := recover(); p != nil {
			s.cfg.Log.Error("a subscription panicked", "event", sub.event, "panic", p, "stack", string(debug.Stack()))
			s.mu.Lock()
			defer s.mu.Unlock()
			s.removeLocked(sub)
		}
	}()
	s.advance(sub)
}

// advance sends a NOTIFY, if one is owed and may be sent now.
func (s *Service) advance(sub *subscription) {
	now := time.Now()
	s.mu.Lock()
	switch {
	case sub.gone || sub.busy || !sub.dirty && sub.ending == "":
		s.mu.Unlock()
		return
	case sub.ending == "" && now.Before(sub.next):
		s.laterLocked(sub, sub.next)
		s.mu.Unlock()
		return
	}
	f, instance, owed := sub.flow, sub.instance, sub.asked || sub.ending != ""
	s.mu.Unlock()
	f, ok := s.way(f, sub.watcher, instance)
	if !ok {
		s.wait(now, sub)
		return
	}
	s.mu.Lock()
	sub.dirty = false // what changes from now on is owed again, also while this is written
	s.mu.Unlock()
	state := sub.state(now)
	if state == sub.view.told && !owed {
		s.mu.Lock()
		sub.flow, sub.lost = f, time.Time{}
		s.mu.Unlock()
		return
	}
	sub.view.told = state
	body := sub.pkg.write(now, sub.user, &sub.view)
	sub.view.version++
	s.mu.Lock()
	if sub.gone {
		s.mu.Unlock()
		return
	}
	sub.flow, sub.lost, sub.busy, sub.asked, sub.next = f, time.Time{}, true, false, now.Add(notifyEvery)
	req, ending := sub.notify(now, body), sub.ending
	s.mu.Unlock()
	s.counts.notified.Add(1)
	s.launch(f, req, sub, ending != "")
}

// state is the digest of what the watcher would be told now but for version and time: what
// changes nothing that is shown need not be told again.
func (sub *subscription) state(now time.Time) digest {
	v := sub.view
	v.version, v.compared = 0, true
	return sha256.Sum256(sub.pkg.write(now, sub.user, &v))
}

// way returns the flow to a watcher: the newest of its device, else the one that
// it has subscribed on.
func (s *Service) way(f *flow.Flow, watcher, instance string) (*flow.Flow, bool) {
	if now, ok := s.cfg.Registrar.Current(watcher, instance); ok {
		return now, true
	}
	return f, !gone(f)
}

// wait leaves a subscription whose connection is gone for a while: its device may
// come back.
func (s *Service) wait(now time.Time, sub *subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sub.gone {
		return
	}
	if sub.lost.IsZero() {
		sub.lost = now
	}
	end := sub.lost.Add(s.cfg.LostFor)
	if sub.ending != "" || !now.Before(end) {
		s.removeLocked(sub)
		return
	}
	s.laterLocked(sub, end)
}

// notify builds the next NOTIFY; with Service.mu held.
func (sub *subscription) notify(now time.Time, body []byte) *sip.Request {
	req := sub.dialog.Request(sip.NOTIFY)
	req.AppendHeader(sip.NewHeader("Event", sub.event))
	state := "active;expires=" + strconv.Itoa(until(now, sub.until))
	if sub.ending != "" {
		state = "terminated;reason=" + sub.ending
	}
	req.AppendHeader(sip.NewHeader("Subscription-State", state))
	req.AppendHeader(sip.NewHeader("Content-Type", sub.pkg.mime()))
	req.SetBody(body)
	return req
}

// launch sends a NOTIFY and takes what comes of it.
func (s *Service) launch(f *flow.Flow, req *sip.Request, sub *subscription, last bool) {
	var final *sip.Response
	ended := func(err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		sub.busy = false
		if !sub.gone {
			s.notifiedLocked(sub, final, err, last)
		}
	}
	_, err := s.send.Send(f, req, func(res *sip.Response) {
		if res.StatusCode >= 200 && final == nil {
			final = res
		}
	}, ended)
	if err != nil {
		ended(err)
	}
}

// notifiedLocked is the end of a NOTIFY. A subscription whose watcher does not take
// it is over (RFC 6665 §4.2.2); one whose connection went waits for its device.
func (s *Service) notifiedLocked(sub *subscription, res *sip.Response, err error, last bool) {
	switch {
	case last:
		s.removeLocked(sub)
		return
	case errors.Is(err, txn.ErrFlowGone) && gone(sub.flow):
		sub.dirty, sub.asked = true, true
	case err != nil || res == nil:
		s.failedLocked(sub)
		return
	case res.IsSuccess():
		sub.view.shown = sub.view.next
	case retryAfter(res) > 0:
		sub.dirty, sub.asked, sub.next = true, true, time.Now().Add(retryAfter(res))
	default:
		s.failedLocked(sub)
		return
	}
	s.dueLocked(sub)
}

func (s *Service) failedLocked(sub *subscription) {
	s.counts.failed.Add(1)
	s.removeLocked(sub)
}

// retryAfter reads Retry-After; 0 where there is none.
func retryAfter(res *sip.Response) time.Duration {
	text := sipmsg.Value(res, "Retry-After")
	digits := 0
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	n, err := strconv.Atoi(text[:digits])
	if err != nil {
		return 0
	}
	return min(time.Duration(n)*time.Second, maxRetry)
}
