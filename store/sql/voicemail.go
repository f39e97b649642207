package sql

import (
	"context"
	db "database/sql"
	"time"
)

// VoiceMessage is a message of voicemail as the index has it. Its sound is in a file.
type VoiceMessage struct {
	Box, ID        string
	From, FromName string
	Dialed         string
	At             time.Time // to the millisecond
	Length         time.Duration
	Folder         string // "new" or "saved"
}

// PutVoicemail notes messages, in the place of what was noted of them before: all or none.
func (d *DB) PutVoicemail(ctx context.Context, all []VoiceMessage) error {
	return d.change(ctx, func(c *change) error {
		for _, m := range all {
			_, err := c.exec(`INSERT INTO voicemail (box, id, from_number, from_name, dialed, at_ms, length_ms, folder) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (box, id) DO UPDATE SET from_number = excluded.from_number, from_name = excluded.from_name, dialed = excluded.dialed,
				at_ms = excluded.at_ms, length_ms = excluded.length_ms, folder = excluded.folder`,
				m.Box, m.ID, m.From, m.FromName, m.Dialed, m.At.UnixMilli(), m.Length.Milliseconds(), m.Folder)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// ForgetVoicemail takes messages out of the index, by box and ID.
func (d *DB) ForgetVoicemail(ctx context.Context, all []VoiceMessage) error {
	return d.change(ctx, func(c *change) error {
		for _, m := range all {
			if _, err := c.exec("DELETE FROM voicemail WHERE box = ? AND id = ?", m.Box, m.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// Voicemail are the messages of the index, in the order of box and ID.
func (d *DB) Voicemail(ctx context.Context) (all []VoiceMessage, err error) {
	err = d.rows(ctx, func(rows *db.Rows) error {
		var m VoiceMessage
		var at, length int64
		err := rows.Scan(&m.Box, &m.ID, &m.From, &m.FromName, &m.Dialed, &at, &length, &m.Folder)
		m.At, m.Length = moment(at), time.Duration(length)*time.Millisecond
		all = append(all, m)
		return err
	}, "SELECT box, id, from_number, from_name, dialed, at_ms, length_ms, folder FROM voicemail ORDER BY box, id")
	return all, err
}
