package gateway

import (
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/dialplan"
	"github.com/tandemgw/tandem/media"
)

func (g *Gateway) newRoom(c media.RoomConfig) (*media.Room, error) { return media.NewRoom(g.engine, c) }

func (g *Gateway) room(name string) (bridge.RoomView, bool) { return g.bridge.Room(name) }

// roomOf is the room that a call to a number leads to, if it leads to one first.
func (g *Gateway) roomOf(src dialplan.Source, number string) string {
	for _, s := range g.file().Plan.Route(dialplan.Request{From: src, To: number, Caller: src.Name, At: time.Now()}).Steps {
		switch s := s.(type) {
		case dialplan.RoomStep:
			return s.Name
		case dialplan.DialStep:
			if s.Targets[0].Kind == dialplan.TargetRoom {
				return s.Targets[0].Name
			}
			return ""
		case dialplan.AnswerStep, dialplan.PlayStep, dialplan.WaitStep, dialplan.RecordStep:
		default:
			return ""
		}
	}
	return ""
}

// roomViews are all rooms, and who is in them.
func (g *Gateway) roomViews() []admin.Room {
	var views []admin.Room
	for _, r := range g.bridge.Rooms() {
		v := admin.Room{
			Name: r.Name, Known: r.Known, Locked: r.Locked, Private: r.Private, Max: r.Max, Rate: int(r.Rate), Since: r.Since,
			Members: []admin.Member{},
		}
		for _, m := range r.Members {
			v.Members = append(v.Members, admin.Member{
				ID: m.ID, Call: string(m.Call), Party: m.Party.String(), Moderator: m.Moderator, Muted: m.Muted,
				Speaking: m.Speaking, Floor: m.Floor, Since: m.Since,
			})
		}
		views = append(views, v)
	}
	return views
}
