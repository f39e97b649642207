package media

import (
	"sync"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sound"
)

// RoomSound is a short sound that tells something of a room.
type RoomSound uint8

// The sounds of rooms. The first two are heard by all.
const (
	RoomJoined   RoomSound = iota // two tones, up
	RoomLeft                      // two tones, down
	RoomMuted                     // one low tone
	RoomUnmuted                   // one high tone
	RoomLocked                    // three low tones
	RoomUnlocked                  // three high tones
	RoomRefused                   // a long low tone: a PIN is wrong, or a key has no meaning
	RoomAsks                      // two short high tones: a PIN is wanted
	roomSounds   = iota
)

// Source returns the sound to be played to whoever is not in the room.
func (s RoomSound) Source() sound.Source {
	i := min(int(s), roomSounds-1)
	return sound.NewClip(roomSound()[codecs.Rate8k][i], roomSound()[codecs.Rate16k][i]).Source()
}

// roomSound holds the samples of all sounds at each rate. They never change.
var roomSound = sync.OnceValue(func() map[codecs.Rate][roomSounds][]int16 {
	const (
		low, high, level  = 440, 660, -19
		short, long, none = 90 * time.Millisecond, 600 * time.Millisecond, 60 * time.Millisecond
	)
	tone := func(hz float64, d time.Duration) codecs.Step {
		return codecs.Step{Length: d, Sines: [2]codecs.Sine{{Hz: hz, Level: level}}}
	}
	pause := codecs.Step{Length: none}
	steps := [roomSounds][]codecs.Step{
		RoomJoined:   {tone(low, short), tone(high, short)},
		RoomLeft:     {tone(high, short), tone(low, short)},
		RoomMuted:    {tone(low, 2*short)},
		RoomUnmuted:  {tone(high, 2*short)},
		RoomLocked:   {tone(low, short), pause, tone(low, short), pause, tone(low, short)},
		RoomUnlocked: {tone(high, short), pause, tone(high, short), pause, tone(high, short)},
		RoomRefused:  {tone(low/2, long)},
		RoomAsks:     {tone(high, short), pause, tone(high, short)},
	}
	all := map[codecs.Rate][roomSounds][]int16{}
	for _, rate := range []codecs.Rate{codecs.Rate8k, codecs.Rate16k, codecs.Rate48k} {
		var sounds [roomSounds][]int16
		for i, s := range steps {
			t, err := codecs.NewTone(rate, codecs.Spec{Steps: s, Times: 1})
			if err != nil {
				continue
			}
			pcm := make([]int16, rate.Samples(time.Second))
			sounds[i] = pcm[:t.Frame(pcm)]
		}
		all[rate] = sounds
	}
	return all
})
