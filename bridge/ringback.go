package bridge

import (
	"slices"

	"github.com/tandemgw/tandem/dialplan"
)

// A caller hears of the ringing from its own telephone (180), from the far end
// (early media), or from us: a ringback that a step names. Ours begins when the far
// end is alerted and lasts over all the targets of the step.

// alerted tells the caller that a branch rings.
func (c *Call) alerted(l Leg) {
	if who := c.fork.called[l]; who != nil && who.options.Ringback != "" {
		c.startRingback(who.options.Ringback)
		return
	}
	c.tellRinging()
}

// startRingback lets the caller hear what a step names while it rings.
func (c *Call) startRingback(name string) {
	if c.caller == nil || c.backing == name {
		return
	}
	if !c.sounding() {
		return
	}
	c.backing = name
	c.hear(func(l Leg) { c.playBacking(l, name) })
}

// playBacking plays a ringback to a leg until something else is heard.
func (c *Call) playBacking(l Leg, name string) {
	switch {
	case name == dialplan.RingbackMusic:
		c.playMusic(l)
	case slices.Contains(dialplan.Tones(), name):
		c.startTone(l, name)
	default:
		clip, ok := c.clip(name)
		m := l.Media()
		switch {
		case m == nil:
		case ok && clip.Length() > 0:
			m.Play(clip.Loop(), nil)
		default:
			c.log.Warn("no such sound", "file", name)
			c.playRingback(l)
		}
	}
}

// endRingback ends the ringback of a step that nobody has answered.
func (c *Call) endRingback() {
	if c.backing == "" {
		return
	}
	c.backing = ""
	if c.other == nil && c.caller != nil && !c.ended {
		c.sound = nil
		c.silence(c.caller)
	}
}

// hearsEarly says whether the caller is to hear what a branch sends before it
// answers. Where not, the caller may be told that it rings.
func (c *Call) hearsEarly(l Leg) bool {
	who := c.fork.called[l]
	if who == nil || who.options.HearsEarly() {
		return true
	}
	if who.options.Early != dialplan.EarlyNone {
		c.alerted(l)
	}
	return false
}
