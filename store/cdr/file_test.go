package cdr

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFileHasEachRecordOnceThoughOthersNameIt(t *testing.T) {
	// The second came out of the first, and ended before it.
	child, parent := Record{CallID: "b", ParentID: "a", TransferOf: "a-c", Start: at0, End: at0}, Record{CallID: "a", Start: at0, End: at0}
	for name, file := range map[string]func(string) *File{
		"json":     NewJSONLines,
		"csv":      func(path string) *File { return NewCSV(path, TemplateTandem) },
		"asterisk": func(path string) *File { return NewCSV(path, TemplateAsterisk) },
	} {
		path := filepath.Join(t.TempDir(), name)
		f := file(path)
		for _, records := range [][]Record{{child}, {child, parent, parent}, {parent}} {
			if err := f.Take(t.Context(), records); err != nil {
				t.Fatal(err)
			}
		}
		// Torn off, as by a process that is killed.
		if err := appendTo(path, string(f.line(&Record{CallID: "c", Start: at0, End: at0})[:20])); err != nil {
			t.Fatal(err)
		}
		if err := f.Take(t.Context(), []Record{{CallID: "c", Start: at0, End: at0}}); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []Record{child, parent, {CallID: "c", Start: at0, End: at0}} {
			if n := bytes.Count(text, f.line(&r)); n != 1 {
				t.Errorf("%s has %s %d times:\n%s", name, r.CallID, n, text)
			}
		}
		if lines := strings.Count(string(text), "\n"); lines != 3+bytes.Count(f.head, []byte("\n")) {
			t.Errorf("%s has %d lines:\n%s", name, lines, text)
		}
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(text)
	return err
}

func TestAReaderWhosePlaceIsUnreadableBeginsWithTheOldest(t *testing.T) {
	dir := t.TempDir()
	s, err := OpenSpool(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := s.Reader("sqlite")
	if err := s.Append([][]byte{[]byte("{}")}); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if err := os.WriteFile(r.path(), nil, 0o600); err != nil { // as a loss of power leaves it
		t.Fatal(err)
	}
	if b, err := s.Reader("sqlite").Next(t.Context(), 10); err != nil || len(b.Lines) != 1 {
		t.Errorf("it gives %d records, %v", len(b.Lines), err)
	}
}
