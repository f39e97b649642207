package dialplan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
)

// option reads one option into where it belongs.
type option func(v cty.Value, in *reading) []problem

// readGroup reads options that stand in { }. of names the step; example shows one.
func readGroup(v cty.Value, in *reading, of, example string, known map[string]option) []problem {
	if in != nil && in.known != nil {
		*in.known = append(*in.known, slices.Sorted(maps.Keys(known))...)
	}
	if !v.IsKnown() {
		return nil
	}
	if t := v.Type(); v.IsNull() || !t.IsObjectType() && !t.IsMapType() {
		return wrong(fmt.Sprintf("options stand in { }, not as %s", Kind(v)), "Write "+example+".")
	}
	var problems []problem
	values := v.AsValueMap()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		var ps []problem
		if read := known[key]; read != nil {
			ps = read(values[key], in)
		} else {
			ps = wrong(fmt.Sprintf("%s has no option %q", of, key), DidYouMean(key, slices.Sorted(maps.Keys(known))))
		}
		for _, p := range ps {
			p.key = key
			problems = append(problems, p)
		}
	}
	return problems
}

// dialOptions are the options that dial, ring and forward have in common, read into o.
func dialOptions(o *DialOptions) map[string]option {
	return map[string]option{
		"caller_id": func(v cty.Value, _ *reading) (p []problem) { o.CallerID, p = readCallerID(v); return p },
		"caller_name": func(v cty.Value, in *reading) []problem {
			return into(&o.CallerName, v, in, readCallerName)
		},
		"privacy": func(v cty.Value, in *reading) []problem {
			return into(&o.Privacy, v, in, readWord[Privacy]("privacy", "id", "header", "none"))
		},
		"headers": func(v cty.Value, in *reading) []problem { return into(&o.Headers, v, in, readHeaders) },
		"timeout": func(cty.Value, *reading) []problem {
			return wrong("the timeout stands before the options", `Write (targets, "20s", { ... }).`)
		},
		"ringback": func(v cty.Value, in *reading) []problem { return into(&o.Ringback, v, in, readRingback) },
		"early": func(v cty.Value, in *reading) []problem {
			return into(&o.Early, v, in, readWord[EarlySound]("early", "pass", "ring", "none"))
		},
		"record": func(v cty.Value, _ *reading) (p []problem) { o.Record, p = readFlag(v, "record"); return p },
		"codecs": func(v cty.Value, in *reading) []problem { return into(&o.Codecs, v, in, readCodecs) },
		"dtmf": func(v cty.Value, in *reading) []problem {
			return into(&o.DTMF, v, in, readWord[string]("dtmf", "rfc4733", "info", "inband", "auto"))
		},
		"max": func(v cty.Value, in *reading) []problem { return into(&o.Max, v, in, readTime(MinTalk, MaxTalk)) },
	}
}

// into reads a value into its place; what only a call can tell leaves it as it is.
func into[T any](place *T, v cty.Value, in *reading, read reader) []problem {
	got, problems := read(v, in)
	if t, ok := got.(T); ok && len(problems) == 0 {
		*place = t
	}
	return problems
}

// readOptions reads the third argument of dial.
func readOptions(v cty.Value, in *reading) (any, []problem) {
	o := DialOptions{NextOn: DefaultNextOn()}
	known := dialOptions(&o)
	known["next_on"] = func(v cty.Value, in *reading) (p []problem) { o.NextOn, p = readCodes(v, in); return p }
	problems := readGroup(v, in, "dial", `{ next_on = [503], caller_id = "..." }`, known)
	return o, problems
}

// readWord gives a reader of one of some words.
func readWord[T ~string](name string, words ...string) reader {
	return func(v cty.Value, _ *reading) (any, []problem) {
		s, ok, p := text(v, name)
		if !ok {
			return nil, p
		}
		if slices.Contains(words, s) {
			return T(s), nil
		}
		hint := DidYouMean(s, words)
		if hint == "" {
			hint = "There are " + strings.Join(words, ", ") + "."
		}
		return nil, wrong(fmt.Sprintf("%q is no %s", s, name), hint)
	}
}

// readCallerName reads a name that is shown. One that a caller has sent is cleaned and cut.
func readCallerName(v cty.Value, in *reading) (any, []problem) {
	s, ok, p := text(v, "caller_name")
	if !ok {
		return nil, p
	}
	if in.live {
		return cleaned(s, MaxCallerName), nil
	}
	if len(s) > MaxCallerName || !printable(s) {
		return nil, wrong(fmt.Sprintf("a caller's name is at most %d octets on one line", MaxCallerName), "")
	}
	return s, nil
}

// printable says whether s is text on one line.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// cleaned is text of a call without what cannot stand on one line, and cut.
func cleaned(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strings.TrimSpace(s)
}

// readRingback reads what a caller hears while it rings.
func readRingback(v cty.Value, in *reading) (any, []problem) {
	s, ok, p := text(v, "ringback")
	switch {
	case !ok:
		return nil, p
	case s == RingbackMusic || slices.Contains(Tones(), s):
		return s, nil
	case s == "far end":
		return "", nil
	case strings.ContainsAny(s, "./"):
		return readSound(v, in)
	}
	hint := DidYouMean(s, append(Tones(), RingbackMusic, "far end"))
	if hint == "" {
		hint = `Write "music", a tone such as "ringback", a file such as "please-wait.wav", or "far end".`
	}
	return nil, wrong(fmt.Sprintf("%q is nothing that can be heard while it rings", s), hint)
}

// codecNames are the codecs that a list may name.
func codecNames() []string {
	return []string{"opus", "g722", "pcma", "pcmu", "l16", "g729", "amr", "amr-wb", "ilbc", "gsm", "speex", "g723"}
}

// CodecHint gives the hint for a word that is no codec: also for the names that codecs have elsewhere, and for what
// people look for among them.
func CodecHint(word string) string {
	bare := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(word))
	switch strings.TrimSuffix(bare, "8000") {
	case "ulaw", "mulaw", "g711u", "g711mu", "g711ulaw", "g711mulaw":
		return `Did you mean "pcmu"?`
	case "alaw", "g711a", "g711alaw":
		return `Did you mean "pcma"?`
	case "g711":
		return `G.711 is "pcma" (A-law, in Europe) and "pcmu" (mu-law, in America and Japan).`
	case "telephoneevent", "rfc2833", "rfc4733", "dtmf":
		return "Digits need no codec: dtmf says how they go."
	case "h264", "h263", "vp8", "vp9", "av1":
		return "Video needs no codec here: video says whether it may pass."
	}
	return DidYouMean(word, codecNames())
}

// readCodecs reads an order of codecs.
func readCodecs(v cty.Value, _ *reading) (any, []problem) {
	if !v.IsKnown() {
		return nil, nil
	}
	if v.IsNull() || !isList(v) || v.LengthInt() == 0 {
		return nil, wrong(fmt.Sprintf("codecs is a list of names, not %s", Kind(v)), `Write codecs = ["pcma", "pcmu"].`)
	}
	var all []string
	var problems []problem
	for i, element := range v.AsValueSlice() {
		s, ok, ps := text(element, "a codec")
		switch {
		case !ok:
		case !slices.Contains(codecNames(), s):
			ps = wrong(fmt.Sprintf("there is no codec %q", s), CodecHint(s))
		case slices.Contains(all, s):
			ps = wrong(fmt.Sprintf("codecs has %q twice", s), "")
		default:
			all = append(all, s)
		}
		for _, p := range ps {
			p.index = i
			problems = append(problems, p)
		}
	}
	return all, problems
}

// readCount gives a reader of a whole number, from least to most.
func readCount(what string, least, most int) reader {
	return readNumber(what, int64(least), int64(most), func(v cty.Value) string {
		return fmt.Sprintf("%s is %d to %d, not %s", what, least, most, v.AsBigFloat().Text('f', -1))
	})
}

// optional gives argument i of a step, or a default.
func optional[T any](args []any, i int, otherwise T) T {
	if i < len(args) {
		if v, ok := args[i].(T); ok {
			return v
		}
	}
	return otherwise
}

// quantity says how many there are of a thing.
func quantity(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}
