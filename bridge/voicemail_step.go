package bridge

import (
	"errors"
	"io"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media/sound"
)

const (
	// longestQuiet is how long nobody speaks before a message is thought to be over.
	longestQuiet = 7 * time.Second
	// lookEvery is how often a recording is looked at.
	lookEvery = 250 * time.Millisecond
	// longestGreeting bounds a greeting that is recorded by telephone.
	longestGreeting = 2 * time.Minute
)

// voicemail takes a message for a box, and ends the call then. Where there is no such
// box it does nothing, and the call is left to the next step.
//
//	caller            Call.voicemail          Desk
//	  |<----- 200 ---------|                    |
//	  |<--- greeting ------|                    |   # skips it, * listens to the box
//	  |<----- beep --------|                    |
//	  |--- sound --------->|===== Take ========>|
//	  |--- # ------------->| or BYE, silence, too long
//	  |<--- "vm-saved" ----|<-- it is there ----|
func (c *Call) voicemail(s dialplan.VoicemailStep) {
	desk := c.bridge.cfg.Mailboxes
	var box voicemail.Box
	there := false
	if desk != nil {
		box, there = desk.Box(s.Box)
	}
	if !there {
		if c.failure.Status == 0 {
			c.failure = refuse(404, "there is no box "+s.Box)
		}
		return
	}
	busy := s.Options.Busy || c.failure.Status == 486 || c.failure.Status == 600
	if c.answer(); c.ended {
		return
	}
	k := c.prompter()
	defer k.release()
	c.note(Voicemail, c.caller, "leaves a message in box "+box.Name)
	c.outcome = &tandem.CauseNormal
	k.play(c.greeting(box, s.Options.Greeting, busy)...)
	if d := k.take(); d == '*' {
		c.open(desk, k, box.Name, false)
		return
	}
	k.keys = nil
	k.say("vm-beep")
	if c.ended {
		return
	}
	k.keys = nil
	take, err := desk.Begin(voicemail.Draft{Box: box.Name, From: c.shown, To: c.arrival.To, At: time.Now()}, c.caller.Media())
	if err != nil {
		c.note(Voicemail, c.caller, "box "+box.Name+" takes no message: "+err.Error())
		if errors.Is(err, voicemail.ErrFull) {
			k.say("vm-full")
		} else {
			k.say("vm-error")
		}
		return
	}
	c.told(k, box.Name, c.dictate(k, take, box.Length))
}

// told lets the caller hear what became of a message.
func (c *Call) told(k *prompter, box string, o voicemail.Outcome) {
	switch {
	case o.Kept:
		c.note(Voicemail, c.caller, "left "+o.Message.Length.Round(time.Second).String()+" in box "+box)
		k.say("vm-saved", "goodbye")
	case o.Short:
		k.say("vm-short", "goodbye")
	case !c.ended:
		c.note(Voicemail, c.caller, "the message for box "+box+" could not be kept")
		k.say("vm-error")
	}
}

// dictate records until the caller presses # or is gone, nobody speaks any more, or
// it has lasted long enough, and waits until it is kept.
func (c *Call) dictate(k *prompter, take *voicemail.Take, most time.Duration) voicemail.Outcome {
	done := false
	finish := func(told func(voicemail.Outcome)) {
		if !done {
			done, c.take = true, nil
			take.Finish(true, told)
		}
	}
	defer finish(nil) // also when the call's goroutine panics
	c.take = take
	c.silence(c.caller)
	ends := time.Now().Add(most)
	for !c.ended && c.wanted == nil && !take.Failed() && take.Quiet() < longestQuiet && time.Now().Before(ends) {
		if k.next(min(lookEvery, time.Until(ends))) == '#' {
			break
		}
	}
	if c.ended {
		return voicemail.Outcome{}
	}
	outcome, _ := aside(c, func() voicemail.Outcome {
		got := make(chan voicemail.Outcome, 1)
		finish(func(o voicemail.Outcome) { got <- o })
		return <-got
	})
	return outcome
}

// greeting is what callers of a box hear.
func (c *Call) greeting(box voicemail.Box, file string, busy bool) []*sound.Clip {
	if clip, ok := c.clipOf(file); ok {
		return []*sound.Clip{clip}
	}
	if clip := c.recorded(box.Name, busy); clip != nil {
		return []*sound.Clip{clip}
	}
	if clip, ok := c.clipOf(box.Greeting); ok {
		return []*sound.Clip{clip}
	}
	word := "vm-away"
	if busy {
		word = "vm-busy"
	}
	var clips []*sound.Clip
	for _, w := range append(spell(box.Name), word) {
		if clip, ok := c.clip(w + ".wav"); ok {
			clips = append(clips, clip)
		}
	}
	return clips
}

// clipOf finds a sound that is named; none where it is not.
func (c *Call) clipOf(file string) (*sound.Clip, bool) {
	if file == "" {
		return nil, false
	}
	clip, ok := c.clip(file)
	if !ok {
		c.log.Warn("no such sound", "file", file)
	}
	return clip, ok
}

// recorded is the greeting that somebody has recorded by telephone; nil for none.
// Where there is none for a busy one, the other serves.
func (c *Call) recorded(box string, busy bool) *sound.Clip {
	keeper := c.bridge.cfg.Mailboxes.Keeper()
	clip, _ := aside(c, func() *sound.Clip {
		if busy {
			if clip := readClip(keeper.Greeting(box, voicemail.GreetingBusy)); clip != nil {
				return clip
			}
		}
		return readClip(keeper.Greeting(box, voicemail.GreetingAway))
	})
	return clip
}

// readClip reads a WAV file; nil where there is none, or it cannot be read.
func readClip(file io.ReadCloser, err error) *sound.Clip {
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	clip, err := sound.OpenWAV(file)
	if err != nil {
		return nil
	}
	return clip
}
