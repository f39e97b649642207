package bridge

import (
	"strconv"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media/sound"
)

// queueLook is how often a caller who waits looks whether a member can be rung for
// it, or nobody is there any more.
const queueLook = time.Second

// queue lets the caller wait until a member answers.
//
//	caller            Call.queue                                members
//	  |---- INVITE ------>| full, or nobody there: the next step     |
//	  |<----- 200 --------| unless the queue says answer = false     |
//	  |<==== music =======|                                          |
//	  |<= notice, "3" ====| every so often                           |
//	  |                   | the first in the row claims a member     |
//	  |<==== music =======|---- INVITE ----------------------------->|
//	  |<================================ talk =====================>|
//	  |-- exit_key ------>| the next step                            |
func (c *Call) queue(s dialplan.QueueStep) {
	b := c.bridge
	rules, ok := c.decision.Queue(s)
	switch {
	case !ok:
		c.failure = refuse(404, "there is no queue "+s.Name)
		return
	case !rules.Join && !b.attended(rules):
		c.failure = refuse(480, "nobody of queue "+s.Name+" is there")
		return
	}
	p, cause := b.enqueue(c, rules)
	if p == nil {
		c.failure = cause
		return
	}
	count := &p.queue.Abandoned
	defer func() { // also when the call's goroutine panics
		p.stop()
		c.turn, c.presses = nil, nil
		b.dequeue(p, count)
	}()
	if rules.Answer {
		c.answer()
	}
	if c.ended || !c.sounding() {
		return
	}
	c.turn, c.rung = p, true // who waits hears music and no ringing
	c.note(Waiting, c.caller, "in queue "+s.Name+" at place "+strconv.Itoa(b.position(p)))
	if rules.Exit != 0 {
		c.presses = func(press Press) { c.pressedInQueue(p, rules, press) }
	}
	c.queueMusic(rules)
	c.tellPlaceIn(p, rules, rules.Position)
	members, why := c.await(p, rules)
	if c.other == nil {
		if !c.ended {
			count = &p.queue.Left
			c.hush()
			c.note(Left, c.caller, "queue "+s.Name+": "+why)
		}
		return
	}
	c.served(p, rules, members)
}

// await lasts until a member has answered (c.other is set, and it is given), or the
// caller does not wait any more, for a reason that is said.
func (c *Call) await(p *turn, rules dialplan.Queue) (member dialplan.Target, why string) {
	b := c.bridge
	end := p.since.Add(rules.Timeout)
	for !c.ended && c.wanted == nil && c.outcome == nil {
		left := time.Until(end)
		switch {
		case p.exit:
			return member, "the caller pressed " + string(rules.Exit)
		case left <= 0:
			c.failure = tandem.CauseNoAnswer
			c.failure.Detail = "the timeout of queue " + rules.Name + " of " + rules.Timeout.String()
			return member, "waited " + rules.Timeout.String()
		case rules.Leave && !b.attended(rules):
			c.failure = refuse(480, "nobody of queue "+rules.Name+" is there any more")
			return member, "nobody is there any more"
		}
		p.woken = false
		claimed := b.claim(p, rules)
		if len(claimed) == 0 {
			if rules.Position > 0 && p.told == 0 {
				c.tellPlace(p, rules)
			}
			c.until(min(left, queueLook), func() bool { return p.woken || p.exit || c.wanted != nil })
			continue
		}
		if member = c.ringFor(p, rules, claimed, min(left, rules.Ring)); c.other != nil {
			return member, ""
		}
	}
	return member, "sent on"
}

// ringFor rings members for the caller, who hears music meanwhile. Those who do not
// answer are left in peace for a while.
func (c *Call) ringFor(p *turn, rules dialplan.Queue, claimed []dialplan.Target, timeout time.Duration) (member dialplan.Target) {
	b, rest := c.bridge, claimed
	defer func() { b.release(p, rest, rules.Retry) }()
	all := make([]calling, 0, len(claimed))
	for _, t := range claimed {
		all = append(all, c.callingAs(c.decision.Deliver(t), dialplan.DialOptions{}))
	}
	c.try(all, timeout)
	if c.other == nil {
		return member
	}
	member = c.answering(claimed)
	b.talks(p, member)
	rest = nil // the others have only been slower
	for _, t := range claimed {
		if t != member {
			b.release(p, []dialplan.Target{t}, 0)
		}
	}
	return member
}

// answering is the member that has answered.
func (c *Call) answering(claimed []dialplan.Target) dialplan.Target {
	for _, t := range claimed {
		if t.Kind == dialplan.TargetUser && t.Name == c.other.User() || c.decision.Deliver(t).String() == c.member {
			return t
		}
	}
	return claimed[0]
}

// served is the talk with a member. Then he rests.
func (c *Call) served(p *turn, rules dialplan.Queue, member dialplan.Target) {
	b := c.bridge
	p.stop()
	c.turn, c.presses = nil, nil
	b.dequeue(p, &p.queue.Answered)
	defer func() { b.release(p, []dialplan.Target{member}, rules.WrapUp) }()
	c.talkWith(dialplan.DialOptions{})
}

// pressedInQueue leaves the queue by its key.
func (c *Call) pressedInQueue(p *turn, rules dialplan.Queue, press Press) {
	if byte(press.Digit) != rules.Exit {
		return
	}
	p.exit = true
	if c.fork != nil {
		c.fork.quit = true
	}
}

// queueMusic lets the caller hear the music of a queue.
func (c *Call) queueMusic(rules dialplan.Queue) {
	c.hear(func(l Leg) {
		m := l.Media()
		if clip, ok := c.clip(rules.Music); ok && m != nil && rules.Music != "" && clip.Length() >= time.Second {
			m.Play(clip.Loop(), nil)
			return
		}
		c.playMusic(l)
	})
}

// tellPlaceIn tells the caller its place after a time, and then over and over.
func (c *Call) tellPlaceIn(p *turn, rules dialplan.Queue, d time.Duration) {
	if d <= 0 {
		return
	}
	p.timer = time.AfterFunc(d, func() {
		c.Post(func() {
			if c.turn == p && !c.ended {
				c.tellPlace(p, rules)
				c.tellPlaceIn(p, rules, d)
			}
		})
	})
}

// stop ends the telling.
func (p *turn) stop() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// tellPlace speaks the caller's place, digit by digit, and goes on with music.
func (c *Call) tellPlace(p *turn, rules dialplan.Queue) {
	p.told++
	told := p.told
	place := strconv.Itoa(c.bridge.position(p))
	var all []sound.Source
	if rules.Notice != "" {
		all = append(all, c.promptSound(dialplan.Prompt{File: rules.Notice}))
	}
	for _, digit := range place {
		if clip, ok := sound.Find(string(digit)); ok {
			all = append(all, clip.Source())
		}
	}
	c.log.Debug("told its place", "queue", rules.Name, "place", place)
	c.hear(func(l Leg) {
		if m := l.Media(); m != nil {
			m.Play(sound.Sequence(all...), func() {
				c.Post(func() {
					if c.turn == p && p.told == told && !c.ended {
						c.queueMusic(rules)
					}
				})
			})
		}
	})
}
