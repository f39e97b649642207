package bridge

import (
	"cmp"
	"strings"
	"time"

	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sound"
)

// maxPresses bounds the digits that wait to be read back; more are not heard.
const maxPresses = 32

// join lets two legs hear each other.
func join(a, b Leg) {
	if x, y := a.Media(), b.Media(); x != nil && y != nil {
		media.Join(x, y)
	}
}

// holdFile is the music that the gateway's owner may put beside the built-in one.
const holdFile = "hold.wav"

// playMusic lets a leg hear music until something else is heard.
func (c *Call) playMusic(l Leg) {
	m := l.Media()
	if m == nil {
		return
	}
	clip, ok := c.clip(holdFile)
	if !ok || clip.Length() < time.Second {
		clip = sound.HoldMusic()
	}
	m.Play(clip.Loop(), nil)
}

// hear lets the caller hear something until something else is heard; a leg that
// takes its place hears it from the beginning.
func (c *Call) hear(sound func(Leg)) {
	c.sound = sound
	sound(c.caller)
}

// silence lets a leg hear nothing.
func (c *Call) silence(l Leg) {
	if m := l.Media(); m != nil {
		m.Quiet()
	}
}

// playRingback lets an answered caller hear that it rings elsewhere.
func (c *Call) playRingback(l Leg) { c.startTone(l, "ringback") }

// startTone begins a tone that lasts until something else is heard.
func (c *Call) startTone(l Leg, name string) {
	m := l.Media()
	if m == nil {
		return
	}
	tone, err := sound.NewTone(name, c.bridge.tones(), 0)
	if err != nil {
		c.log.Error("tone", "name", name, "error", err)
		return
	}
	m.Play(tone, nil)
}

// sounding makes sure that the caller can hear us: in the call where it is
// answered, as early media where it is not.
func (c *Call) sounding() bool {
	if !c.answered.IsZero() {
		return true
	}
	if cause := c.caller.Progress(Progress{Sound: true}); cause.Status != 0 {
		c.over(cause)
		return false
	}
	c.rung = true
	return true
}

// echo gives the caller's sound back until it hangs up.
func (c *Call) echo() {
	if !c.sounding() {
		return
	}
	c.reached(c.asked())
	c.hear(func(l Leg) {
		if m := l.Media(); m != nil {
			m.Echo()
		}
	})
	c.until(0, func() bool { return false })
}

// play plays sound files; one that is missing is told by a tone.
func (c *Call) play(s dialplan.PlayStep) {
	if !c.sounding() {
		return
	}
	pressed := false
	if s.Until != "" {
		c.presses = func(p Press) { pressed = pressed || strings.Contains(s.Until, p.Digit.String()) }
		defer func() { c.presses = nil }()
	}
	for range max(s.Times, 1) {
		for _, file := range s.Files() {
			if c.ended || c.wanted != nil || pressed {
				return
			}
			c.playFile(file, func() bool { return pressed })
		}
	}
}

// playFile plays one file to its end, or until stop says so.
func (c *Call) playFile(file string, stop func() bool) {
	clip, ok := c.clip(file)
	if !ok {
		c.log.Warn("no such sound", "file", file)
		c.playUntil(func() (sound.Source, error) { return sound.NewTone("info", c.bridge.tones(), 2*time.Second) }, stop)
		return
	}
	c.playUntil(func() (sound.Source, error) { return clip.Source(), nil }, stop)
}

func (c *Call) clip(file string) (*sound.Clip, bool) {
	if find := c.bridge.cfg.Sounds; find != nil {
		if clip, ok := find(file); ok {
			return clip, true
		}
	}
	return sound.Find(file)
}

// tone plays a named tone for dialplan.ToneTime.
func (c *Call) tone(s dialplan.ToneStep) {
	if !c.sounding() {
		return
	}
	country := cmp.Or(s.Country, c.bridge.tones())
	c.playToEnd(func() (sound.Source, error) { return sound.NewTone(s.Name, country, dialplan.ToneTime) })
}

// playToEnd plays a source to the caller and waits until it has ended.
func (c *Call) playToEnd(open func() (sound.Source, error)) {
	c.playUntil(open, func() bool { return false })
}

// playUntil is playToEnd that is over as soon as stop says so.
func (c *Call) playUntil(open func() (sound.Source, error), stop func() bool) {
	ended := false
	c.hear(func(l Leg) {
		src, err := open()
		m := l.Media()
		if err != nil || m == nil {
			c.log.Debug("not played", "error", err)
			ended = true
			return
		}
		m.Play(src, func() { c.Post(func() { ended = true }) })
	})
	c.until(dialplan.MaxWait, func() bool { return ended || stop() })
	c.sound = nil
	if !ended && !c.ended && stop() {
		c.silence(c.caller)
	}
}

// readBack says the digits that the caller presses, one by one.
func (c *Call) readBack() {
	c.answer()
	var queue []media.Digit
	c.presses = func(p Press) {
		if len(queue) < maxPresses {
			queue = append(queue, p.Digit)
		}
	}
	defer func() { c.presses = nil }()
	for !c.ended {
		c.until(0, func() bool { return len(queue) > 0 })
		if c.ended {
			return
		}
		d := queue[0]
		queue = queue[1:]
		clip, ok := sound.Find(soundOf(d))
		if !ok {
			continue
		}
		c.playToEnd(func() (sound.Source, error) { return clip.Source(), nil })
	}
}

// soundOf names the built-in sound of a digit.
func soundOf(d media.Digit) string {
	switch d {
	case '*':
		return "star"
	case '#':
		return "hash"
	}
	return d.String()
}
