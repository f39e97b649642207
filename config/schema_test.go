package config

import (
	"slices"
	"testing"
)

// TestTheDecoderTellsWhatItTakes asks the decoder for some of what it reads.
func TestTheDecoderTellsWhatItTakes(t *testing.T) {
	blocks := surveyBlocks()
	find := func(block, name string) Shape {
		for _, b := range blocks {
			if i := slices.IndexFunc(b.Attributes, func(a Attribute) bool { return a.Name == name }); b.Type == block && i >= 0 {
				return b.Attributes[i].Shape
			}
		}
		t.Fatalf("%s has no %s", block, name)
		return Shape{}
	}
	if s := find("tls", "mode"); s.Kind != KindWord || !slices.Contains(s.Words, "files") {
		t.Errorf("tls mode: %+v", s)
	}
	if s := find("registrar", "max"); s.Kind != KindTime || s.Least != "1m" || s.Most != "7d" {
		t.Errorf("registrar max: %+v", s)
	}
	if s := find("trunk", "register"); s.Kind != KindGroup || len(s.Members) < 6 || !s.Members[1].Shape.Secret {
		t.Errorf("trunk register: %+v", s)
	}
	if s := find("user", "codecs"); s.Kind != KindList || s.Item.Kind != KindWord {
		t.Errorf("user codecs: %+v", s)
	}
}
