package registrar_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/signaling/registrar"
	"github.com/tandemgw/tandem/test/fakeua"
)

func TestRegisterBindsAndSaysForHowLong(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		u := b.browser("1001")
		res := u.Register(fakeua.Registration{})
		status(t, "REGISTER", res, 200)
		if c := res.Field("Contact"); !strings.Contains(c, u.Contact) || !strings.Contains(c, ";expires=3600") {
			t.Errorf("Contact: %s", c)
		}
		if got := b.history(); got != "registered" {
			t.Errorf("history %q", got)
		}
		if n := b.reg.Users(time.Now())["1001"]; n != 1 {
			t.Errorf("1001 has %d devices, want 1", n)
		}
	})
}

func TestRegisterForATime(t *testing.T) {
	for _, c := range []struct {
		name, expires, contact, want string
		status                       int
	}{
		{"header", "600", "", ";expires=600", 200},
		{"parameter goes before header", "600", ";expires=120", ";expires=120", 200},
		{"longer than the most", "99999999", "", ";expires=3600", 200},
		{"the least", "60", "", ";expires=60", 200},
		{"too short", "59", "", "", 423},
		{"too short as a parameter", "", ";expires=1", "", 423},
		{"malformed counts as unsaid", "soon", "", ";expires=3600", 200},
		{"more than fits counts as unsaid", "99999999999999999999", "", ";expires=3600", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, registrar.Config{}, func(b *bench) {
				u := b.phone("1001", 9)
				res := u.Register(fakeua.Registration{Expires: c.expires, Contacts: []string{"<" + u.Contact + ">" + c.contact}})
				status(t, "REGISTER", res, c.status)
				if got := res.Field("Contact"); !strings.Contains(got, c.want) {
					t.Errorf("Contact %q, want %q", got, c.want)
				}
				if c.status == 423 && res.Field("Min-Expires") != "60" {
					t.Errorf("Min-Expires %q, want 60", res.Field("Min-Expires"))
				}
				if bound := b.contacts("1001") != ""; bound != (c.status == 200) {
					t.Errorf("bound: %v", bound)
				}
			})
		})
	}
}

func TestRegisterWithoutContactOnlyAsks(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		u := b.phone("1001", 9)
		res := u.Register(fakeua.Registration{Contacts: []string{}})
		status(t, "asking", res, 200)
		if res.Field("Contact") != "" || b.contacts("1001") != "" {
			t.Errorf("a binding was made:\n%s", res.Raw)
		}
		u.Online()
		time.Sleep(time.Minute)
		if c := u.Register(fakeua.Registration{Contacts: []string{}}).Field("Contact"); !strings.Contains(c, u.Contact) || !strings.Contains(c, ";expires=3540") {
			t.Errorf("Contact after a minute: %s", c)
		}
	})
}

func TestRefreshAndUnregister(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		u := b.browser("1001").Online()
		time.Sleep(30 * time.Minute)
		u.Online()
		if got := b.history(); got != "registered refreshed" {
			t.Errorf("history %q", got)
		}
		time.Sleep(45 * time.Minute) // past the first end
		if got := b.contacts("1001"); got != u.Contact {
			t.Errorf("after a refresh: %q", got)
		}
		res := u.Register(fakeua.Registration{Expires: "0"})
		status(t, "unregister", res, 200)
		if res.Field("Contact") != "" || b.contacts("1001") != "" {
			t.Errorf("still bound:\n%s", res.Raw)
		}
		if got := b.history(); got != "unregistered" {
			t.Errorf("history %q", got)
		}
		status(t, "unregister again", u.Register(fakeua.Registration{Expires: "0"}), 200)
	})
}

func TestContactStarUnregistersAll(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		a, c := b.phone("1001", 9).Online(), b.browser("1001").Online()
		for _, bad := range []fakeua.Registration{
			{Contacts: []string{"*"}},
			{Contacts: []string{"*"}, Expires: "60"},
			{Contacts: []string{"*", "<" + a.Contact + ">"}, Expires: "0"},
		} {
			status(t, "bad star", a.Register(bad), 400)
		}
		if n := b.reg.Users(time.Now())["1001"]; n != 2 {
			t.Fatalf("%d devices, want 2", n)
		}
		b.history()
		status(t, "star", c.Register(fakeua.Registration{Contacts: []string{"*"}, Expires: "0"}), 200)
		if got := b.contacts("1001"); got != "" {
			t.Errorf("still bound: %s", got)
		}
		if got := b.history(); got != "unregistered unregistered" {
			t.Errorf("history %q", got)
		}
	})
}

func TestWhoMayRegisterWhom(t *testing.T) {
	for _, c := range []struct {
		name           string
		user, password string
		reg            fakeua.Registration
		want           int
	}{
		{"wrong password", "1001", "guess", fakeua.Registration{}, 403},
		{"unknown user", "1999", "pw-1999", fakeua.Registration{}, 403},
		{"another user's address of record", "1001", "pw-1001", fakeua.Registration{To: "1002"}, 403},
		{"foreign domain", "1001", "pw-1001", fakeua.Registration{Host: "example.com"}, 404},
		{"no password yet", "open", "", fakeua.Registration{}, 401},
		{"no SIP URI", "1001", "pw-1001", fakeua.Registration{Contacts: []string{"<mailto:a@b.example>"}}, 400},
		{
			"too many Contacts", "1001", "pw-1001",
			fakeua.Registration{Contacts: []string{"<sip:1@a>", "<sip:2@a>", "<sip:3@a>", "<sip:4@a>", "<sip:5@a>", "<sip:6@a>", "<sip:7@a>", "<sip:8@a>", "<sip:9@a>"}},
			400,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, registrar.Config{}, func(b *bench) {
				u := b.browser(c.user)
				u.Password = c.password
				c.reg.Once = c.password == ""
				status(t, c.name, u.Register(c.reg), c.want)
				if users := b.reg.Users(time.Now()); len(users) != 0 {
					t.Errorf("bound: %v", users)
				}
				if name, ok := b.reg.Identity(u.Far(), ""); ok {
					t.Errorf("the connection is %s's", name)
				}
			})
		})
	}
}

func TestAnUnknownUserIsAnsweredAsAWrongPassword(t *testing.T) {
	answers := func(user string) (out string) {
		inBubble(t, registrar.Config{}, func(b *bench) {
			u := b.phone(user, 9)
			u.Password = "guess"
			res := u.Register(fakeua.Registration{})
			for line := range strings.Lines(res.Raw) {
				switch name, _, _ := strings.Cut(line, ":"); name {
				case "Via", "From", "To", "Call-ID", "CSeq":
				default:
					out += line
				}
			}
		})
		return out
	}
	if known, unknown := answers("1001"), answers("1999"); known != unknown {
		t.Errorf("a wrong password is answered\n%s\nan unknown user\n%s", known, unknown)
	}
}

func TestOpenUsersNeedNoPassword(t *testing.T) {
	inBubble(t, registrar.Config{Rules: registrar.Rules{Open: true}}, func(b *bench) {
		u := b.browser("open")
		status(t, "REGISTER", u.Register(fakeua.Registration{Once: true}), 200)
		if name, _ := b.reg.Identity(u.Far(), ""); name != "open" {
			t.Errorf("identity %q", name)
		}
		status(t, "user with a password", b.browser("1001").Register(fakeua.Registration{Once: true}), 401)
	})
}

func TestChallengesAreWhatTheFarEndTakes(t *testing.T) {
	algorithms := func(m *fakeua.Message) string {
		var out []string
		for _, v := range m.Fields("WWW-Authenticate") {
			_, after, _ := strings.Cut(v, "algorithm=")
			name, _, _ := strings.Cut(after, ",")
			out = append(out, strings.Trim(name, `"`))
		}
		return strings.Join(out, " ")
	}
	once := fakeua.Registration{Once: true}
	inBubble(t, registrar.Config{}, func(b *bench) {
		if got := algorithms(b.browser("1001").Register(once)); got != "MD5" {
			t.Errorf("a browser is offered %s", got)
		}
		for i, agent := range []string{"baresip v1.0.0 (x86_64/linux)", "Janus WebRTC Server SIP Plugin 0.0.8", "FreeSWITCH-mod_sofia/1.10.9", "sofia-sip/1.12.11", "Twinkle/1.10.2"} {
			phone := b.phone("1001", 20+i)
			phone.Agent = agent
			if got := algorithms(phone.Register(once)); got != "MD5" {
				t.Errorf("%s is offered %s", agent, got)
			}
		}
		phone := b.phone("1001", 9)
		for i, want := range []string{"MD5 SHA-256", "MD5", "MD5"} {
			if got := algorithms(phone.Register(once)); got != want {
				t.Errorf("challenge %d offers %s, want %s", i+1, got, want)
			}
		}
		phone.Online()
		if got := algorithms(phone.Register(once)); got != "MD5 SHA-256" {
			t.Errorf("after an answer: %s", got)
		}
	})
}

func TestRegisterOutOfOrder(t *testing.T) {
	inBubble(t, registrar.Config{}, func(b *bench) {
		u := b.phone("1001", 9)
		status(t, "first", u.Register(fakeua.Registration{CSeq: 50}), 200)
		status(t, "older, taking away", u.Register(fakeua.Registration{CSeq: 40, Expires: "0"}), 500)
		status(t, "older, taking all away", u.Register(fakeua.Registration{CSeq: 42, Expires: "0", Contacts: []string{"*"}}), 500)
		if got := b.contacts("1001"); got != u.Contact {
			t.Errorf("bound %q", got)
		}
		status(t, "after a restart", u.Register(fakeua.Registration{CSeq: 1, CallID: "another"}), 200)
		status(t, "newer", u.Register(fakeua.Registration{CSeq: 60, CallID: "another", Expires: "0"}), 200)
		if got := b.contacts("1001"); got != "" {
			t.Errorf("bound %q", got)
		}
	})
}
