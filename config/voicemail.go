package config

import (
	"cmp"
	"maps"
	"net/mail"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan"
)

// MaxBoxes is how many boxes a file may define, those of users not counted.
const MaxBoxes = 10000

// Box is where messages for a user or a group are left.
type Box struct {
	Name            string        // of the user, or of the mailbox block
	DisplayName     string        // empty when there is none
	PIN             Secret        // asked of who listens; empty: nobody listens by telephone, but with SkipPIN
	SkipPIN         bool          // the telephones of Users are not asked for the PIN
	Users           []string      // whose box it is: their lamps show it
	Email           string        // who is told by mail; empty for nobody
	Greeting        string        // sound file; empty for what was recorded, or the built-in one
	Max             int           // messages
	Length          time.Duration // of one message
	Total           time.Duration // of all messages together
	Keep            time.Duration // how long a message is kept; Off: until it is deleted
	Attach          bool          // mail has the sound
	DeleteAfterMail bool          // a message that was sent by mail is not kept
}

// Mail is the server that mail goes out through.
type Mail struct {
	Server   string // host name or address; empty when there is no mail block
	Port     int
	TLS      string // "starttls", "tls" or "none"
	CA       string // PEM file of the authorities that are believed; empty for the system's
	User     string
	Password Secret
	From     string // address of the sender
}

type placedBox struct {
	Box
	at, emailAt hcl.Range
}

// boxKeys are what may be said of a box; places are filled with where it was said.
func (l *loader) boxKeys(b *placedBox, places map[string]hcl.Range) []key {
	at := func(set func(value)) func(value) {
		return func(v value) {
			places[v.name[strings.LastIndexByte(v.name, ' ')+1:]] = v.at
			set(v)
		}
	}
	return []key{
		{"pin", at(func(v value) { v.pin(&b.PIN) })},
		{"skip_pin", at(func(v value) { v.boolean(&b.SkipPIN) })},
		{"email", at(func(v value) { v.mailAddress(&b.Email); b.emailAt = v.at })},
		{"greeting", func(v value) { v.sound(&b.Greeting) }},
		{"max", func(v value) { v.number(&b.Max, 1, 10000) }},
		{"length", func(v value) { v.duration(&b.Length, 5*time.Second, time.Hour) }},
		{"total", func(v value) { v.duration(&b.Total, time.Minute, 100*day) }},
		{"keep", func(v value) { v.durationOrOff(&b.Keep, time.Hour, 3650*day) }},
		{"attach", at(func(v value) { v.boolean(&b.Attach) })},
		{"delete_after_mail", at(func(v value) { v.boolean(&b.DeleteAfterMail) })},
	}
}

// newBox is a box with the defaults.
func newBox(name string) placedBox {
	return placedBox{Box: Box{Name: name, Max: 100, Length: 5 * time.Minute, Total: 4 * time.Hour, Keep: Off, Attach: true}}
}

// userBox reads the box of a user.
func (v value) userBox(u *placedUser) {
	b, places := newBox(u.Name), map[string]hcl.Range{}
	b.Users, b.at = []string{u.Name}, u.at
	if v.members(v.l.boxKeys(&b, places)) {
		v.l.checkBox(&b, places)
	}
	u.box = &b
}

// mailbox reads the box of a group.
func (l *loader) mailbox(block *hclsyntax.Block) {
	name, at, ok := l.label(block)
	b, places := newBox(name), map[string]hcl.Range{}
	b.at = at
	var members []value
	keys := append(l.boxKeys(&b, places),
		key{"name", func(v value) { v.line(&b.DisplayName) }},
		key{"users", func(v value) { members, _ = v.items(1000) }},
	)
	l.attributes(block.Body, section{name: "mailbox", keys: keys}, "mailbox "+place(block))
	l.seen.members = append(l.seen.members, boxMembers{len(l.seen.boxes), members})
	if !ok {
		l.seen.members = l.seen.members[:len(l.seen.members)-1]
		return
	}
	if !l.unknown["mailbox "+place(block)] {
		l.checkBox(&b, places)
	}
	if len(l.seen.boxes) == MaxBoxes {
		l.errorf(at, "", "a file defines at most %d boxes", MaxBoxes)
		return
	}
	l.seen.boxes = append(l.seen.boxes, b)
}

// boxMembers are the users that a mailbox names, by its index.
type boxMembers struct {
	box   int
	users []value
}

// checkBox checks what a box says as a whole.
func (l *loader) checkBox(b *placedBox, places map[string]hcl.Range) {
	_, hasEmail := places["email"]
	_, hasPIN := places["pin"]
	switch {
	case b.DeleteAfterMail && !hasEmail:
		l.errorf(places["delete_after_mail"], `Write email = "bob@example.com".`, "box %q deletes its messages after mail and has no email: they would be lost", b.Name)
	case b.DeleteAfterMail && !b.Attach:
		l.errorf(places["delete_after_mail"], "Leave out attach = false.", "box %q deletes its messages after a mail without the sound: they would be lost", b.Name)
	case !hasEmail && has(places, "attach"):
		l.warnf(places["attach"], `Write email = "bob@example.com".`, "attach is of use only with email")
	}
	if !hasPIN && !b.SkipPIN {
		l.warnf(b.at, `Write pin = env("BOB_PIN"), or skip_pin = true for telephones of its own users.`, "box %q has no pin, so nobody can listen to it by telephone", b.Name)
	}
	if hasPIN && b.PIN != "" && len(b.PIN) < 4 {
		l.warnf(places["pin"], "", "a pin of %d digits is soon guessed", len(b.PIN))
	}
	if b.Length > b.Total {
		l.errorf(b.at, "", "box %q takes a message of %s, and %s in all", b.Name, inWordsDuration(b.Length), inWordsDuration(b.Total))
	}
}

func has(places map[string]hcl.Range, name string) bool {
	_, there := places[name]
	return there
}

// mailAddress reads an address of mail.
func (v value) mailAddress(into *string) {
	var s string
	if !v.line(&s) {
		return
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		v.l.errorf(v.at, `Write "bob@example.com".`, "%s %q is no address of mail", v.name, s)
		return
	}
	*into = s
}

// sound reads the name of a sound file, in the folder of sounds or built in.
func (v value) sound(into *string) {
	var s string
	switch {
	case !v.line(&s):
	case path.IsAbs(s) || strings.Contains(s, `\`) || path.Clean(s) != s || s == "." || strings.HasPrefix(s, ".."):
		v.l.errorf(v.at, `Name it from there, such as "bob.wav".`, "%s %q leads out of the folder of sounds", v.name, s)
	default:
		*into = s
		if !v.l.hasSound(s) {
			v.l.warnf(v.at, dialplan.SoundPlace, "there is no sound %q, so the built-in greeting will be heard instead", s)
		}
	}
}

// mail reads the server that mail goes out through.
func (l *loader) mail(b *hclsyntax.Block) section {
	m := &l.file.Mail
	l.seen.mail = b.TypeRange
	return section{name: "mail", keys: []key{
		{"server", func(v value) {
			v.host(&m.Server)
			l.seen.mailServer = true
		}},
		{"port", func(v value) { v.number(&m.Port, 1, 65535) }},
		{"tls", func(v value) { v.word(&m.TLS, []string{"starttls", "tls", "none"}, nil) }},
		{"ca", func(v value) { v.existing(&m.CA) }},
		{"user", func(v value) { v.line(&m.User) }},
		{"password", func(v value) { v.secret(&m.Password) }},
		{"from", func(v value) { v.mailAddress(&m.From) }},
	}}
}

// finishBoxes puts the boxes together and checks what they and the mail block say
// of others.
func (l *loader) finishBoxes() {
	var all []placedBox
	ofUsers := map[string]hcl.Range{}
	users := map[string]bool{}
	for _, u := range l.seen.users {
		users[u.Name] = true
		if u.box != nil {
			u.box.DisplayName = u.DisplayName
			ofUsers[u.Name] = u.box.at
			all = append(all, *u.box)
		}
	}
	l.boxUsers(users)
	for _, b := range l.seen.boxes {
		if at, taken := ofUsers[b.Name]; taken {
			l.errorf(b.at, "", "user %q has a box of that name already, at %s:%d", b.Name, at.Filename, at.Start.Line)
			continue
		}
		all = append(all, b)
	}
	l.seen.boxes = all
	for _, b := range all {
		l.file.Boxes = append(l.file.Boxes, b.Box)
	}
	l.finishMail(all)
}

// boxUsers takes the users that mailboxes name.
func (l *loader) boxUsers(users map[string]bool) {
	for _, m := range l.seen.members {
		if m.box >= len(l.seen.boxes) {
			continue
		}
		b := &l.seen.boxes[m.box]
		for _, v := range m.users {
			var s string
			switch {
			case !v.line(&s):
			case !users[s]:
				l.consequent(v.at, dialplan.DidYouMean(s, slices.Sorted(maps.Keys(users))), "there is no user %q", s)
			case slices.Contains(b.Users, s):
				l.errorf(v.at, "", "users names %q twice", s)
			default:
				b.Users = append(b.Users, s)
			}
		}
		if b.SkipPIN && len(b.Users) == 0 {
			l.consequent(b.at, `Write users = ["201"].`, "box %q has skip_pin and no users", b.Name)
		}
	}
}

// finishMail fills in and checks the mail block.
func (l *loader) finishMail(boxes []placedBox) {
	m := &l.file.Mail
	there := l.seen.mail.Filename != ""
	if there && !l.seen.mailServer && !l.unknown["mail"] {
		l.consequent(l.seen.mail, `Write server = "smtp.example.com".`, "mail lacks its server")
	}
	if there {
		m.TLS = cmp.Or(m.TLS, "starttls")
		m.Port = cmp.Or(m.Port, map[string]int{"starttls": 587, "tls": 465, "none": 25}[m.TLS])
		m.From = cmp.Or(m.From, "voicemail@"+l.file.Domain)
	}
	user, hasUser := l.places["mail.user"]
	password, hasPassword := l.places["mail.password"]
	switch {
	case hasUser && !hasPassword && !l.unknown["mail"]:
		l.consequent(user, `Write password = env("MAIL_PW").`, "mail has a user and lacks its password")
	case hasPassword && !hasUser && !l.unknown["mail"]:
		l.consequent(password, `Write user = "tandem".`, "mail has a password and lacks its user")
	case hasUser && m.TLS == "none":
		l.errorf(l.places["mail.tls"], `Write tls = "starttls" or tls = "tls".`, "the password would be readable by everybody on the way")
	}
	told := 0
	for _, b := range boxes {
		if b.Email == "" {
			continue
		}
		if told++; !there && told == 1 {
			l.warnf(b.emailAt, `Write mail { server = "smtp.example.com" }.`, "there is no mail block, so nothing is sent to %s", b.Email)
		}
	}
	if there && told == 0 {
		l.warnf(l.seen.mail, `Write email = "bob@example.com" in a box.`, "no box has an email, so nothing is sent")
	}
}

// warnUnreached tells of boxes that no row leaves messages in.
func (l *loader) warnUnreached(p *dialplan.Plan) {
	unreached := p.Unreached()
	if len(unreached) == 0 {
		return
	}
	at := map[string]hcl.Range{}
	for _, b := range l.seen.boxes {
		at[b.Name] = b.at
	}
	for _, name := range unreached {
		l.warnf(at[name], "Write voicemail(\""+name+"\") as a step of a row.", "no row leaves messages in box %q", name)
	}
}
