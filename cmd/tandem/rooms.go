package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/bridge"
)

func newRooms(env environment) *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use:   "rooms [NAME [lock|unlock|mute|unmute|kick [MEMBER]]]",
		Short: "list the rooms of the running gateway, and who is in them",
		Long: "rooms asks the running gateway for its rooms, or for one with everybody who is in\n" +
			"it; and locks a room, mutes a member or puts one out.",
		Example: "  tandem rooms\n  tandem rooms 608              # who is in it\n  tandem rooms 608 lock\n" +
			"  tandem rooms 608 mute 2       # as `tandem rooms 608` names the member\n  tandem rooms 608 kick 2\n  tandem rooms --json",
		Args: takesUpTo("NAME", "ACT", "MEMBER"), ValidArgsFunction: completeRooms(env, &a),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return show(cmd, env, a, func(c *admin.Client) ([]admin.Room, error) { return c.Rooms(cmd.Context()) },
					func(all []admin.Room, now time.Time) error { return writeRooms(env, all, now) })
			case 1:
				return show(cmd, env, a, func(c *admin.Client) (admin.Room, error) { return c.Room(cmd.Context(), args[0]) },
					func(r admin.Room, now time.Time) error { return writeRoom(env, r, now) })
			}
			return actOnRoom(cmd, env, a, args)
		},
	}
	a.watchFlags(cmd)
	a.askFlags(cmd)
	return cmd
}

// actOnRoom does what the arguments say: NAME ACT, or NAME ACT MEMBER.
func actOnRoom(cmd *cobra.Command, env environment, a asking, args []string) error {
	ofRoom := []string{string(bridge.RoomLock), string(bridge.RoomUnlock)}
	ofMember := []string{string(bridge.RoomMute), string(bridge.RoomUnmute), string(bridge.RoomKick)}
	member := ""
	switch act := args[1]; {
	case slices.Contains(ofRoom, act):
		if len(args) > 2 {
			return usagef(cmd, "%q is too much", args[2])
		}
	case slices.Contains(ofMember, act):
		if len(args) < 3 {
			return usagef(cmd, "missing: MEMBER")
		}
		member = args[2]
	default:
		return usagef(cmd, "a room is not told to %q", act)
	}
	if args[1] == string(bridge.RoomKick) {
		if err := a.confirm(env, "Put member %s out of room %s?", member, args[0]); err != nil {
			return err
		}
	}
	client, err := a.reach(cmd.Context(), env)
	if err != nil {
		return err
	}
	return asked(client.ActOnRoom(cmd.Context(), args[0], member, args[1]))
}

// writeRooms writes all rooms, one a line.
func writeRooms(env environment, all []admin.Room, now time.Time) error {
	t := table{head: []string{"ROOM", "MEMBERS", "SPEAKS", "STATE", "FOR"}, most: []int{20, 0, 28}}
	for _, r := range all {
		speaks := ""
		for _, m := range r.Members {
			if m.Floor {
				speaks = m.Party
			}
		}
		t.add(nil, r.Name, fmt.Sprintf("%d/%d", len(r.Members), r.Max), speaks, roomState(r), ago(now, r.Since))
	}
	return t.write(env.out, "There is no room.")
}

func roomState(r admin.Room) string {
	var words []string
	if r.Locked {
		words = append(words, "locked")
	}
	if r.Private {
		words = append(words, "PIN")
	}
	if len(r.Members) > 0 && r.Rate > 0 {
		words = append(words, fmt.Sprintf("%d kHz", r.Rate/1000))
	}
	return strings.Join(words, ", ")
}

// writeRoom writes who is in a room, one a line.
func writeRoom(env environment, r admin.Room, now time.Time) error {
	t := table{head: []string{"MEMBER", "PARTY", "STATE", "FOR", "CALL"}, most: []int{0, 36}}
	for _, m := range r.Members {
		var words []string
		for _, w := range []struct {
			is   bool
			word string
		}{{m.Moderator, "moderator"}, {m.Muted, "muted"}, {m.Speaking, "speaking"}} {
			if w.is {
				words = append(words, w.word)
			}
		}
		t.add(nil, m.ID, m.Party, strings.Join(words, ", "), ago(now, m.Since), m.Call)
	}
	return t.write(env.out, "Nobody is in room "+r.Name+".")
}
