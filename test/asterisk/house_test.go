//go:build asterisk

package asterisk

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// soon is how long an answer to an act may take on a busy machine, talk how much of a
// melody must be heard.
const (
	soon = 20 * time.Second
	talk = 12 * sound.Note
)

// house is a gateway with an Asterisk beside it.
type house struct {
	*peers.Gateway
	t *testing.T
	a *peers.Asterisk
}

// trunk is what the how-to writes at Asterisk for a gateway at an address, but codecs.
const trunk = `
[tandem]
type=endpoint
context=from-tandem
disallow=all
dtmf_mode=rfc4733
direct_media=no
trust_id_inbound=yes
send_pai=yes
aors=tandem
[tandem]
type=aor
contact=sip:GATEWAY
qualify_frequency=30
[tandem]
type=identify
endpoint=tandem
match=127.0.0.1
`

// extension is a telephone of Asterisk's, as FreePBX writes one, but codecs.
func extension(number, more string) string {
	return strings.NewReplacer("NUMBER", number, "MORE", more).Replace(`
[NUMBER]
type=endpoint
aors=NUMBER
auth=NUMBER
context=internal
disallow=all
allow=ulaw,alaw,g722,opus
callerid="Desk NUMBER" <NUMBER>
direct_media=no
rtp_symmetric=yes
rewrite_contact=yes
force_rport=yes
send_connected_line=yes
send_pai=yes
trust_id_inbound=yes
MORE
[NUMBER]
type=auth
auth_type=userpass
username=NUMBER
password=pwNUMBER
[NUMBER]
type=aor
max_contacts=1
remove_existing=yes
qualify_frequency=60
`)
}

// dialplan is what extensions.conf has in all tests; each adds its own to internal.
const dialplan = `
[from-tandem]
include => internal
[internal]
exten => _8XXX,1,Dial(PJSIP/${EXTEN},30,tT)
 same => n,Hangup(${HANGUPCAUSE})
exten => _2XX,1,Dial(PJSIP/${EXTEN}@tandem,30,tT)
 same => n,Hangup(${HANGUPCAUSE})
exten => 600,1,Answer()
 same => n,Echo()
exten => 601,1,Answer()
 same => n,Playback(HERE/melody)
`

// users are 201 Ann and 202 Bob.
const users = `
user "201" {
  name     = "Ann"
  password = "pw201"
}
user "202" {
  name     = "Bob"
  password = "pw202"
}
`

// rows are the dialplan of the gateway.
const rows = `
from "users" {
  calls = {
    "2XX"  = [dial("user:${to}", "20s")]
    "."    = [dial("trunk:asterisk", "30s")]
  }
}
from "trunks" {
  calls = { "2XX" = [dial("user:${to}", "30s")] }
}
`

// open starts an Asterisk and a gateway that knows it by its address; more stands in
// the trunk's block.
func open(t *testing.T, more string) *house {
	t.Helper()
	return beside(t, users+"trunk \"asterisk\" {\n  host = \"ASTERISK\"\n"+more+"\n}\n"+rows)
}

// beside is open with the whole configuration of the gateway, in which ASTERISK is where
// Asterisk listens.
func beside(t *testing.T, configuration string) *house {
	t.Helper()
	a := peers.StartAsterisk(t)
	return &house{t: t, a: a, Gateway: peers.StartGateway(t, strings.ReplaceAll(configuration, "ASTERISK", a.Addr))}
}

// in is the house for a part of a test.
func (h *house) in(t *testing.T) *house {
	part := *h
	part.t = t
	return &part
}

// set gives Asterisk the trunk with further settings, the extensions 8300 and 8301,
// and more of the context internal.
func (h *house) set(endpoint, internal string) { h.setAll(endpoint, "", internal, nil) }

func (h *house) setAll(endpoint, pjsip, internal string, files map[string]string) {
	h.t.Helper()
	if !strings.Contains(endpoint, "allow=") {
		endpoint += "\nallow=opus,g722,alaw,ulaw"
	}
	text := strings.Replace(trunk, "aors=tandem\n", "aors=tandem\n"+endpoint+"\n", 1) + extension("8300", "") + extension("8301", "") + pjsip
	h.a.Configure(strings.ReplaceAll(text, "GATEWAY", h.SIP), dialplan+internal, files)
}

// desk is a softphone that has registered at the gateway.
func (h *house) desk(user string, c peers.BaresipConfig) *peers.Baresip {
	h.t.Helper()
	c.User, c.Password, c.Server = user, "pw"+user, h.SIP
	return peers.StartBaresip(h.t, c)
}

// extension is a softphone that has registered at Asterisk, which sends it a packet or
// a few with an SSRC of its own before it passes on ours (Locally RTP bridged): how many
// depends on how busy the machine is, and baresip's jitter buffer bears only none or many.
func (h *house) extension(user string, c peers.BaresipConfig) *peers.Baresip {
	h.t.Helper()
	c.User, c.Password, c.Server, c.Address = user, "pw"+user, h.a.Addr, peers.ExtensionIP
	c.Unbuffered = true
	return peers.StartBaresip(h.t, c)
}

// web is a browser that has registered at the gateway.
func (h *house) web(c *peers.Chromium, user string, w peers.WebPeerConfig) *peers.WebPeer {
	h.t.Helper()
	w.WS, w.User, w.Password, w.Domain = h.WS(), user, "pw"+user, "127.0.0.1"
	return c.Phone(h.t, h.Page(), w)
}

// at is a number at the gateway, for softphones of ours; there, at Asterisk.
func (h *house) at(number string) string    { return "sip:" + number + "@" + h.SIP }
func (h *house) there(number string) string { return "sip:" + number + "@" + h.a.Addr }

// tandem runs one of the verbs.
func (h *house) tandem(args ...string) string {
	h.t.Helper()
	line := append(args, "--server", "unix:"+filepath.Join(h.State, "tandem.sock"))
	out, err := exec.Command(peers.Binary(h.t), line...).CombinedOutput()
	if err != nil {
		h.t.Errorf("tandem %v: %v\n%s", line, err, out)
	}
	return string(out)
}

// echoes calls the echo at Asterisk and listens to what comes back.
func (h *house) echoes(phone *peers.Baresip, m sound.Melody) {
	h.t.Helper()
	phone.Forget()
	phone.Dial(h.at("600"))
	phone.Event("CALL_ESTABLISHED", soon)
	peers.Listen(h.t, "the caller of an echo", phone, m, 0, talk)
	phone.Hangup()
}

// callsBothWays has the user call the telephone 8300, and be called by it at a number of
// Asterisk's; they talk, and who has called hangs up.
func (h *house) callsBothWays(user, desk *peers.Baresip, number string) {
	h.t.Helper()
	h.talking(user, desk)
	user.Hangup()
	desk.Event("CALL_CLOSED", soon)
	user.Forget()
	desk.Forget()
	desk.Dial(h.there(number))
	user.Event("CALL_ESTABLISHED", soon)
	peers.Conversation(h.t, user, desk, talk)
	desk.Hangup()
	user.Event("CALL_CLOSED", soon)
	h.empty()
}

// empty waits until neither side has a call.
func (h *house) empty() {
	h.t.Helper()
	h.a.Idle(soon)
	peers.Await(h.t, soon, "the gateway has no call", func() bool { return !strings.Contains(h.tandem("calls", "--json"), `"call"`) })
}
