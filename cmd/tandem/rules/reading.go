package rules

import (
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/media/sound"
)

// Reading is how every verb and the gateway read a file: by the sounds that there are
// beside its own, by which of its own can be played, and by where files can be kept.
func Reading() config.Options {
	return config.Options{Sounds: sound.Names(), Playable: sound.CheckWAV, Keepable: machine.Keepable}
}

// ReadingThoroughly is how one is read by who wants to know all that may be wrong.
func ReadingThoroughly() config.Options {
	o := Reading()
	o.Thorough = true
	return o
}
