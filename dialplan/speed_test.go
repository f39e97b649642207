package dialplan

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// manyRows makes a plan of so many rows, the last of which asks for the time of day.
func manyRows(tb testing.TB, rows int) *Plan {
	tb.Helper()
	var b strings.Builder
	b.WriteString("hours \"office\" {\n open = [\"mon-fri 09:00-17:30\"]\n}\nfrom \"users\" {\n calls = {\n")
	for i := range rows - 1 {
		fmt.Fprintf(&b, "\"%04d[13]X.\" = [dial(\"trunk:alpha\")]\n", i)
	}
	fmt.Fprintf(&b, "%q = open(\"office\") ? [dial(\"trunk:alpha\")] : [reject(480)]\n}\n}\n", lastOf(rows))
	plan, err := Parse("x.hcl", b.String(), Names{Users: []string{"201"}, Trunks: []string{"alpha"}})
	if err != nil {
		tb.Fatal(err)
	}
	return plan
}

// lastOf is the number that the last row takes.
func lastOf(rows int) string { return fmt.Sprintf("%04d25", rows-1) }

// BenchmarkRouteThroughRows routes a call that the last of many rows takes.
func BenchmarkRouteThroughRows(b *testing.B) {
	for _, rows := range []int{1, 1000, MaxRows} {
		plan := manyRows(b, rows)
		r := Request{From: Source{FromUser, "201"}, To: lastOf(rows), At: time.Date(2026, 8, 19, 11, 0, 0, 0, time.UTC)}
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plan.Route(r)
			}
		})
		b.Run(fmt.Sprint(rows, "-explained"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = plan.Route(r).Explain()
			}
		})
	}
}
