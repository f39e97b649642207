package packages

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// files lists what the machine has that ends with the package: whatever bears its
// name, and what changed in the folders that it writes to.
const files = `find /etc /usr /var/lib /var/log /var/spool /run -xdev \( -name '*tandem*' -o -path '/var/lib/tandem/*' -o -path '/etc/tandem/*' \) \
  -not -path '/usr/local/*' -not -path '/usr/src/*' 2>/dev/null | sort; getent passwd tandem || true; getent group tandem || true`

func testDebian(t *testing.T, folder string) {
	m := boot(t, folder)
	deb := "/mnt/" + one(t, folder, "*.deb")[len(folder)+1:]
	before := m.do(files)

	said := m.do("dpkg --no-triggers -i " + deb)
	if !strings.Contains(said, "systemctl enable --now tandem") {
		t.Errorf("the package says:\n%s", said)
	}
	for path, want := range map[string]string{
		"/etc/tandem":            "750 root:tandem",
		"/etc/tandem/tandem.hcl": "640 root:tandem",
		"/etc/default/tandem":    "600 root:root",
		"/var/lib/tandem":        "750 tandem:tandem",
		"/usr/bin/tandem":        "755 root:root",
	} {
		if got := m.do("stat -c '%a %U:%G' " + path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	m.do("tandem check && tandem test")
	if out, _ := m.try("systemctl is-active tandem"); strings.TrimSpace(out) != "inactive" {
		t.Errorf("after it was installed the gateway is %s", out)
	}
	if out := m.do("systemd-analyze verify --man=no /usr/lib/systemd/system/tandem.service 2>&1"); out != "" {
		t.Errorf("verify: %s", out)
	}
	m.do("man --path >/dev/null 2>&1 && man --where tandem tandem-calls 5 tandem.hcl >/dev/null || test -s /usr/share/man/man5/tandem.hcl.5.gz")
	m.do("bash -n /usr/share/bash-completion/completions/tandem")

	// What root makes before the first start is the gateway's nevertheless.
	m.do("echo a-long-password-of-301 | tandem users add 301")
	m.do("systemctl enable --now tandem")
	t.Run("systemd runs it", func(t *testing.T) { testService(t, m) })
	t.Run("an upgrade ends no call", func(t *testing.T) { testUpgrade(t, m, deb) })

	m.do("dpkg --no-triggers --remove tandem")
	if out, _ := m.try("systemctl is-active tandem"); strings.TrimSpace(out) != "inactive" {
		t.Errorf("after it was removed the gateway is %s", out)
	}
	m.do("test -s /etc/tandem/tandem.hcl && test -s /var/lib/tandem/tandem.db")
	m.do("dpkg --no-triggers --purge tandem")
	if left := left(before, m.do(files)); len(left) > 0 {
		t.Errorf("after the purge there is still\n%s", strings.Join(left, "\n"))
	}
}

// left is what there is and was not before.
func left(before, after string) []string {
	was := strings.Split(before, "\n")
	return slices.DeleteFunc(strings.Split(after, "\n"), func(line string) bool { return slices.Contains(was, line) })
}

func testService(t *testing.T, m *machine) {
	m.t = t
	m.until("systemctl show -p ActiveState -p SubState --value tandem | tr '\\n' ' '", "active running")
	if got := m.do("stat -c %U /proc/$(systemctl show -p MainPID --value tandem)"); got != "tandem" {
		t.Errorf("it runs as %s", got)
	}
	m.do("curl -sf http://127.0.0.1:8080/readyz")
	m.do("tandem status && tandem users | grep 201") // root finds the socket of the service
	if got := m.do("stat -c '%U' /var/lib/tandem/* | sort -u"); got != "tandem" {
		t.Errorf("what it keeps is of %s", got)
	}
	m.do("tandem users list | grep 301")
	// Alive it may bind a port below 1024, but is no more than its user.
	caps := m.do("grep -E 'CapBnd|NoNewPrivs' /proc/$(systemctl show -p MainPID --value tandem)/status")
	if !regexp.MustCompile(`CapBnd:\s+0+400\nNoNewPrivs:\s+1`).MatchString(caps) {
		t.Errorf("capabilities: %s", caps)
	}
	// All its threads run ahead of what else the machine does, where the unit's limit is let
	// be raised; else it says that it may not, and runs.
	want, said := "SCHED_RR", "0"
	if m.do("grep realtime.priority /proc/$(systemctl show -p MainPID --value tandem)/limits | awk '{print $4}'") == "0" {
		t.Log("no real-time priority is to be had in this machine")
		want, said = "SCHED_OTHER", "1"
	}
	if got := m.do("chrt -a -p $(systemctl show -p MainPID --value tandem) | grep policy | sed 's/.*: //' | sort -u"); got != want {
		t.Errorf("threads are scheduled as %s, want %s", got, want)
	}
	if got := m.do("journalctl -u tandem --no-pager | grep -c 'packets wait for whatever else runs' || true"); got != said {
		t.Errorf("told %s times that it may not run ahead, want %s", got, said)
	}

	m.do(`printf 'user "209" { password = "another-long-one" }\n' >>/etc/tandem/tandem.hcl && systemctl reload tandem`)
	m.until("tandem users", "209")

	// One that hangs is started anew.
	m.do("mkdir -p /run/systemd/system/tandem.service.d && printf '[Service]\\nWatchdogSec=3\\n' >/run/systemd/system/tandem.service.d/soon.conf && systemctl daemon-reload && systemctl restart tandem")
	hung := m.do("systemctl show -p MainPID --value tandem")
	m.do("kill -STOP " + hung)
	m.until("systemctl show -p NRestarts --value tandem", "1")
	m.until("tandem status", "calls")
	if now := m.do("systemctl show -p MainPID --value tandem"); now == hung {
		t.Errorf("it is still process %s", now)
	}
	m.do("rm -r /run/systemd/system/tandem.service.d && systemctl daemon-reload && systemctl restart tandem")
}

// testUpgrade installs the package again while a call is under way, then restarts
// the gateway, which lets the call end.
func testUpgrade(t *testing.T, m *machine, deb string) {
	m.t = t
	m.do(`sed -i '0,/calls = {/s//calls = {\n"600" = [answer(), echo()]/' /etc/tandem/tandem.hcl && tandem reload`)
	pid := m.do("systemctl show -p MainPID --value tandem")
	if said := m.do("dpkg --no-triggers -i " + deb); !strings.Contains(said, "goes on as it was") {
		t.Errorf("the package says:\n%s", said)
	}
	if now := m.do("systemctl show -p MainPID --value tandem"); now != pid {
		t.Errorf("the upgrade restarted the gateway: %s, then %s", pid, now)
	}
	m.do("grep -q 209 /etc/tandem/tandem.hcl")
	m.do("(tandem call 600 --duration 4s; echo ends with $?) >/tmp/call 2>&1 &")
	m.until("tandem calls", "600")
	m.do("systemctl restart tandem")
	m.until("cat /tmp/call", "ends with 0")
	if out := m.do("cat /tmp/call"); !strings.Contains(out, "talked 4.") {
		t.Errorf("the call ended before its time: %s", out)
	}
	if now := m.do("systemctl show -p MainPID --value tandem"); now == pid {
		t.Errorf("the restart left process %s", now)
	}
	m.do("tandem status")
}
