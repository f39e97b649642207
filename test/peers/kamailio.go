package peers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// SwitchIP is the address of servers that are not ours: another one than that of
// the phones, so that a trunk can be told by it.
const SwitchIP = "127.0.0.2"

// KamailioConfig is a SIP server that is not ours. As a switch it takes
// registrations and calls, both by digest: the password of user x is "pwx". As a
// proxy it only passes on what comes, and stays on the way.
type KamailioConfig struct {
	Realm string // of its challenges; "switch.test" when empty
	// Deliver is the user to whose registered Contact all numbers that begin with
	// 555 are sent, as a carrier delivers its numbers to a trunk; the number stands
	// in To only.
	Deliver string
	// Proxy is the host:port that everything out of a dialog is passed on to; empty
	// makes a switch.
	Proxy string
	// Open lets calls in without a password, as a carrier does that knows its
	// customers by address.
	Open bool
	// Media takes all sound through an rtpengine of its own, as a session border
	// controller does: the far end's ports are then those of SwitchIP.
	Media bool
	// Whole is a configuration in place of all that, in which LISTEN stands for the
	// host:port.
	Whole string
}

// Kamailio is a running server; it can be stopped and started again.
type Kamailio struct {
	t     testing.TB
	dir   string
	Addr  string // host:port for UDP and TCP
	realm string
	cmd   *exec.Cmd
	ended chan struct{}
	out   *Output
}

// StartKamailio runs a server until the test ends.
func StartKamailio(t testing.TB, c KamailioConfig) *Kamailio {
	t.Helper()
	if c.Realm == "" {
		c.Realm = "switch.test"
	}
	k := &Kamailio{t: t, dir: t.TempDir(), Addr: fmt.Sprintf("%s:%d", SwitchIP, FreePort(t)), realm: c.Realm, out: &Output{}}
	route := kamailioSwitch
	switch {
	case c.Proxy != "":
		route = strings.ReplaceAll(kamailioProxy, "NEXT", c.Proxy)
	case c.Open:
		route = strings.Replace(route, "AUTH_CALLS", "", 1)
	default:
		route = strings.Replace(route, "AUTH_CALLS", kamailioAsks, 1)
	}
	deliver := c.Deliver
	if deliver == "" {
		deliver = "nobody"
	}
	route = strings.NewReplacer("REALM", c.Realm, "DELIVER", deliver).Replace(route)
	config := fmt.Sprintf(kamailioConfig, k.Addr, k.Addr, k.file("ctl"), kamailioModules(t))
	if c.Media {
		config += fmt.Sprintf(kamailioMedia, startRTPEngine(t))
		route = strings.ReplaceAll(route, "t_relay()", "route(MEDIA)")
	}
	if config += route; c.Whole != "" {
		config = strings.ReplaceAll(c.Whole, "LISTEN", k.Addr)
	}
	writeFile(t, k.file("kamailio.cfg"), config)
	t.Cleanup(func() {
		k.Stop()
		if t.Failed() {
			t.Logf("what Kamailio wrote:\n%s", k.out.Tail(60))
		}
	})
	k.Start()
	return k
}

func (k *Kamailio) file(name string) string { return filepath.Join(k.dir, name) }

// Start starts it again after Stop; what was registered is forgotten.
func (k *Kamailio) Start() {
	k.t.Helper()
	k.cmd = exec.Command(program(k.t, "kamailio", "kamailio"), "-DD", "-E", "-f", k.file("kamailio.cfg"), "-Y", k.dir,
		"-P", k.file("pid"), "-m", "32", "-M", "4")
	k.cmd.Stdout, k.cmd.Stderr = k.out, k.out
	k.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := k.cmd.Start(); err != nil {
		k.t.Fatalf("start Kamailio: %v", err)
	}
	k.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) { _ = cmd.Wait(); close(ended) }(k.cmd, k.ended)
	var port int
	_, _ = fmt.Sscanf(k.Addr, SwitchIP+":%d", &port)
	Await(k.t, time.Minute, "Kamailio listens\n"+k.out.Tail(5), func() bool { return bound(SwitchIP, port) })
}

// Stop stops it at once, as a machine that loses its power.
func (k *Kamailio) Stop() {
	if k.cmd == nil {
		return
	}
	stop(k.cmd, k.ended)
	k.cmd = nil
}

// Log returns the end of what it wrote: a line for each request that it took.
func (k *Kamailio) Log() string { return k.out.String() }

// Took waits until it has logged a request, such as "REGISTER acme1".
func (k *Kamailio) Took(what string, times int, within time.Duration) {
	k.t.Helper()
	Await(k.t, within, "Kamailio takes "+what, func() bool { return strings.Count(k.out.String(), "took "+what) >= times })
}

func kamailioModules(t testing.TB) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/*/kamailio/modules", "/usr/lib/kamailio/modules"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			if _, err := os.Stat(filepath.Join(found[0], "tm.so")); err == nil {
				return found[0]
			}
		}
	}
	t.Fatal("Kamailio's modules are not installed (Debian package kamailio)")
	return ""
}

// kamailioConfig wants: UDP address, TCP address, control socket, module folder.
const kamailioConfig = `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=2
tcp_children=2
auto_aliases=no
listen=udp:%s
listen=tcp:%s
mpath="%[4]s/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "auth.so"
loadmodule "path.so"
loadmodule "xlog.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "min_expires", 5)
modparam("registrar", "path_mode", 0)
modparam("auth", "nonce_count", 1)
modparam("auth", "qop", "auth")
modparam("rr", "append_fromtag", 1)
# control socket: %[3]s
`

// kamailioMedia wants the address of an rtpengine.
const kamailioMedia = `loadmodule "rtpengine.so"
modparam("rtpengine", "rtpengine_sock", "udp:%s")
route[MEDIA] {
  if (is_method("BYE") || is_method("CANCEL")) { rtpengine_delete(); }
  else if (has_body("application/sdp")) { rtpengine_manage("replace-origin replace-session-connection"); }
  t_on_reply("MEDIA");
  t_relay();
}
onreply_route[MEDIA] {
  if (has_body("application/sdp")) { rtpengine_manage("replace-origin replace-session-connection"); }
}
`

// kamailioAsks challenges a call of whom has not registered as its From says.
const kamailioAsks = `
    if (!pv_auth_check("REALM", "pw$au", "0", "0")) {
      auth_challenge("REALM", "1");
      exit;
    }
    consume_credentials();
`

const kamailioSwitch = `
request_route {
  xlog("L_ALERT", "took $rm $rU from $fU via $proto $si:$sp\n");
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("481", "Not here");
    exit;
  }
  if (!t_newtran()) { exit; }
  if (is_method("OPTIONS") && $rU == $null) { t_reply("200", "OK"); exit; }
  if (is_method("REGISTER")) {
    if (!pv_auth_check("REALM", "pw$au", "0", "0")) { auth_challenge("REALM", "1"); exit; }
    if (!save("location")) { sl_reply_error(); }
    exit;
  }
  if (is_method("INVITE")) {AUTH_CALLS
    record_route();
  }
  if ($rU =~ "^555") { $rU = "DELIVER"; }
  if (!lookup("location")) { t_reply("404", "Not Found"); exit; }
  t_relay();
}
`

const kamailioProxy = `
request_route {
  xlog("L_ALERT", "took $rm $rU from $fU via $proto $si:$sp\n");
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("481", "Not here");
    exit;
  }
  if (!t_newtran()) { exit; }
  if (is_method("REGISTER")) { add_path_received(); } else { record_route(); }
  if (loose_route()) { t_relay(); exit; }
  $du = "sip:NEXT";
  t_relay();
}
`
