package e2e

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestAWatcherIsNotToldTwiceWhatItKnows: that a phone rings makes no difference to the
// presence of its user, so that nothing is sent; who subscribes is told all the same
// (RFC 6665 §4.2.1.2).
func TestAWatcherIsNotToldTwiceWhatItKnows(t *testing.T) {
	withEvents(t, nil, func(l *lamps) {
		eve, ann, bob := l.browser("1003"), l.browser("1001"), l.phone("1002", 10)
		w := l.subscribe(eve, "1002", "presence")
		w.sees("<basic>open</basic>", "!on-the-phone")
		lamp := l.subscribe(eve, "1002", "dialog")
		lamp.next()
		time.Sleep(time.Second)
		sent := l.service.Counters().Notified
		out, in := l.talk(ann, bob)
		w.sees("<rpid:on-the-phone/>")
		told := map[string]bool{}
		for doc := lamp.next(); ; doc = lamp.next() {
			text := regexp.MustCompile(` version="\d+"`).ReplaceAllString(doc, "")
			if told[text] {
				t.Errorf("told twice:\n%s", doc)
			}
			told[text] = true
			if strings.Contains(doc, "confirmed") {
				break
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := l.service.Counters().Notified - sent; n != uint64(1+len(told)) {
			t.Errorf("%d NOTIFYs were sent for a presence and %d lamps that differ", n, len(told))
		}
		w.refresh(200)
		w.sees("<rpid:on-the-phone/>")
		time.Sleep(time.Second)
		out.Bye()
		in.Hung()
		w.sees("<basic>open</basic>", "!on-the-phone")
	})
}
