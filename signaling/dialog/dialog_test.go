package dialog

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/tandemgw/tandem/signaling/sipmsg"
)

func parse[M any](t *testing.T, text string) M {
	t.Helper()
	m, err := sipmsg.NewParser().Parse([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	if err != nil {
		t.Fatalf("Parse: %v\n%s", err, text)
	}
	out, ok := m.(M)
	if !ok {
		t.Fatalf("Parse gave a %T", m)
	}
	return out
}

const invite = `INVITE sip:1002@gw.example SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1
Record-Route: <sip:p2.example;lr>
Record-Route: <sip:p1.example;lr>
Max-Forwards: 70
From: "Ann" <sip:1001@gw.example>;tag=her
To: <sip:1002@gw.example>
Call-ID: c1@192.0.2.1
CSeq: 7 INVITE
Contact: <sip:1001@192.0.2.1:5060;ob?x=y>
Content-Length: 0

`

func uas(t *testing.T) *Dialog {
	t.Helper()
	d, err := FromInvite(parse[*sip.Request](t, invite), Config{
		Contact: sip.Uri{Scheme: "sip", User: "tandem", Host: "198.51.100.1"}, LocalTag: "ours",
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestUASRequestsFollowTheRouteSetToTheContact(t *testing.T) {
	d := uas(t)
	bye := d.Request(sip.BYE)
	text := bye.String()
	for _, want := range []string{
		"BYE sip:1001@192.0.2.1:5060;ob SIP/2.0",
		"From: <sip:1002@gw.example>;tag=ours",
		`To: "Ann" <sip:1001@gw.example>;tag=her`,
		"Call-ID: c1@192.0.2.1",
		"CSeq: 1 BYE",
		"Max-Forwards: 70",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("BYE lacks %q:\n%s", want, text)
		}
	}
	if a, b := strings.Index(text, "p2.example"), strings.Index(text, "p1.example"); a < 0 || b < a {
		t.Errorf("the routes are not in the order of the Record-Route (RFC 3261 §12.1.1):\n%s", text)
	}
	if got := d.Target(); got.Host != "p2.example" {
		t.Errorf("next hop is %s, want the first route", got.String())
	}
}

func TestRequestsOutOfOrderAreRefused(t *testing.T) {
	d := uas(t)
	for _, c := range []struct {
		seq  uint32
		want error
	}{{7, ErrOutOfOrder}, {8, nil}, {20, nil}, {20, ErrOutOfOrder}, {19, ErrOutOfOrder}} {
		req := parse[*sip.Request](t, strings.ReplaceAll(invite, "CSeq: 7", "CSeq: 7"))
		req.CSeq().SeqNo = c.seq
		if err := d.Accept(req); !errors.Is(err, c.want) {
			t.Errorf("Accept(CSeq %d) = %v, want %v", c.seq, err, c.want)
		}
	}
}

func TestARequestRefusedWith491ComesAgain(t *testing.T) {
	d := uas(t)
	req := parse[*sip.Request](t, invite)
	req.CSeq().SeqNo = 8
	for range 2 {
		if err := d.Accept(req); err != nil {
			t.Fatalf("Accept = %v", err)
		}
		d.Again(req)
	}
	req.CSeq().SeqNo = 7
	if err := d.Accept(req); !errors.Is(err, ErrOutOfOrder) {
		t.Errorf("Accept of a lower number = %v, want %v", err, ErrOutOfOrder)
	}
}

func response(t *testing.T, status, tag, contact string) *sip.Response {
	t.Helper()
	return parse[*sip.Response](t, `SIP/2.0 `+status+`
Via: SIP/2.0/UDP 198.51.100.1:5060;branch=z9hG4bK2
Record-Route: <sip:near.example;lr>, <sip:far.example;lr>
From: <sip:1001@gw.example>;tag=ours
To: <sip:1002@gw.example>;tag=`+tag+`
Call-ID: c2
CSeq: 1 INVITE
`+contact+`Content-Length: 0

`)
}

func uac(t *testing.T) (*Dialog, *sip.Request) {
	t.Helper()
	local, remote := sip.Uri{Scheme: "sip", User: "1001", Host: "gw.example"}, sip.Uri{Scheme: "sip", User: "1002", Host: "gw.example"}
	return ToInvite(Calling{CallID: "c2", Target: sip.Uri{Scheme: "sip", User: "x", Host: "y.invalid"}, Local: local, Remote: remote, Hops: 12},
		Config{Contact: local, LocalTag: "ours"})
}

func TestUACDialogIsMadeByItsResponse(t *testing.T) {
	d, req := uac(t)
	if got := req.MaxForwards().Val(); got != 12 {
		t.Errorf("Max-Forwards = %d, want the caller's 12", got)
	}
	if strings.Contains(req.To().String(), "tag") {
		t.Errorf("a first INVITE has a To-tag: %s", req.To())
	}
	if err := d.Confirm(response(t, "200 OK", "his", "Contact: <sip:1002@203.0.113.9:5080>\n")); err != nil {
		t.Fatal(err)
	}
	d.Request(sip.INFO)
	ack := d.Ack(1)
	if got := ack.CSeq(); got.SeqNo != 1 || got.MethodName != sip.ACK {
		t.Errorf("ACK has CSeq %s, want the INVITE's number", got)
	}
	if got := ack.Recipient.String(); got != "sip:1002@203.0.113.9:5080" {
		t.Errorf("ACK goes to %s, want the Contact of the 200", got)
	}
	if got := d.Target(); got.Host != "far.example" {
		t.Errorf("next hop is %s, want the last Record-Route (RFC 3261 §12.1.2)", got.String())
	}
}

func TestForkedAnswersAreDialogsOfTheirOwn(t *testing.T) {
	d, _ := uac(t)
	if err := d.Confirm(response(t, "200 OK", "first", "Contact: <sip:a@203.0.113.1>\n")); err != nil {
		t.Fatal(err)
	}
	f, err := d.Fork(response(t, "200 OK", "second", "Contact: <sip:b@203.0.113.2>\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d.RemoteTag() != "first" || f.RemoteTag() != "second" {
		t.Errorf("tags are %q and %q", d.RemoteTag(), f.RemoteTag())
	}
	if got := f.Ack(1).Recipient.User; got != "b" {
		t.Errorf("the second ACK goes to %q, want b", got)
	}
}

func TestA200WithoutContactMakesNoDialog(t *testing.T) {
	d, _ := uac(t)
	if err := d.Confirm(response(t, "200 OK", "his", "")); !errors.Is(err, ErrNoContact) {
		t.Errorf("Confirm = %v, want ErrNoContact", err)
	}
	if err := d.Confirm(response(t, "180 Ringing", "his", "")); err != nil {
		t.Errorf("a 180 without Contact: %v", err)
	}
}

func TestRefreshTakesANewTarget(t *testing.T) {
	d := uas(t)
	req := parse[*sip.Request](t, strings.Replace(invite, "192.0.2.1:5060;ob?x=y", "192.0.2.77:6000", 1))
	if !d.Refresh(req) {
		t.Fatal("Refresh refused a good Contact")
	}
	if got := d.Request(sip.BYE).Recipient.String(); got != "sip:1001@192.0.2.77:6000" {
		t.Errorf("BYE goes to %s", got)
	}
}

func Test2xxIsRepeatedUntil64T1(t *testing.T) {
	var r Resend
	var got []time.Duration
	sum := time.Duration(0)
	for {
		d, ok := r.Next()
		if !ok {
			break
		}
		got = append(got, d)
		sum += d
	}
	if got[0] != T1 || got[1] != 2*T1 || got[2] != 4*T1 || got[3] != T2 || got[4] != T2 {
		t.Errorf("intervals %v, want T1 doubling up to T2", got)
	}
	if sum < 64*T1 || sum > 64*T1+T2 {
		t.Errorf("gave up after %v, want 64*T1 = %v", sum, 64*T1)
	}
}

func TestAStrictRouterFindsItselfInTheRequestURI(t *testing.T) {
	strict := strings.NewReplacer(
		"Record-Route: <sip:p2.example;lr>", "Record-Route: <sip:p2.example;method=INVITE>", "ob?x=y", "odd=%41;method=BYE?x=y",
	).Replace(invite)
	d, err := FromInvite(parse[*sip.Request](t, strict), Config{Contact: sip.Uri{Scheme: "sip", Host: "198.51.100.1"}, LocalTag: "ours"})
	if err != nil {
		t.Fatal(err)
	}
	for _, req := range []*sip.Request{d.Request(sip.BYE), d.Ack(1)} {
		if got := req.Recipient.String(); got != "sip:p2.example" {
			t.Errorf("%s is for %s, want the strict router", req.Method, got)
		}
		var routes []string
		for _, h := range req.GetHeaders("Route") {
			routes = append(routes, h.Value())
		}
		if got := strings.Join(routes, " "); got != "<sip:p1.example;lr> <sip:1001@192.0.2.1:5060;odd=%41>" {
			t.Errorf("%s is routed %s", req.Method, got)
		}
	}
	if next := d.Target(); next.Host != "p2.example" {
		t.Errorf("the next hop is %s", next.String())
	}
}

func TestASecureContactIsKept(t *testing.T) {
	d, err := FromInvite(parse[*sip.Request](t, strings.Replace(invite, "<sip:1001@192.0.2.1:5060;ob?x=y>", "<sips:1001@phone.example;transport=tcp>", 1)),
		Config{LocalTag: "ours"})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Request(sip.BYE).Recipient.String(); got != "sips:1001@phone.example;transport=tcp" {
		t.Errorf("BYE is for %s", got)
	}
}
