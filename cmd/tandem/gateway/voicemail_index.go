package gateway

import (
	"context"
	"time"

	"github.com/tandemgw/tandem/store/sql"
)

// voicemailKey names a message of all boxes: the box, and its ID there.
type voicemailKey struct{ box, id string }

// voicemailIndex has the store know the messages of all boxes, which are files.
func (g *Gateway) voicemailIndex() *mirror[voicemailKey, sql.VoiceMessage] {
	db := g.records.db
	return &mirror[voicemailKey, sql.VoiceMessage]{of: original[voicemailKey, sql.VoiceMessage]{
		edits: g.boxes.Edits,
		all:   g.voiceMessages,
		known: func(ctx context.Context) (map[voicemailKey]sql.VoiceMessage, error) {
			all, err := db.Voicemail(ctx)
			known := make(map[voicemailKey]sql.VoiceMessage, len(all))
			for _, m := range all {
				known[voicemailKey{m.Box, m.ID}] = m
			}
			return known, err
		},
		same:   func(known, now sql.VoiceMessage) bool { return known == now },
		put:    db.PutVoicemail,
		forget: db.ForgetVoicemail,
	}}
}

// voiceMessages are the messages in all boxes, as the store has them.
func (g *Gateway) voiceMessages() map[voicemailKey]sql.VoiceMessage {
	all := map[voicemailKey]sql.VoiceMessage{}
	for _, box := range g.boxes.Boxes() {
		for _, m := range g.boxes.Messages(box) {
			all[voicemailKey{m.Box, m.ID}] = sql.VoiceMessage{
				Box: m.Box, ID: m.ID, From: m.From.User, FromName: m.From.Name, Dialed: m.To,
				At: m.At.UTC().Truncate(time.Millisecond), Length: m.Length.Truncate(time.Millisecond), Folder: string(m.Folder),
			}
		}
	}
	return all
}
