package faults

import (
	"encoding/json"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/bridge/verdict"
	"github.com/tandemgw/tandem/test/peers"
)

// carrier answers each INVITE with the status that the number dialed names: 488 to a call
// to 488, and 200 to whatever else comes.
func carrier(t *testing.T) *net.UDPConn {
	t.Helper()
	sock, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}) // calls from the address of the gateway would be the trunk's
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sock.Close() })
	number := regexp.MustCompile(`^INVITE sip:\+?(\d{3})`)
	phrases := map[string]string{"488": "Not Acceptable Here", "403": "Caller ID not allowed"}
	go func() {
		for b := make([]byte, 8192); ; {
			n, from, err := sock.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			request := string(b[:n])
			if strings.HasPrefix(request, "ACK ") || strings.HasPrefix(request, "SIP/") {
				continue
			}
			status, phrase := "200", "OK"
			if m := number.FindStringSubmatch(request); m != nil {
				status, phrase = m[1], phrases[m[1]]
			}
			answer := fmt.Sprintf("SIP/2.0 %s %s\r\n", status, phrase)
			for _, line := range strings.Split(request, "\r\n")[1:] {
				name, _, _ := strings.Cut(line, ":")
				switch strings.ToLower(name) {
				case "to", "t":
					line += ";tag=carrier"
				case "via", "v", "from", "f", "call-id", "i", "cseq":
				default:
					continue
				}
				answer += line + "\r\n"
			}
			_, _ = sock.WriteToUDPAddrPort([]byte(answer+"Content-Length: 0\r\n\r\n"), from)
		}
	}()
	return sock
}

// TestWhatACarrierRefusesIsNamed has a carrier refuse calls over real SIP, and asks the
// gateway why.
func TestWhatACarrierRefusesIsNamed(t *testing.T) {
	at := carrier(t).LocalAddr()
	gw := peers.StartGateway(t, fmt.Sprintf(`
user "1001" {
  password = "pw-1001"
}
trunk "alpha" {
  host    = "%s"
  options = "off"
}
from "users" {
  calls = {
    "4XX" = [dial("trunk:alpha/${to}", "10s")]
  }
}
`, at))
	file := filepath.Join(filepath.Dir(gw.State), "tandem.hcl")
	tandem := func(args ...string) []byte {
		out, _ := exec.Command(peers.Binary(t), append(args, "-c", file)...).Output() // a call that is refused has an exit code of its own
		return out
	}
	for number, want := range map[string]struct {
		fault verdict.Fault
		chip  string
		cure  string
	}{
		"488": {verdict.FaultCodec, verdict.ChipCodec, "codecs"},
		"403": {verdict.FaultRefused, "", "caller_id"},
	} {
		t.Run(number, func(t *testing.T) {
			called := tandem("call", number, "--user", "1001", "--server", "udp:"+gw.SIP, "--password", "pw-1001", "--json")
			var why struct{ Verdict verdict.Verdict }
			peers.Await(t, 15*time.Second, "the verdict", func() bool {
				out := tandem("why", "last", "--json")
				return json.Unmarshal(out, &why) == nil && why.Verdict.State == "failed" && strings.Contains(why.Verdict.Sentence, number)
			})
			v := why.Verdict
			if v.Fault != want.fault || !strings.Contains(v.Cure, want.cure) || want.chip != "" && strings.Join(v.Names(), " ") != want.chip {
				t.Errorf("named %q with %v, want %q with %q: %s %s\nthe caller: %s", v.Fault, v.Names(), want.fault, want.chip, v.Sentence, v.Cure, called)
			}
			if !strings.Contains(v.Sentence, "alpha") {
				t.Errorf("it does not name the trunk: %s", v.Sentence)
			}
		})
	}
}
