package demo

import (
	"context"
	"flag"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"rsc.io/qr"

	"github.com/tandemgw/tandem/cmd/tandem/tandemtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// masked is a banner without what differs from start to start.
func masked(s string) string {
	for _, m := range []struct{ form, with string }{
		{`\b[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}\b`, "xxxx-xxxx-xxxx"},
		{`/p/[A-Z2-7]{26}`, "/p/XXXXXXXXXXXXXXXXXXXXXXXXXX"},
		{`token=[A-Z2-7]{26}`, "token=XXXXXXXXXXXXXXXXXXXXXXXXXX"},
		{`ready in [0-9.]+ s`, "ready in 0.0 s"},
		{`:\d{2,5}\b`, ":PORT"},
		{`(?m)^  Note .*\n`, ""},
	} {
		s = regexp.MustCompile(m.form).ReplaceAllString(s, m.with)
	}
	return s
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestBannerOfTheDemo(t *testing.T) {
	var out tandemtest.Output
	o := Options{Version: "0.1.0-dev", PortBase: tandemtest.FreeBase(t), Getenv: tandemtest.Home(t.TempDir()), Out: &out, Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, o) }()
	tandemtest.Await(t, "a banner", func() bool { return strings.Contains(out.String(), "Ctrl-C stops") })
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	fits(t, out.String())
	golden(t, "banner.golden", masked(out.String()))
}

func fullBanner() banner {
	return banner{
		version: "0.1.0-dev", why: "no configuration found", lan: true, console: "XXXXXXXXXXXXXXXXXXXXXXXXXX", ports: ports{sip: 65060, sips: 65061, http: 65080, https: 65443},
		notes: []string{
			"port 5060/udp is used by fifteen-letters (pid 4194304); using 65060",
			"port 8080/tcp is used by fifteen-letters (pid 4194304); using 65080",
			"port 8443/tcp is used by another user's process; using 65443",
			"port 8443/udp is used by another user's process; using 65444",
			"the kept certificate does not name 192.168.100.100;", "tandem demo --lan --reset makes one that does",
		},
		server: netip.MustParseAddr("192.168.100.100"), links: [2]string{strings.Repeat("A", 26), strings.Repeat("B", 26)},
		authority: strings.TrimSuffix(strings.Repeat("AB:", 32), ":"),
		passwords: []string{"aaaa-bbbb-cccc", "dddd-eeee-ffff", "gggg-hhhh-jjjj"}, took: 400 * time.Millisecond,
	}
}

func TestBannerOfTheDemoInTheLocalNetwork(t *testing.T) {
	var b strings.Builder
	fullBanner().print(&b)
	golden(t, "banner-lan.golden", b.String())
	fits(t, b.String())
	if strings.Contains(b.String(), "\x1b") {
		t.Error("it has colors without being asked")
	}
}

// fits says whether a banner is at most 24 lines of 80 columns, the code not
// counted.
func fits(t *testing.T, text string) {
	t.Helper()
	lines := 0
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
			t.Errorf("%d columns: %q", n, line)
		}
		if !strings.ContainsAny(line, "█▀▄") {
			lines++
		}
	}
	if lines > 25 { // with the empty line before the code
		t.Errorf("%d lines:\n%s", lines, text)
	}
}

// A reader wants dark dots on light ground with four light ones around: the
// foreground of a dark terminal is light.
func TestQRCodeIsLightWhereTheTerminalIs(t *testing.T) {
	const text = "http://192.168.1.20:8080/trust"
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]bool // true is dark
	for line := range strings.Lines(strings.TrimLeft(qrCode(text, false), "\n")) {
		var upper, lower []bool
		for _, r := range strings.TrimPrefix(strings.TrimRight(line, "\n"), "    ") {
			upper = append(upper, r == ' ' || r == '▄')
			lower = append(lower, r == ' ' || r == '▀')
		}
		rows = append(rows, upper, lower)
	}
	if len(rows) < code.Size+2*quietZone || len(rows[0]) != code.Size+2*quietZone {
		t.Fatalf("the code has %d rows of %d dots", len(rows), len(rows[0]))
	}
	for y, row := range rows {
		for x, dark := range row {
			if want := code.Black(x-quietZone, y-quietZone); dark != want {
				t.Fatalf("dot %d,%d is dark: %v, want %v", x, y, dark, want)
			}
		}
	}
	colored := qrCode(text, true)
	if strings.Count(colored, "\x1b[38;5;231;48;5;16m") != strings.Count(colored, "\x1b[0m") || strings.Count(colored, "\x1b") != 2*(len(rows)/2) {
		t.Errorf("colors are not white on black in each line, ended in each line:\n%q", colored)
	}
	if regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(colored, "") != qrCode(text, false) {
		t.Error("colors change the code")
	}
}
