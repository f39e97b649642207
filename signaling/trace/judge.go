package trace

import (
	"slices"
	"time"

	"github.com/tandemgw/tandem/media"
)

// What the flight recorder takes for bad.
const (
	shortTalk = 10 * time.Second // an answered call that ends sooner
	lowMOS    = 3.5
	// deafAfter is how long parties talk before silence of one of them counts.
	deafAfter = 3 * time.Second
	// judged is how many packets are enough to judge a leg by.
	judged = 100
)

// judge is what is known of how well a call went, until it is over.
type judge struct {
	talked time.Duration
	oneWay bool // a leg was sent sound and gave none
	bad    bool // a leg sounded bad
}

// media notes how the media of a leg went.
func (j *judge) media(s media.Stats) {
	if s.Sent.Packets >= judged && s.Received.Packets == 0 {
		j.oneWay = true
	}
	heard := s.Received.Packets >= judged && s.Received.MOS > 0 && s.Received.MOS < lowMOS
	said := s.Sent.Packets >= judged && s.Sent.MOS > 0 && s.Sent.MOS < lowMOS
	if heard || said {
		j.bad = true
	}
}

// problems names what is wrong with a call that is over.
func (c *call) problems() []string {
	var all []string
	add := func(is bool, name string) {
		if is && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	answered := !c.Answered.IsZero()
	add(!answered && failure(c.Status), "failed")
	add(answered && c.judge.talked >= deafAfter && c.judge.oneWay, "one-way")
	add(answered && c.judge.talked < shortTalk, "short")
	add(c.judge.bad, "bad")
	return all
}

// failure says whether a call that nobody answered has failed: a party that is busy,
// does not want to or does not come, and a caller who gives up, are no failures.
func failure(status int) bool {
	switch status {
	case 0, 480, 486, 487, 600, 603:
		return false
	}
	return status >= 300
}
