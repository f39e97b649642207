package event

import (
	"fmt"
	"strings"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
)

// dialogPackage is the lamp of a user: RFC 4235.
type dialogPackage struct {
	calls  *calls
	domain string
}

func (dialogPackage) name() string { return dialogEvent }

func (dialogPackage) mime() string { return "application/dialog-info+xml" }

// write gives all dialogs of a user, and once more as terminated those that the
// watcher was shown and that are over: many phones put their lamp out for nothing
// else. Call-ID and tags are left out: who knows them can take a call over (RFC
// 4235 §6, RFC 3891 §7).
func (p dialogPackage) write(_ time.Time, user string, v *view) []byte {
	self := aor(user, p.domain)
	var b strings.Builder
	b.WriteString(xmlHead)
	fmt.Fprintf(&b, `<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="%d" state="full" entity="%s">`+"\n", v.version, escaped(self))
	shown := make(map[string]string)
	for _, l := range p.calls.of(user) {
		b.WriteString(p.dialog(l, [...]string{"trying", "early", "confirmed"}[l.Stage], self))
		shown[l.id] = p.dialog(l, "terminated", self)
	}
	for _, part := range v.ended(shown) {
		b.WriteString(part)
	}
	b.WriteString("</dialog-info>\n")
	return []byte(b.String())
}

// dialog writes one dialog as the user's own device sees it.
func (p dialogPackage) dialog(l standing, state, self string) string {
	direction := "initiator"
	if l.Called {
		direction = "recipient"
	}
	rendering := ""
	if l.Held && l.Stage == bridge.Confirmed && state == "confirmed" {
		rendering = `<param pname="+sip.rendering" pval="no"/>` // RFC 4235 §4.1.6
	}
	return fmt.Sprintf(`<dialog id="%s" direction="%s"><state>%s</state>`+
		`<local><identity>%[4]s</identity><target uri="%[4]s">%[5]s</target></local><remote>%[6]s</remote></dialog>`+"\n",
		l.id, direction, state, escaped(self), rendering, p.remote(l.Other))
}

// remote writes whom a user talks with; nothing is known of where that is, and
// nothing is said of who withholds it.
func (p dialogPackage) remote(a tandem.Address) string {
	if a.Private {
		a = tandem.Address{}
	}
	if a.User == "" {
		a.User = "anonymous"
	}
	display := ""
	if name := tandem.Clean(a.Name, maxText); name != "" {
		display = ` display="` + escaped(name) + `"`
	}
	at := escaped(aor(a.User, p.domain))
	return fmt.Sprintf(`<identity%s>%s</identity><target uri="%s"/>`, display, at, at)
}
