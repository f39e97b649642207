package dialplan

import (
	"errors"
	"strings"
	"testing"
)

func TestPatternMatches(t *testing.T) {
	for _, c := range []struct {
		pattern   string
		takes     []string
		takesNone []string
	}{
		{"2XX", []string{"200", "299"}, []string{"", "2", "20", "2000", "300", "2a0", "20x"}},
		{"N", []string{"2", "9"}, []string{"0", "1", "N"}},
		{"Z", []string{"1", "9"}, []string{"0", "Z"}},
		{"[1-5]0", []string{"10", "50"}, []string{"00", "60"}},
		{"[13-58*]", []string{"1", "3", "4", "5", "8", "*"}, []string{"2", "-", "6", "13"}},
		{"[1-]", []string{"1", "-"}, []string{"2"}},
		{"[X.]", []string{"X", "."}, []string{"1", "a"}},
		{"9.", []string{"90", "9 anything + é"}, []string{"9", "8"}},
		{".", []string{"0", "alice"}, []string{""}},
		{".9", []string{"19", "99", "1929"}, []string{"9", "91"}},
		{"+44.", []string{"+442071234567"}, []string{"+44", "442071234567"}},
		{"1.2.3", []string{"1a2b3", "122233", "1222223"}, []string{"123", "1a23", "12b3", "1a2b34"}},
		{"alice", []string{"alice"}, []string{"Alice", "alic", "alicee"}},
		{"é", []string{"é"}, []string{"e", "è"}},
		{"*97", []string{"*97"}, []string{"97"}},
	} {
		p, err := ParsePattern(c.pattern)
		if err != nil {
			t.Errorf("ParsePattern(%q): %v", c.pattern, err)
			continue
		}
		for _, n := range c.takes {
			if !p.Match(n) {
				t.Errorf("%q does not take %q", c.pattern, n)
			}
			if why := p.miss(n); why != "" {
				t.Errorf("%q misses %q, which it takes: %s", c.pattern, n, why)
			}
		}
		for _, n := range c.takesNone {
			if p.Match(n) {
				t.Errorf("%q takes %q", c.pattern, n)
			}
			if why := p.miss(n); why == "" {
				t.Errorf("%q does not say why it misses %q", c.pattern, n)
			}
		}
	}
}

func TestPatternErrors(t *testing.T) {
	for pattern, want := range map[string]PatternError{
		"":                                {0, "must not be empty"},
		"2[1-5":                           {1, `without a "]"`},
		"2]":                              {1, `without a "["`},
		"2[]":                             {1, "takes nothing"},
		"[^1]":                            {1, "cannot be turned round"},
		"[5-1]":                           {1, "runs backwards"},
		"[1 2]":                           {2, "printable ASCII"},
		"1\n":                             {1, "control character"},
		"[é]":                             {1, "printable ASCII"},
		"1[3-\n]":                         {2, "runs backwards"},
		strings.Repeat("1", MaxPattern+1): {MaxPattern, "at most 128"},
	} {
		_, err := ParsePattern(pattern)
		var got *PatternError
		if !errors.As(err, &got) {
			t.Errorf("ParsePattern(%q) = %v, want a PatternError", pattern, err)
			continue
		}
		if got.Offset != want.Offset || !strings.Contains(got.Reason, want.Reason) {
			t.Errorf("ParsePattern(%q): %d %s, want %d ...%s...", pattern, got.Offset, got.Reason, want.Offset, want.Reason)
		}
	}
}

func TestPatternMissSaysWhy(t *testing.T) {
	for _, c := range [][3]string{
		{"2XX", "20a", `the pattern wants a digit where "20a" has "a"`},
		{"2XX", "20", `"20" ends where the pattern wants a digit`},
		{"2XX", "2011", `"2011" goes on after "201", where the pattern ends`},
		{"[1-5]X", "6", `the pattern wants one of [1-5] where "6" has "6"`},
		{"9.", "9", `"9" ends where the pattern wants one or more of anything`},
		{"9.8", "9123", `"9123" ends where the pattern wants "8"`},
		{"1", "é", `the pattern wants "1" where "é" has "é"`},
	} {
		p, err := ParsePattern(c[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := p.miss(c[1]); got != c[2] {
			t.Errorf("%q against %q: %s, want %s", c[1], c[0], got, c[2])
		}
	}
}

func TestPatternMatchDoesNotAllocate(t *testing.T) {
	p, err := ParsePattern("+44.[1-5].9")
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { p.Match("+4420712345678") }); n != 0 {
		t.Errorf("Match allocates %v times", n)
	}
}

// FuzzPattern compares Match with a matcher that tries everything, and asks that whatever parses explains its misses.
func FuzzPattern(f *testing.F) {
	for _, s := range [][2]string{{"2XX", "201"}, {"1.2.3", "1a2b3"}, {"[1-5].", "31"}, {".", ""}, {"é.", "éé"}, {"[", "1"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, number string) {
		p, err := ParsePattern(pattern)
		if err != nil {
			if _, ok := errors.AsType[*PatternError](err); !ok {
				t.Fatalf("ParsePattern(%q): %T", pattern, err)
			}
			return
		}
		if len(number) > 40 {
			number = number[:40]
		}
		got := p.Match(number)
		if want := matchSlowly(p.elems, number); got != want {
			t.Errorf("%q takes %q: %v, want %v", pattern, number, got, want)
		}
		if why := p.miss(number); got != (why == "") {
			t.Errorf("%q takes %q: %v, but misses it because %q", pattern, number, got, why)
		}
	})
}

// matchSlowly fills a table of which pattern prefix takes which number prefix.
func matchSlowly(elems []element, number string) bool {
	takes := make([]bool, len(number)+1)
	takes[0] = true
	for _, e := range elems {
		next := make([]bool, len(number)+1)
		for i := range len(number) {
			next[i+1] = e.set.has(number[i]) && (takes[i] || e.many && next[i])
		}
		takes = next
	}
	return takes[len(number)]
}
