package rules

import (
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/media/sound"
)

// Reading is how every verb and the gateway read a file: by the sounds that there are
// beside its own, and by which of its own can be played.
func Reading() config.Options {
	return config.Options{Sounds: sound.Names(), Playable: sound.CheckWAV}
}

// ReadingThoroughly is how one is read by who wants to know all that may be wrong.
func ReadingThoroughly() config.Options {
	o := Reading()
	o.Thorough = true
	return o
}
