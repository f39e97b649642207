package event

import (
	"reflect"
	"testing"
)

func TestWhatASummaryCounts(t *testing.T) {
	voice := func(fresh, saved int) []Waiting { return []Waiting{{Class: "Voice-Message", New: fresh, Old: saved}} }
	for body, want := range map[string][]Waiting{
		"Messages-Waiting: yes\r\nMessage-Account: sip:asterisk@192.0.2.1\r\nVoice-Message: 2/8 (0/2)\r\n": voice(2, 8),
		"Messages-Waiting: no\nvoice-message:0/3\n":                                                        voice(0, 3),
		"messages-waiting: YES\r\n":                                                                        voice(1, 0),
		"Messages-Waiting: yes\r\nVoice-Message: 0/4\r\n":                                                  voice(1, 0),
		"Messages-Waiting: no\r\nVoice-Message: 0/0 (0/0)\r\n":                                             nil,
		"Voice-Message: 1/2\r\nVoice-Message: 5/5\r\n":                                                     voice(1, 2),
		"Fax-Message: 1/0\r\nX-Message: 4/4\r\nVoice-Message: 3/-1\r\n":                                    {{Class: "Fax-Message", New: 1}, {Class: "Voice-Message", New: 3}},
		"": nil,
	} {
		if got := parseSummary([]byte(body)); !reflect.DeepEqual(got, want) {
			t.Errorf("%q counts %v, want %v", body, got, want)
		}
	}
}

func FuzzSummary(f *testing.F) {
	f.Add([]byte("Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n"))
	f.Add([]byte("Voice-Message: 99999999999/1\nFax-Message:/"))
	f.Fuzz(func(t *testing.T, body []byte) {
		all := parseSummary(body)
		if len(all) > len(classes) {
			t.Errorf("%q counts %v", body, all)
		}
		for _, w := range all {
			if w.New < 0 || w.Old < 0 || w.New > maxCount || w.Old > maxCount {
				t.Errorf("%q counts %v", body, w)
			}
		}
	})
}
