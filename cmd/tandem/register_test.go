package main

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

// sipAddr is where the demo takes SIP over UDP.
func (d *demoGateway) sipAddr(t *testing.T) string {
	t.Helper()
	_, out, _ := doIn(t, tandemtest.Home(filepath.Dir(filepath.Dir(d.state))), "status")
	m := regexp.MustCompile(`(\S+)/udp`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no UDP in %s", out)
	}
	return m[1]
}

// password is that of one of the demo's users.
func (d *demoGateway) password(t *testing.T, user string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(d.state, "passwords"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(b))[user[3]-'1']
}

// register registers a phone over UDP that writes another address than it has.
func register(t *testing.T, at, user, password string) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "udp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(tandemtest.Patience))
	ask := func(cseq int, authorization string) string {
		request := fmt.Sprintf("REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.9.8.7:5099;branch=z9hG4bK%[4]d%[2]d;rport\r\nMax-Forwards: 70\r\n"+
			"From: <sip:%[1]s@127.0.0.1>;tag=a\r\nTo: <sip:%[1]s@127.0.0.1>\r\nCall-ID: probe%[4]d\r\nCSeq: %[2]d REGISTER\r\n"+
			"Contact: <sip:%[1]s@10.9.8.7:5099>\r\nUser-Agent: probe 1.0\r\n%[3]sContent-Length: 0\r\n\r\n", user, cseq, authorization, conn.LocalAddr().(*net.UDPAddr).Port)
		if _, err := conn.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 65535)
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	challenge := regexp.MustCompile(`(?im)^WWW-Authenticate: Digest (.*MD5.*)\r$`).FindString(ask(1, ""))
	param := func(name string) string {
		m := regexp.MustCompile(name + `="([^"]*)"`).FindStringSubmatch(challenge)
		if m == nil {
			t.Fatalf("no %s in %q", name, challenge)
		}
		return m[1]
	}
	sum := func(parts ...string) string {
		h := md5.Sum([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(h[:])
	}
	realm, nonce := param("realm"), param("nonce")
	response := sum(sum(user, realm, password), nonce, "00000001", "c", "auth", sum("REGISTER", "sip:127.0.0.1"))
	answer := ask(2, fmt.Sprintf("Authorization: Digest username=%q, realm=%q, nonce=%q, uri=\"sip:127.0.0.1\", response=%q, "+
		"algorithm=MD5, qop=auth, nc=00000001, cnonce=\"c\", opaque=%q\r\n", user, realm, nonce, response, opaque(challenge)))
	if !strings.HasPrefix(answer, "SIP/2.0 200") {
		t.Fatalf("not registered:\n%s", answer)
	}
}

// opaque is that of a challenge, where it has one.
func opaque(challenge string) string {
	if m := regexp.MustCompile(`opaque="([^"]*)"`).FindStringSubmatch(challenge); m != nil {
		return m[1]
	}
	return ""
}
