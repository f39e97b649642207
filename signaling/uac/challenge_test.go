package uac

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/digest"
	"github.com/tandemgw/tandem/signaling/sipmsg"
)

const (
	md5Challenge = `WWW-Authenticate: Digest realm="far", nonce="n1", qop="auth"`
	shaChallenge = `WWW-Authenticate: Digest realm="far", nonce="n1", qop="auth", algorithm=SHA-256`
	proxyOther   = `Proxy-Authenticate: Digest realm="far", nonce="n2"`
)

func account() *digest.Client {
	return digest.NewClient(digest.Account{User: "u", Password: "p"})
}

// asks challenges until it has seen credentials n times, then answers 200.
func asks(status int, n int, challenges ...string) func(int, *sip.Request) []reply {
	return func(i int, _ *sip.Request) []reply {
		if i < n {
			return []reply{{status: status, with: challenges}}
		}
		return []reply{{status: 200}}
	}
}

func TestAChallengeIsAnsweredOnce(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		fields []string
		want   string // in the credentials
	}{
		{"401 with MD5", 401, []string{md5Challenge}, `response="`},
		{"the stronger of two", 401, []string{md5Challenge, shaChallenge}, "algorithm=SHA-256"},
		{"407", 407, []string{proxyOther}, `nonce="n2"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, Config{}, func(b *bench) {
				p := b.udp(a, asks(c.status, 1, c.fields...))
				b.send(sip.REGISTER, func(r *Request) { r.Dest.Account = account() })
				b.want(time.Second, "0s "+a+" REGISTER", "0s "+a+" REGISTER", "0s on 200", "0s done <nil>")
				req := p.last(sip.REGISTER)
				role, _ := digest.RoleOf(c.status)
				if got := sipmsg.Value(req, role.Credentials()); !strings.Contains(got, c.want) || !strings.Contains(got, `uri="sip:bob@far.example;x=1"`) {
					t.Errorf("credentials %s", got)
				}
				if n := req.CSeq().SeqNo; n != 2 {
					t.Errorf("CSeq is %d", n)
				}
			})
		})
	}
}

func TestBothAProxyAndTheServerMayAsk(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		p := b.udp(a, func(i int, _ *sip.Request) []reply {
			return [][]reply{{{status: 407, with: []string{proxyOther}}}, {{status: 401, with: []string{md5Challenge}}}, {{status: 200}}}[i]
		})
		b.send(sip.REGISTER, func(r *Request) { r.Dest.Account = account() })
		b.want(time.Second, "0s "+a+" REGISTER", "0s "+a+" REGISTER", "0s "+a+" REGISTER", "0s on 200", "0s done <nil>")
		req := p.last(sip.REGISTER)
		if sipmsg.Value(req, "Authorization") == "" || sipmsg.Value(req, "Proxy-Authorization") == "" {
			t.Errorf("credentials are missing in\n%s", sipmsg.Bytes(req))
		}
	})
}

func TestAWrongPasswordIsNotTriedAgain(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		b.udp(a, asks(401, 9, md5Challenge))
		b.send(sip.REGISTER, func(r *Request) { r.Dest.Account = account() })
		b.want(time.Second, "0s "+a+" REGISTER", "0s "+a+" REGISTER", "0s on 401", "0s done <nil>")
	})
}

func TestAStaleNonceIsAnsweredOnceMore(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		b.udp(a, asks(401, 9, md5Challenge+", stale=true"))
		b.send(sip.REGISTER, func(r *Request) { r.Dest.Account = account() })
		b.want(time.Second, "0s "+a+" REGISTER", "0s "+a+" REGISTER", "0s "+a+" REGISTER", "0s on 401", "0s done <nil>")
	})
}

func TestCredentialsAreSentAtOnceTheNextTime(t *testing.T) {
	inBubble(t, Config{}, func(b *bench) {
		p := b.udp(a, asks(401, 1, md5Challenge))
		who := account()
		b.send(sip.REGISTER, func(r *Request) { r.Dest.Account = who })
		time.Sleep(time.Second)
		b.send(sip.REGISTER, func(r *Request) { r.Dest.Account = who })
		b.want(time.Second, "0s "+a+" REGISTER", "0s "+a+" REGISTER", "0s on 200", "0s done <nil>", "1s "+a+" REGISTER", "1s on 200", "1s done <nil>")
		if got := sipmsg.Value(p.last(sip.REGISTER), "Authorization"); !strings.Contains(got, "nc=00000002") {
			t.Errorf("credentials %s", got)
		}
	})
}

func TestCredentialsGoToNoOtherRealm(t *testing.T) {
	for _, c := range []struct {
		name string
		who  *digest.Client
	}{
		{"configured", digest.NewClient(digest.Account{User: "u", Password: "p", Realm: "mine"})},
		{"learned", learned(t)},
		{"without an account", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, Config{}, func(b *bench) {
				p := b.udp(a, says(reply{status: 407, with: []string{proxyOther}}))
				b.send(sip.INVITE, func(r *Request) { r.Dest.Account = c.who })
				b.want(time.Second, "0s "+a+" INVITE", "0s "+a+" ACK", "0s on 407", "0s done <nil>")
				if sipmsg.Value(p.last(sip.INVITE), "Proxy-Authorization") != "" {
					t.Error("credentials were given")
				}
			})
		})
	}
}

// learned is an account whose realm has been learned to be "mine".
func learned(t *testing.T) *digest.Client {
	t.Helper()
	who := account()
	inBubble(t, Config{}, func(b *bench) {
		b.udp(a, asks(401, 1, `WWW-Authenticate: Digest realm="mine", nonce="n1"`))
		b.send(sip.REGISTER, func(r *Request) { r.Dest.Account = who })
	})
	return who
}
