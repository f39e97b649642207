package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tandemgw/tandem/test/peers"
	"github.com/tandemgw/tandem/test/sound"
)

// TestSoftphonesOverEveryTransport: phones register and call over TCP and TLS as
// they do over UDP, and are called over the connection that they made.
func TestSoftphonesOverEveryTransport(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	ca, err := exec.Command(peers.Binary(t), "certs", "export-ca", "--state", h.State).Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	desk := h.desk(t, "1003", peers.BaresipConfig{})
	for transport, at := range map[string]string{"tcp": h.SIP, "tls": h.SIPS} {
		t.Run(transport, func(t *testing.T) {
			phone := peers.StartBaresip(t, peers.BaresipConfig{
				User: "1004", Password: "pw-1004", Server: at, Transport: transport, CA: file, Melody: sound.High(),
			})
			desk.Forget()
			phone.Dial("sip:1003@" + at + ";transport=" + transport)
			desk.Event("CALL_ESTABLISHED", soon)
			peers.Listen(t, "the phone over UDP", desk, sound.High(), 0, talk)
			peers.Listen(t, "the phone over "+transport, phone, sound.Low(), 0, talk)
			desk.Hangup()
			phone.Event("CALL_CLOSED", soon)
			desk.Forget()
			phone.Forget()
			desk.Dial(h.at("1004"))
			phone.Event("CALL_ESTABLISHED", soon)
			peers.Listen(t, "the phone over "+transport, phone, sound.Low(), 0, talk)
			phone.Hangup()
			desk.Event("CALL_CLOSED", soon)
		})
	}
}
