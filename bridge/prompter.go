package bridge

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/sound"
)

// prompter says something to the caller and takes the keys that it presses: they wait
// in order, at most maxPresses, so that who knows his way need not wait for what is
// said.
type prompter struct {
	c    *Call
	keys []media.Digit
}

// prompter returns one that takes the caller's keys from now on; release ends that.
func (c *Call) prompter() *prompter {
	k := &prompter{c: c}
	c.presses = func(p Press) {
		if len(k.keys) < maxPresses {
			k.keys = append(k.keys, p.Digit)
		}
	}
	return k
}

func (k *prompter) release() { k.c.presses = nil }

// take gives the next key that waits; 0 when none does.
func (k *prompter) take() media.Digit {
	if len(k.keys) == 0 {
		return 0
	}
	d := k.keys[0]
	k.keys = k.keys[1:]
	return d
}

// next waits for a key; 0 when none comes in time, or the call has ended.
func (k *prompter) next(wait time.Duration) media.Digit {
	k.c.until(wait, func() bool { return len(k.keys) > 0 || k.c.wanted != nil })
	if k.c.ended {
		return 0
	}
	return k.take()
}

// read takes digits until #, the most there are, or a pause. ok is false when none
// came at all, or the call has ended.
func (k *prompter) read(most int) (digits string, ok bool) {
	wait := pinFirst
	for len(digits) < most {
		d := k.next(wait)
		switch {
		case k.c.ended:
			return "", false
		case d == 0:
			return digits, digits != ""
		case d == '#':
			return digits, true
		}
		digits += string(rune(d))
		wait = pinNext
	}
	return digits, true
}

// say lets the caller hear words one after the other until they have ended or a key
// is pressed. A word is a sound file without its ".wav", or a digit; one that there
// is not is left out.
func (k *prompter) say(words ...string) {
	c := k.c
	var clips []*sound.Clip
	for _, w := range words {
		if clip, ok := c.clip(w + ".wav"); ok {
			clips = append(clips, clip)
		}
	}
	k.play(clips...)
}

// play lets the caller hear clips one after the other until they have ended or a key
// is pressed, and says whether they were heard to the end.
func (k *prompter) play(clips ...*sound.Clip) (whole bool) {
	c := k.c
	if c.ended || c.wanted != nil || len(clips) == 0 || len(k.keys) > 0 {
		return len(clips) == 0
	}
	c.hear(func(l Leg) {
		sources := make([]sound.Source, len(clips))
		for i, clip := range clips {
			sources[i] = clip.Source()
		}
		m := l.Media()
		if m == nil {
			whole = true
			return
		}
		m.Play(sound.Sequence(sources...), func() { c.Post(func() { whole = true }) })
	})
	c.until(dialplan.MaxWait, func() bool { return whole || len(k.keys) > 0 || c.wanted != nil })
	c.sound = nil
	if !whole && !c.ended {
		c.silence(c.caller)
	}
	return whole
}

// spell gives the words of a number: its digits, one by one; what is none is left
// out.
func spell(number string) (words []string) {
	for _, r := range number {
		if r >= '0' && r <= '9' {
			words = append(words, string(r))
		}
	}
	return words
}

// aside runs f, which may wait for the disk, while the call goes on, and waits for
// what it gives; ok is false where the call has ended before.
func aside[T any](c *Call, f func() T) (x T, ok bool) {
	got := make(chan T, 1)
	c.apart(func() {
		got <- f()
		c.Post(func() {}) // lets until look; where that is refused, there is enough in the inbox that does
	})
	c.until(0, func() bool {
		if !ok {
			select {
			case x = <-got:
				ok = true
			default:
			}
		}
		return ok
	})
	return x, ok
}

// apart runs f beside the call, which does not wait for it. The Bridge does.
func (c *Call) apart(f func()) {
	c.bridge.wg.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				c.log.Error("work beside a call panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				c.Post(func() { c.over(c.stopped()) })
			}
		}()
		f()
	})
}
