package dialog

import (
	"strings"
	"testing"
)

func TestReplacesNamesADialog(t *testing.T) {
	for _, c := range []struct {
		value string
		want  Replaces
	}{
		{"98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff", Replaces{CallID: "98732@sip.example.com", ToTag: "ff87ff", FromTag: "r33th4x0r"}},
		{"12adf2f34456gs5 ; TO-TAG = 12345 ; from-tag=54321;early-only", Replaces{CallID: "12adf2f34456gs5", ToTag: "12345", FromTag: "54321", EarlyOnly: true}},
		{"87134@171.161.34.23;to-tag=24796;from-tag=0;x=y", Replaces{CallID: "87134@171.161.34.23", ToTag: "24796", FromTag: "0"}},
	} {
		if got, err := ParseReplaces(c.value); err != nil || got != c.want {
			t.Errorf("ParseReplaces(%q) = %+v, %v, want %+v", c.value, got, err, c.want)
		}
	}
	for _, bad := range []string{
		"", "a", "a;to-tag=1", "a;from-tag=1", ";to-tag=1;from-tag=2", "a;to-tag=;from-tag=2", "a;to-tag=1;to-tag=2;from-tag=3",
		"a b;to-tag=1;from-tag=2", "a;to-tag=1;from-tag=2, b;to-tag=3;from-tag=4", strings.Repeat("a", 600) + ";to-tag=1;from-tag=2",
	} {
		if got, err := ParseReplaces(bad); err == nil {
			t.Errorf("ParseReplaces(%q) = %+v, want an error", bad, got)
		}
	}
}

func TestReplacesIsMatchedFromBothEnds(t *testing.T) {
	d := uas(t)
	for _, c := range []struct {
		value string
		want  bool
	}{
		{"c1@192.0.2.1;to-tag=ours;from-tag=her", true},
		{"c1@192.0.2.1;to-tag=her;from-tag=ours", true},
		{"c1@192.0.2.1;to-tag=ours;from-tag=his", false},
		{"c2@192.0.2.1;to-tag=ours;from-tag=her", false},
		{"c1@192.0.2.1;to-tag=ours;from-tag=ours", false},
	} {
		r, err := ParseReplaces(c.value)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Names(d); got != c.want {
			t.Errorf("%q names the dialog: %v, want %v", c.value, got, c.want)
		}
	}
}

func FuzzReplaces(f *testing.F) {
	for _, seed := range []string{"98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff", "a;to-tag=1;from-tag=0;early-only", ";;==;to-tag"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, v string) {
		r, err := ParseReplaces(v)
		if err == nil && (r.CallID == "" || r.ToTag == "" || r.FromTag == "" || strings.ContainsAny(r.CallID+r.ToTag+r.FromTag, "\r\n\x00 ")) {
			t.Errorf("ParseReplaces(%q) = %+v", v, r)
		}
	})
}
