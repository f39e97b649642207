package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tableOfUsers writes a configuration with a table of so many users into a folder.
func tableOfUsers(tb testing.TB, n int) (folder string, sources []Source) {
	tb.Helper()
	var b strings.Builder
	b.WriteString("user,name,password\n")
	for i := range n {
		fmt.Fprintf(&b, "%06d,User %d,secret-%d\n", i, i, i)
	}
	folder = tb.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "people.csv"), []byte(b.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	const text = "domain = \"pbx.example.com\"\nusers_file = \"people.csv\"\n" +
		"from \"users\" {\n calls = { \"X.\" = busy(to) ? [reject(486)] : [dial(\"user:${to}\")] }\n}\n"
	return folder, []Source{{"tandem.hcl", []byte(text)}}
}

// BenchmarkLoadTableOfUsers checks a configuration of many users.
func BenchmarkLoadTableOfUsers(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		folder, sources := tableOfUsers(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if f, found := Check(folder, sources, Options{}); f == nil || len(f.Users) != n {
					b.Fatal(found)
				}
			}
		})
	}
}

// TestAUserOfATableCostsTheSameInALargeOne counts what a user costs to load, in tables of different sizes: what grows
// faster than the table would take its time for a hundred thousand.
func TestAUserOfATableCostsTheSameInALargeOne(t *testing.T) {
	each := func(n int) float64 {
		folder, sources := tableOfUsers(t, n)
		return testing.AllocsPerRun(1, func() {
			if f, found := Check(folder, sources, Options{}); f == nil || len(f.Users) != n {
				t.Fatal(found)
			}
		}) / float64(n)
	}
	small, large := each(1000), each(8000)
	if large > 1.2*small || large > 20 {
		t.Errorf("a user of 8000 costs %.1f allocations, one of 1000 %.1f", large, small)
	}
}
