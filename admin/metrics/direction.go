package metrics

import (
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
)

// directionOf says what an event tells of the way of its call; "" for nothing new. A
// call from a trunk to a trunk is one that goes out.
func directionOf(e *bridge.Event) string {
	switch {
	case e.Kind == bridge.Incoming && e.From.Kind == dialplan.FromTrunk:
		return incoming
	case e.Kind == bridge.Calling && e.Target.Kind == dialplan.TargetTrunk:
		return outgoing
	}
	return ""
}
