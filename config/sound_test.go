package config

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestSoundsThatCannotBePlayedAreErrors(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "sounds"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"good.wav", "bad.wav"} {
		if err := os.WriteFile(filepath.Join(folder, "sounds", name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const text = `
domain = "pbx.example.com"
user "201" { password = "x" }
from "users" {
  calls = {
    "1" = [play(["good.wav", "bad.wav"]), dial("user:201", "20s", { ringback = "bad.wav" })]
  }
}
`
	_, found := Check(folder, []Source{{"t.hcl", []byte(text)}}, Options{Playable: func(r io.Reader) error {
		if b, _ := io.ReadAll(r); string(b) == "bad.wav" {
			return errors.New("it is MP3")
		}
		return nil
	}})
	if len(found) != 2 {
		t.Fatalf("found %s", found)
	}
	for i, at := range []int{30, 81} {
		if d := found[i]; d.Warning || d.Line != 6 || d.Message != `the sound "bad.wav" cannot be played: it is MP3` || i == 0 && d.Column != at {
			t.Errorf("%d: %+v", i, d)
		}
	}
}

func TestAFolderThatKeepsNothingIsWarnedOf(t *testing.T) {
	const text = "domain = \"pbx.example.com\"\nrecordings {\n  folder = \"kept\"\n}\n"
	asked := ""
	file, found := Check("/srv", []Source{{"t.hcl", []byte(text)}}, Options{Keepable: func(folder string) error {
		asked = folder
		return errors.New("it is a file")
	}})
	if asked != file.Recordings.Folder || asked == "" {
		t.Errorf("asked about %q, and files go to %q", asked, file.Recordings.Folder)
	}
	if len(found) != 1 || !found[0].Warning || found[0].Line != 3 || found[0].Message != "nothing can be recorded: it is a file" || found[0].Hint == "" {
		t.Errorf("found %s", found)
	}
}

func TestTonesAreThoseOfNumberingUnlessTheFileSaysOtherwise(t *testing.T) {
	for _, c := range []struct {
		file File
		want string
	}{
		{File{}, ""},
		{File{Tones: "DE"}, "DE"},
		{File{Numbering: &Numbering{Country: "FR"}}, "FR"},
		{File{Numbering: &Numbering{Country: "FR"}, Tones: "DE"}, "DE"},
		{File{Numbering: &Numbering{Country: "AQ"}}, ""},
	} {
		if got := c.file.ToneCountry(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
