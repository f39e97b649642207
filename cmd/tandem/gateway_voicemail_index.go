package main

import (
	"context"
	"slices"
	"time"

	"github.com/tandemgw/tandem/store/sql"
)

// voicemailIndex has the store know the messages of all boxes, which are files. Its
// fields belong to its goroutine.
type voicemailIndex struct {
	g     *gateway
	known map[[2]string]sql.VoiceMessage // what the store knows, by box and ID; nil before it was asked
	edits uint64                         // of the boxes, when the store last knew all
	whole bool                           // it does
}

// indexVoicemail has the store follow the boxes, until ctx ends.
func (g *gateway) indexVoicemail(ctx context.Context) error {
	tick := time.NewTicker(indexEvery)
	defer tick.Stop()
	x := &voicemailIndex{g: g}
	for {
		x.follow(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// follow tells the store of what it does not know.
func (x *voicemailIndex) follow(ctx context.Context) {
	edits := x.g.boxes.Edits()
	if x.whole && edits == x.edits {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if x.known == nil {
		all, err := x.g.records.db.Voicemail(ctx)
		if err != nil {
			return
		}
		x.known = make(map[[2]string]sql.VoiceMessage, len(all))
		for _, m := range all {
			x.known[[2]string{m.Box, m.ID}] = m
		}
	}
	fresh, gone := x.differ()
	if x.tell(ctx, fresh, gone) == nil {
		x.edits, x.whole = edits, true
	}
}

// differ are the messages that the store does not know so, and those that it knows and
// that there are not.
func (x *voicemailIndex) differ() (fresh, gone []sql.VoiceMessage) {
	there := map[[2]string]bool{}
	for _, box := range x.g.boxes.Boxes() {
		for _, m := range x.g.boxes.Messages(box) {
			one := sql.VoiceMessage{
				Box: m.Box, ID: m.ID, From: m.From.User, FromName: m.From.Name, Dialed: m.To,
				At: m.At.UTC().Truncate(time.Millisecond), Length: m.Length.Truncate(time.Millisecond), Folder: string(m.Folder),
			}
			key := [2]string{m.Box, m.ID}
			there[key] = true
			if x.known[key] != one {
				fresh = append(fresh, one)
			}
		}
	}
	for key, m := range x.known {
		if !there[key] {
			gone = append(gone, m)
		}
	}
	return fresh, gone
}

// tell changes the index, some at a time.
func (x *voicemailIndex) tell(ctx context.Context, fresh, gone []sql.VoiceMessage) error {
	x.whole = false
	for some := range slices.Chunk(fresh, indexPage) {
		if err := x.g.records.db.PutVoicemail(ctx, some); err != nil {
			return err
		}
		for _, m := range some {
			x.known[[2]string{m.Box, m.ID}] = m
		}
	}
	for some := range slices.Chunk(gone, indexPage) {
		if err := x.g.records.db.ForgetVoicemail(ctx, some); err != nil {
			return err
		}
		for _, m := range some {
			delete(x.known, [2]string{m.Box, m.ID})
		}
	}
	return nil
}
