package post

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wneessen/go-mail"

	"github.com/tandemgw/tandem/bridge/voicemail"
)

// maxName is the longest name of a caller that a mail shows, in characters.
const maxName = 80

// write makes the mail of a message.
func (s *Sender) write(m voicemail.Mail) (*mail.Msg, error) {
	letter := mail.NewMsg()
	if err := letter.FromFormat("Voicemail", s.c.From); err != nil {
		return nil, err
	}
	if err := letter.AddToFormat(line(m.Box.DisplayName), m.Box.Email); err != nil {
		return nil, err
	}
	// The same each time that it is tried: who gets it twice sees it once.
	letter.SetMessageIDWithValue("voicemail-" + m.Message.ID + "@" + s.c.Domain)
	letter.SetDateWithValue(m.Message.At.In(s.c.Zone))
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody is to answer
	letter.Subject(fmt.Sprintf("Voicemail from %s (%s)", caller(m), length(m.Message.Length)))
	letter.SetBodyString(mail.TypeTextPlain, s.text(m))
	if len(m.Sound) > 0 {
		name := "voicemail-" + m.Message.At.In(s.c.Zone).Format("20060102-150405") + ".wav"
		if err := letter.AttachReader(name, bytes.NewReader(m.Sound), mail.WithFileContentType("audio/wav")); err != nil {
			return nil, err
		}
	}
	return letter, nil
}

// text is what a mail says.
func (s *Sender) text(m voicemail.Mail) string {
	x := m.Message
	var b strings.Builder
	fmt.Fprintf(&b, "There is a new message in box %s.\n\n", line(x.Box))
	fmt.Fprintf(&b, "From:   %s\n", caller(m))
	if x.To != "" && x.To != x.Box {
		fmt.Fprintf(&b, "Dialed: %s\n", line(x.To))
	}
	fmt.Fprintf(&b, "When:   %s\n", x.At.In(s.c.Zone).Format("Monday, 2 January 2006, 15:04 MST"))
	fmt.Fprintf(&b, "Length: %s\n\n", length(x.Length))
	switch {
	case m.Box.DeleteAfterMail && len(m.Sound) > 0:
		b.WriteString("It is attached, and not kept in the box.\n")
	case len(m.Sound) > 0:
		b.WriteString("It is attached, and waits in the box, too.\n")
	default:
		b.WriteString("It waits in the box.\n")
	}
	return b.String()
}

// caller is who left a message, in one line.
func caller(m voicemail.Mail) string {
	name, number := line(m.Message.From.Name), line(m.Message.From.User)
	switch {
	case number == "" && name == "":
		return "an unknown caller"
	case name == "" || name == number:
		return number
	case number == "":
		return name
	}
	return name + " <" + number + ">"
}

// line makes text of a caller fit for a header field: one line, of characters that
// can be seen, and not too long (RFC 5322 §2.2).
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > maxName {
		s = string(r[:maxName])
	}
	return strings.TrimSpace(s)
}

// length writes 42 s as 0:42.
func length(d time.Duration) string {
	seconds := int(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}
