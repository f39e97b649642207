package event

import (
	"fmt"
	"strings"
	"time"
)

// summaryType is the media type of RFC 3842 §5.
const summaryType = "application/simple-message-summary"

// summaryPackage is what waits for a user: RFC 3842.
type summaryPackage struct {
	mailbox func(user string) []Waiting
	domain  string
}

func (summaryPackage) name() string { return summaryEvent }

func (summaryPackage) mime() string { return summaryType }

func (p summaryPackage) write(_ time.Time, user string, _ *view) []byte {
	var waiting []Waiting
	if p.mailbox != nil {
		waiting = p.mailbox(user)
	}
	any, lines := "no", ""
	for _, w := range waiting {
		if w.New > 0 {
			any = "yes"
		}
		lines += fmt.Sprintf("%s: %d/%d\r\n", w.Class, w.New, w.Old)
	}
	return []byte(strings.Join([]string{"Messages-Waiting: " + any, "Message-Account: " + aor(user, p.domain), lines}, "\r\n"))
}
