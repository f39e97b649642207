package dialplan

import (
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
)

// reader turns the value of an argument into what its step wants. Unknown values, which stand for what only a call can
// tell, give as many problems as can be seen already.
type reader func(v cty.Value, in *reading) (any, []problem)

// reading is what readers may ask about.
type reading struct {
	names *directory
	live  bool // for a call: who is not there is found out by calling
	// known takes the names of the options that there are, where somebody asks for them; else nil.
	known *[]string
}

// later says whether a value of this type is to be had once there is a call.
func later(v cty.Value, t cty.Type) bool {
	return !v.IsKnown() && (v.Type() == t || v.Type() == cty.DynamicPseudoType)
}

// readBool reads a condition.
func readBool(v cty.Value, _ *reading) (any, []problem) {
	if later(v, cty.Bool) {
		return nil, nil
	}
	if v.IsNull() || v.Type() != cty.Bool {
		return nil, wrong(fmt.Sprintf("a condition is true or false, not %s", Kind(v)), "")
	}
	return v.True(), nil
}

// text gives the string of v, or says why it is none. ok is false when there is nothing to go on with.
func text(v cty.Value, what string) (s string, ok bool, p []problem) {
	switch {
	case v.IsNull():
		return "", false, wrong(what+" is text, not null", "")
	case later(v, cty.String):
		return "", false, nil
	case v.Type() != cty.String:
		hint := ""
		if v.IsKnown() && v.Type() == cty.Number {
			hint = fmt.Sprintf("Write it in quotes: %q.", v.AsBigFloat().Text('f', -1))
		}
		return "", false, wrong(fmt.Sprintf("%s is text in quotes, not %s", what, Kind(v)), hint)
	}
	return v.AsString(), true, nil
}

// readTargets reads one target or a list of them.
func readTargets(v cty.Value, in *reading) (any, []problem) {
	if !v.IsKnown() && v.Type() != cty.String {
		if !in.live {
			in.names.called.begun("")
		}
		return nil, nil
	}
	if v.IsNull() || !isList(v) {
		t, p := readTarget(v, in)
		return []Target{t}, p
	}
	if n := v.LengthInt(); n == 0 || n > MaxTargets {
		return nil, wrong(fmt.Sprintf("a step calls 1 to %d targets, not %d", MaxTargets, n), "")
	}
	var targets []Target
	var problems []problem
	for _, element := range v.AsValueSlice() {
		t, ps := readTarget(element, in)
		for _, p := range ps {
			p.index = len(targets)
			problems = append(problems, p)
		}
		targets = append(targets, t)
	}
	return targets, problems
}

func isList(v cty.Value) bool {
	t := v.Type()
	return t.IsTupleType() || t.IsListType() || t.IsSetType()
}

func readTarget(v cty.Value, in *reading) (Target, []problem) {
	s, ok, p := text(v, "a target")
	if p != nil {
		return Target{}, p
	}
	if !ok {
		if v.Type() == cty.String {
			if !in.live {
				in.names.called.begun(v.Range().StringPrefix())
			}
			return Target{}, checkPrefix(v.Range().StringPrefix(), in)
		}
		return Target{}, nil
	}
	t, bad := parseTarget(s)
	if bad != nil {
		if bad.hint == targetHint && in.names.hasUser(s) {
			bad.hint = fmt.Sprintf("Did you mean %q?", "user:"+s)
		}
		bad.index = -1
		return t, []problem{*bad}
	}
	if !in.live {
		in.names.called.known(t)
		return t, exists(t.Kind, t.Name, in.names)
	}
	return t, nil
}

// checkPrefix looks at what is known of a target that depends on the call: its kind, and the trunk before a slash.
func checkPrefix(prefix string, in *reading) []problem {
	kind, rest, ok := strings.Cut(prefix, ":")
	if !ok {
		return nil
	}
	name, _, slash := strings.Cut(rest, "/")
	if kind == "trunk" && slash {
		return exists(TargetTrunk, name, in.names)
	}
	if _, bad := parseTarget(kind + ":1"); bad != nil && kind != "sip" && kind != "sips" {
		bad.index = -1
		return []problem{*bad}
	}
	return nil
}

// exists says whether a user, trunk or room is there, and which was meant if not.
func exists(kind TargetKind, name string, names *directory) []problem {
	switch {
	case kind == TargetRoom:
		return roomExists(name, names)
	case kind == TargetUser && !names.hasUser(name):
		hint := ""
		if s := Suggest(name, names.Users); s != "" {
			hint = fmt.Sprintf("Did you mean %q?", "user:"+s)
		}
		return []problem{{index: -1, message: fmt.Sprintf("there is no user %q", name), hint: hint, soft: true}}
	case kind == TargetTrunk && !names.hasTrunk(name):
		hint := ""
		if s := Suggest(name, names.Trunks); s != "" {
			hint = fmt.Sprintf("Did you mean %q?", "trunk:"+s)
		}
		return []problem{{index: -1, message: fmt.Sprintf("there is no trunk %q", name), hint: hint, soft: true}}
	}
	return nil
}

// readTime gives a reader of times such as "20s", from least to most.
func readTime(least, most time.Duration) reader {
	return func(v cty.Value, _ *reading) (any, []problem) {
		if v.IsKnown() && !v.IsNull() && v.Type() == cty.Number {
			return nil, wrong("a time has a unit", fmt.Sprintf("Write %q.", v.AsBigFloat().Text('f', -1)+"s"))
		}
		s, ok, p := text(v, "a time")
		if !ok {
			return nil, p
		}
		d, err := time.ParseDuration(s)
		if err != nil {
			return nil, wrong(fmt.Sprintf("%q is no time", s), `Times are written "20s", "500ms" or "1m30s".`)
		}
		if d < least || d > most {
			return nil, wrong(fmt.Sprintf("%q is out of range: from %s to %s", s, seconds(least), seconds(most)), "")
		}
		return d, nil
	}
}

// readCode reads a SIP status that refuses a call.
func readCode(v cty.Value, _ *reading) (any, []problem) {
	if later(v, cty.Number) {
		return nil, nil
	}
	if v.IsNull() || v.Type() != cty.Number {
		return nil, wrong(fmt.Sprintf("a status is a number, not %s", Kind(v)), "")
	}
	code, accuracy := v.AsBigFloat().Int64()
	if accuracy != 0 || code < 400 || code > 699 {
		return nil, wrong(fmt.Sprintf("%s is no status that refuses a call: 400 to 699", v.AsBigFloat().Text('f', -1)), "")
	}
	return int(code), nil
}

// readPhrase reads the words after a status.
func readPhrase(v cty.Value, _ *reading) (any, []problem) {
	s, ok, p := text(v, "a phrase")
	if !ok {
		return nil, p
	}
	if len(s) > 128 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return nil, wrong("a phrase is at most 128 octets on one line", "")
	}
	return s, nil
}

// readTone reads the name of a tone.
func readTone(v cty.Value, _ *reading) (any, []problem) {
	s, ok, p := text(v, "the name of a tone")
	if !ok {
		return nil, p
	}
	for _, t := range Tones() {
		if s == t {
			return s, nil
		}
	}
	hint := DidYouMean(s, Tones())
	if hint == "" {
		hint = "There are " + strings.Join(Tones(), ", ") + "."
	}
	return nil, wrong(fmt.Sprintf("there is no tone %q", s), hint)
}

// SoundPlace is the hint for a sound that is not there.
const SoundPlace = `Put it into the folder "sounds" beside the configuration.`

// readSound reads the name of a sound file: a path below the folder of sounds, and nothing that leads out of it.
func readSound(v cty.Value, in *reading) (any, []problem) {
	s, ok, p := text(v, "a sound file")
	if !ok {
		return nil, p
	}
	switch {
	case s == "" || len(s) > 255 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return nil, wrong("a sound file has a name of 1 to 255 octets", "")
	case !isBelow(s):
		return nil, wrong(fmt.Sprintf("%q leads out of the folder of sounds", s), `Name it from there, such as "closed.wav" or "de/closed.wav".`)
	case !in.live && in.names.Sound != nil && !in.names.Sound(s):
		return s, []problem{{index: -1, message: fmt.Sprintf("there is no sound %q, so a tone will be heard instead", s), hint: SoundPlace, warning: true}}
	case !in.live && in.names.Unplayable != nil:
		if why := in.names.Unplayable(s); why != "" {
			return s, []problem{{index: -1, message: fmt.Sprintf("the sound %q cannot be played: %s", s, why), hint: "Make it WAV: PCM of 8, 16 or 24 bit, or G.711, mono or stereo, 8000 to 48000 samples a second, as by `ffmpeg -i FROM -ar 16000 -ac 1 TO.wav`."}}
		}
	}
	return s, nil
}

// isBelow says whether a path stays below the folder that it is meant from.
func isBelow(s string) bool {
	return s != "" && len(s) <= 255 && !path.IsAbs(s) && !strings.Contains(s, `\`) && path.Clean(s) == s && s != "." && !strings.HasPrefix(s, "..") &&
		!strings.ContainsFunc(s, unicode.IsControl)
}

func readCodes(v cty.Value, in *reading) ([]int, []problem) {
	if !v.IsKnown() {
		return nil, nil
	}
	if v.IsNull() || !isList(v) {
		return nil, wrong(fmt.Sprintf("next_on is a list of statuses, not %s", Kind(v)), "Write next_on = [408, 503].")
	}
	if v.LengthInt() > 300 {
		return nil, wrong("next_on lists more statuses than there are", "")
	}
	codes := []int{}
	var problems []problem
	for i, element := range v.AsValueSlice() {
		code, ps := readCode(element, in)
		for _, p := range ps {
			p.index = i
			problems = append(problems, p)
		}
		if c, ok := code.(int); ok {
			codes = append(codes, c)
		}
	}
	return codes, problems
}

// readFlag reads true or false.
func readFlag(v cty.Value, name string) (bool, []problem) {
	switch {
	case !v.IsKnown():
		return false, nil
	case v.IsNull() || v.Type() != cty.Bool:
		return false, wrong(fmt.Sprintf("%s is true or false, not %s", name, Kind(v)), "")
	}
	return v.True(), nil
}

func readCallerID(v cty.Value) (string, []problem) {
	s, ok, p := text(v, "caller_id")
	if !ok {
		return "", p
	}
	if strings.EqualFold(s, Anonymous) {
		return Anonymous, nil
	}
	if why := badNumber(s); why != "" {
		return "", wrong(fmt.Sprintf("%q cannot be shown as a caller's number: %s", s, why), "")
	}
	return s, nil
}
