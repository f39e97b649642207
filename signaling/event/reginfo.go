package event

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/tandemgw/tandem/signaling/registrar"
)

// regPackage is which devices of a user are registered: RFC 3680.
type regPackage struct {
	registrar *registrar.Registrar
	domain    string
}

func (regPackage) name() string { return regEvent }

func (regPackage) mime() string { return "application/reginfo+xml" }

// write gives all bindings of a user, and once more as terminated those that the
// watcher was shown and that are gone.
func (p regPackage) write(now time.Time, user string, v *view) []byte {
	shown, parts := make(map[string]string), ""
	for _, b := range p.registrar.Lookup(now, user) {
		id := contactID(b)
		parts += contact(id, "active", "registered", now, b)
		shown[id] = contact(id, "terminated", "unregistered", now, b)
	}
	state := "active"
	if len(shown) == 0 {
		state = "terminated"
	}
	for _, part := range v.ended(shown) {
		parts += part
	}
	if parts == "" {
		state = "init"
	}
	return fmt.Appendf(nil, `%s<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="%d" state="full">`+"\n"+
		`<registration aor="%s" id="r1" state="%s">`+"\n%s</registration>\n</reginfo>\n",
		xmlHead, v.version, escaped(aor(user, p.domain)), state, parts)
}

// contactID names a binding for as long as it lasts.
func contactID(b registrar.Binding) string {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s %s %s %d", b.Contact.String(), b.Instance, b.RegID, b.Since.UnixNano()) // a hash takes everything
	return fmt.Sprintf("c%016x", h.Sum64())
}

func contact(id, state, event string, now time.Time, b registrar.Binding) string {
	var more strings.Builder
	if state == "active" {
		fmt.Fprintf(&more, ` duration-registered="%d" expires="%d" q="%.1f"`, until(b.Since, now), until(now, b.Expires), b.Q)
	}
	agent := ""
	if b.UserAgent != "" {
		agent = `<unknown-param name="user-agent">` + escaped(b.UserAgent) + "</unknown-param>"
	}
	return fmt.Sprintf(`<contact id="%s" state="%s" event="%s"%s><uri>%s</uri>%s</contact>`+"\n",
		id, state, event, more.String(), escaped(b.Contact.String()), agent)
}
