package voicemail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	// The first mail of a message that fails is tried again after mailFirst, each
	// further time after twice as long, at most mailMost, and not at all once it has
	// waited for mailFor.
	mailFirst = time.Minute
	mailMost  = 2 * time.Hour
	mailFor   = 3 * 24 * time.Hour
	// mailPatience is how long a server may take for one mail.
	mailPatience = 2 * time.Minute
	// maxMailSound is the largest WAV that goes by mail; of a longer message the
	// mail tells that it is there.
	maxMailSound = 20 << 20
)

// Mail is one mail about a message.
type Mail struct {
	Box     Box
	Message Message
	// Sound is the message as WAV; nil where the box wants none, or it is too long.
	Sound []byte
}

// letter is the mail that a message of a box will want; nil for none.
func (d *Desk) letter(box string) *Letter {
	b, _ := d.Box(box)
	if d.c.Send == nil || b.Email == "" {
		return nil
	}
	return &Letter{}
}

// wake lets the mail be looked at.
func (d *Desk) wake() {
	select {
	case d.letters <- struct{}{}:
	default: // it will be
	}
}

// sendMail sends what is due, one after the other, until ctx ends.
func (d *Desk) sendMail(ctx context.Context) {
	if d.c.Send == nil {
		return
	}
	for {
		next, some := d.sendDue(ctx)
		wait := 24 * time.Hour
		if some {
			wait = time.Until(next)
		}
		t := time.NewTimer(wait)
		select {
		case <-d.letters:
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// sendDue sends what is due and says when there is more to do.
func (d *Desk) sendDue(ctx context.Context) (next time.Time, some bool) {
	for _, b := range d.Boxes() {
		for _, m := range d.c.Keeper.Messages(b.Name) {
			if m.Letter == nil || ctx.Err() != nil {
				continue
			}
			if now := time.Now(); !now.Before(m.Letter.Next) {
				m.Letter = d.sendOne(ctx, b, m)
			}
			if m.Letter != nil && (!some || m.Letter.Next.Before(next)) {
				next, some = m.Letter.Next, true
			}
		}
	}
	return next, some
}

// sendOne sends the mail of a message, and returns what is still to be done.
func (d *Desk) sendOne(ctx context.Context, b Box, m Message) *Letter {
	whole, err := d.post(ctx, b, m)
	if ctx.Err() != nil {
		return m.Letter // as if it had not been tried: better twice than never
	}
	now := time.Now()
	l := *m.Letter
	if l.Since.IsZero() {
		l.Since = now
	}
	switch {
	case err == nil:
		d.counts.mailed.Add(1)
		d.log.Info("voicemail was sent by mail", "box", b.Name, "id", m.ID)
		if b.DeleteAfterMail && whole {
			if err := d.Delete(b.Name, m.ID); err == nil {
				return nil
			}
		}
		m.Letter = nil
	case now.Sub(l.Since) >= mailFor:
		d.counts.mailFailed.Add(1)
		d.log.Error("voicemail is not sent by mail any more, and stays in its box", "box", b.Name, "id", m.ID, "tries", l.Tries+1, "error", err)
		m.Letter = nil
	default:
		d.counts.mailFailed.Add(1)
		l.Next, l.Error = now.Add(min(mailFirst<<min(l.Tries, 16), mailMost)), err.Error()
		l.Tries++
		d.log.Warn("voicemail could not be sent by mail", "box", b.Name, "id", m.ID, "tries", l.Tries, "next", l.Next, "error", err)
		m.Letter = &l
	}
	d.keepLetter(m)
	return m.Letter
}

// keepLetter keeps what is to be sent of a message, whatever else of it has become
// another in between.
func (d *Desk) keepLetter(m Message) {
	err := d.c.Keeper.Update(m.Box, m.ID, func(now *Message) { now.Letter = m.Letter })
	if err != nil && !errors.Is(err, ErrGone) {
		d.log.Error("what mail is to be sent cannot be kept", "box", m.Box, "id", m.ID, "error", err)
	}
}

// post hands one mail to the server; whole says that the sound was in it.
func (d *Desk) post(ctx context.Context, b Box, m Message) (whole bool, err error) {
	if b.Email == "" {
		return false, nil // not wanted any more
	}
	mail := Mail{Box: b, Message: m}
	if b.Attach {
		sound, err := d.c.Keeper.Sound(b.Name, m.ID)
		if err != nil {
			return false, fmt.Errorf("open the sound: %w", err)
		}
		mail.Sound, err = io.ReadAll(io.LimitReader(sound, maxMailSound+1))
		_ = sound.Close()
		if err != nil {
			return false, fmt.Errorf("read the sound: %w", err)
		}
		if len(mail.Sound) > maxMailSound {
			mail.Sound = nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, mailPatience)
	defer cancel()
	return len(mail.Sound) > 0, d.c.Send(ctx, mail)
}
