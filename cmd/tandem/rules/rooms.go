package rules

import (
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/media"
)

// Rooms are the rooms of the configuration.
func Rooms(all []config.Room) []bridge.RoomRules {
	var rules []bridge.RoomRules
	for _, r := range all {
		rules = append(rules, bridge.RoomRules{
			Name: r.Name, PIN: string(r.PIN), ModeratorPIN: string(r.ModeratorPIN), Max: r.Max, Rate: media.Rate(r.Rate),
			Silent: !r.Announce, Locked: r.Lock, Record: r.Record,
		})
	}
	return rules
}
