package rules

import (
	"time"

	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/signaling/dialog"
	"github.com/tandemgw/tandem/signaling/guard"
	"github.com/tandemgw/tandem/signaling/leg"
	"github.com/tandemgw/tandem/signaling/registrar"
)

// What follows turns blocks of the file into the rules of the packages that keep to
// them: at the start, and at each reload.

func Guard(f *config.File) guard.Limits {
	l := f.Limits
	return guard.Limits{PerSource: l.PerSource, PerUser: l.PerUser, Guesses: l.Guesses, Ban: l.Ban, Silent: l.Strangers == "silent"}
}

func Registrar(f *config.File) registrar.Rules {
	r := f.Registrar
	return registrar.Rules{Open: r.Open, Min: r.Min, Max: r.Max, Default: min(time.Hour, r.Max), MaxBindings: r.Devices}
}

// Calls is how legs are made, and how long they wait.
func Calls(f *config.File) leg.Policy {
	p := leg.Policy{
		Timer: dialog.TimerConfig{Interval: f.Calls.Timer}, Detach: f.Calls.Detach,
		Open: f.Registrar.Open, Secure: Secure(f), NoVideo: !f.Media.Video,
		Opus: media.OpusOptions{Bitrate: f.Media.Opus.Bitrate, NoFEC: !f.Media.Opus.FEC, DTX: f.Media.Opus.DTX},
	}
	if f.Media.Prefer == config.PreferPassthrough {
		p.Prefer = leg.Passthrough
	}
	return p
}
