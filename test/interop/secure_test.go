package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestSoftphonesThatEncrypt: a phone that insists on SRTP calls and is called, with
// keys in the description and by DTLS, while the other one speaks plain RTP.
func TestSoftphonesThatEncrypt(t *testing.T) {
	t.Parallel()
	h := open(t, "user \"1007\" {\n  password = \"pw-1007\"\n  secure = \"require\"\n}\nuser \"1008\" {\n  password = \"pw-1008\"\n  secure = \"dtls\"\n}\n")
	ca, err := exec.Command(peers.Binary(t), "certs", "export-ca", "--state", h.State).Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	desk := h.desk(t, "1003", peers.BaresipConfig{})
	secret := func(user, how string) *peers.Baresip {
		return peers.StartBaresip(t, peers.BaresipConfig{
			User: user, Password: "pw-" + user, Server: h.SIPS, Transport: "tls", CA: file, Melody: sound.High(), Encrypt: how,
		})
	}
	hear := func(phone *peers.Baresip, what string) {
		t.Helper()
		peers.Listen(t, "the plain phone, of "+what, desk, sound.High(), 0, talk)
		peers.Listen(t, "the phone with "+what, phone, sound.Low(), 0, talk)
	}
	told := func(how string) {
		t.Helper()
		peers.Await(t, soon, "the call log says "+how, func() bool { return strings.Contains(h.Calls(t), how) })
	}

	phone := secret("1007", "srtp-mand")
	phone.Dial("sip:1003@" + h.SIPS + ";transport=tls")
	desk.Event("CALL_ESTABLISHED", soon)
	hear(phone, "SDES")
	phone.Hangup()
	desk.Event("CALL_CLOSED", soon)
	desk.Forget()
	phone.Forget()
	desk.Dial(h.at("1007")) // our own offer
	phone.Event("CALL_ESTABLISHED", soon)
	hear(phone, "SDES, called")
	desk.Hangup()
	phone.Event("CALL_CLOSED", soon)
	told(" by SDES")

	shaking := secret("1004", "dtls_srtp")
	desk.Forget()
	shaking.Dial("sip:1003@" + h.SIPS + ";transport=tls")
	desk.Event("CALL_ESTABLISHED", soon)
	hear(shaking, "DTLS")
	desk.Hangup()
	shaking.Event("CALL_CLOSED", soon)
	told(" by DTLS")

	offered := peers.StartBaresip(t, peers.BaresipConfig{User: "1008", Password: "pw-1008", Server: h.SIP, Melody: sound.High(), Encrypt: "dtls_srtp"})
	desk.Forget()
	desk.Dial(h.at("1008")) // our own offer, over UDP
	offered.Event("CALL_ESTABLISHED", soon)
	hear(offered, "DTLS, called")
	desk.Hangup()
	offered.Event("CALL_CLOSED", soon)
}
