package sound

import (
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem/codecs"
)

// chimes are the built-in sounds that are no speech, by their names without ".wav":
// what voicemail says where nobody has put words of that name into the folder of
// sounds. They never change.
//
//	vm-beep      speak now             vm-new       so many new messages (after the digits)
//	vm-away      after the box's name  vm-old       so many others (after the digits)
//	vm-busy      the same, busy        vm-none      there is no message, or no further one
//	vm-full      the box is full       vm-menu      a key is waited for
//	vm-error     it cannot be kept     vm-options   a key of the options is waited for
//	vm-box       which box?            vm-saved     it is kept
//	vm-pin       which PIN?            vm-deleted   it is deleted
//	vm-wrong     that is wrong         vm-restored  it is not deleted any more
//	vm-short     it was too short      vm-unknown   a caller without a number
//	vm-from, vm-at: before the caller's number, and before day, month, hour, minute
var chimes = sync.OnceValue(func() map[string]*Clip {
	const (
		short, long = 90 * time.Millisecond, 400 * time.Millisecond
		gap         = 60 * time.Millisecond
		low, high   = 440.0, 660.0
	)
	type note struct {
		hz     float64 // 0: silence
		length time.Duration
	}
	up, down := []note{{low, short}, {high, short}}, []note{{high, short}, {low, short}}
	times := func(n int, hz float64, d time.Duration) (notes []note) {
		for range n {
			notes = append(notes, note{hz, d}, note{0, gap})
		}
		return notes
	}
	all := map[string][]note{
		"vm-beep": {{950, long}},
		"vm-away": append(times(1, low, 2*short), up...),
		"vm-busy": times(2, low, 2*short),
		"vm-full": times(3, low, 2*short), "vm-error": times(3, low/2, 2*short),
		"vm-box": times(3, high, short), "vm-pin": times(2, high, short),
		"vm-wrong": {{low / 2, long}}, "vm-short": {{low / 2, long}},
		"vm-new": {{high, 2 * short}}, "vm-old": {{low, 2 * short}}, "vm-none": times(2, low/2, short),
		"vm-menu": {{high, short}}, "vm-options": times(2, 950, short),
		"vm-saved": up, "vm-deleted": down, "vm-restored": append(up, note{950, short}),
		"vm-unknown": times(1, low/2, short), "vm-from": {{0, 2 * gap}}, "vm-at": {{0, 4 * gap}},
	}
	clips := make(map[string]*Clip, len(all))
	for name, notes := range all {
		var steps []codecs.Step
		total := time.Duration(0)
		for _, n := range notes {
			step := codecs.Step{Length: n.length}
			if n.hz > 0 {
				step.Sines = [2]codecs.Sine{{Hz: n.hz, Level: -19}}
			}
			steps = append(steps, step)
			total += n.length
		}
		tone, err := codecs.NewTone(codecs.Rate8k, codecs.Spec{Steps: steps, Times: 1})
		if err != nil {
			continue
		}
		pcm := make([]int16, codecs.Rate8k.Samples(total+gap))
		tone.Frame(pcm)
		clips[name] = &Clip{narrow: pcm}
	}
	return clips
})

// chime returns one of the chimes, by its name with or without ".wav".
func chime(name string) (*Clip, bool) {
	c, ok := chimes()[strings.TrimSuffix(strings.ToLower(name), ".wav")]
	return c, ok
}
