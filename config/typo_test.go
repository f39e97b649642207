package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestOneEditTyposGetTheRightSuggestion spoils every key, block type, step, variable and word of a whole file, one edit
// at a time, and asks for the right word in a hint.
func TestOneEditTyposGetTheRightSuggestion(t *testing.T) {
	text, err := os.ReadFile("testdata/good/full.hcl")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{LookupEnv: env(map[string]string{"ANN_PW": "x"}), Sounds: []string{"welcome.wav"}}
	words := regexp.MustCompile(`\b(domain|public_ip|state|include_test_numbers|listen|sip|web|media|turn|ice|lite|rtp|tls|mode|cert|key|` +
		`registrar|open|prefer|passthrough|user|name|password|ha1|md5|sha256|env|file|trunk|host|allow|codecs|pcma|dtmf|` +
		`max_calls|let|from|users|trunks|calls|dial|ring|play|reject|answer|wait|next_on|caller_id|caller|carriers|sales|` +
		`to|trimprefix|test|call|answers|expect|at|transport|tcp|https|udp|files|` +
		`calls|detach|timer|messages|store|keep|max|min|devices|limits|strangers|silent|guesses|ban|per_source|per_user|pbx|` +
		`proxy|register|auth_user|realm|contact|expires|certificate|ca|numbers|asis|max_per_second|caller_id|pai|rpid|privacy|header|` +
		`ptime|max_ptime|diversion|history-info|trust|identity|options|prack|required|follow|accounts|held|relayed)\b`)
	done := map[string]bool{}
	total, right := 0, 0
	var missed []string
	for _, at := range words.FindAllIndex(text, -1) {
		word := string(text[at[0]:at[1]])
		if done[word] || inComment(text, at[0]) || isLabel(text, at[0], word) {
			continue
		}
		done[word] = true
		for _, typo := range typos(word) {
			spoiled := string(text[:at[0]]) + typo + string(text[at[1]:])
			_, found := Check("testdata/good", []Source{{"t.hcl", []byte(spoiled)}}, o)
			total++
			if suggests(found, word) {
				right++
			} else {
				missed = append(missed, word+" as "+typo+": "+firstLine(found))
			}
		}
	}
	if len(done) < 90 {
		t.Errorf("only %d words were found in the file", len(done))
	}
	share := 100 * float64(right) / float64(total)
	t.Logf("%d words, %d of %d typos recognized: %.1f %%", len(done), right, total, share)
	if share < 90 {
		t.Errorf("%.1f %% are recognized, want 90:\n%s", share, strings.Join(missed, "\n"))
	}
}

// typos gives some words one edit away: a letter left out, doubled, swapped with the next, and replaced.
func typos(word string) []string {
	var all []string
	for i := 0; i < len(word); i += 1 + len(word)/4 { // of long words not every letter, to be quick
		all = append(all, word[:i]+"q"+word[i+1:])
		if len(word) > 2 {
			all = append(all, word[:i]+word[i:i+1]+word[i:])
			if s := word[:i] + word[i+1:]; s[0] > '9' { // a name does not begin with a digit
				all = append(all, s)
			}
		}
		if i+1 < len(word) && word[i] != word[i+1] && (i > 0 || word[1] > '9') {
			all = append(all, word[:i]+word[i+1:i+2]+word[i:i+1]+word[i+2:])
		}
	}
	return all
}

func suggests(found Diagnostics, word string) bool {
	for _, d := range found {
		if strings.Contains(d.Hint, `Did you mean "`+word+`"`) || strings.Contains(d.Hint, `Did you mean "`+word+`:`) ||
			strings.Contains(d.Hint, `Did you mean "user:`+word+`"`) {
			return true
		}
	}
	return false
}

func firstLine(found Diagnostics) string {
	if len(found) == 0 {
		return "nothing"
	}
	return found[0].Message + " | " + found[0].Hint
}

func inComment(text []byte, at int) bool {
	start := strings.LastIndexByte(string(text[:at]), '\n') + 1
	return strings.Contains(string(text[start:at]), "#")
}

// isLabel says whether a word is free text of the file, such as a name in quotes, where any spelling will do.
func isLabel(text []byte, at int, word string) bool {
	before := string(text[max(0, at-40):at])
	return word == "sip" && strings.HasSuffix(before, `"`) || word == "file" && strings.HasSuffix(before, "/")
}
