package config

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tandemgw/tandem/dialplan"
)

// hasSound says whether a sound file is there: in "sounds" beside the file, or built in.
func (l *loader) hasSound(name string) bool {
	if slices.Contains(l.options.Sounds, name) {
		return true
	}
	info, err := os.Stat(l.soundPath(name))
	return err == nil && info.Mode().IsRegular()
}

func (l *loader) soundPath(name string) string {
	return filepath.Join(l.folder, "sounds", filepath.FromSlash(name))
}

// unplayable says why a sound file cannot be played; "" for one that can, and for one that is not there.
func (l *loader) unplayable(name string) string {
	if l.options.Playable == nil {
		return ""
	}
	f, err := os.Open(l.soundPath(name))
	if err != nil {
		if os.IsNotExist(err) {
			return ""
		}
		return "it may not be read"
	}
	defer func() { _ = f.Close() }()
	if err := l.options.Playable(io.Reader(f)); err != nil {
		return err.Error()
	}
	return ""
}

// mayRedirect says whether calls of a trunk may be answered with a redirection.
func (l *loader) mayRedirect(trunk string) bool {
	return slices.ContainsFunc(l.seen.trunks, func(t placedTrunk) bool { return t.Name == trunk && t.Redirect })
}

// toneCountry reads the country whose tones are heard.
func (v value) toneCountry(into *string) {
	var s string
	if !v.text(&s) {
		return
	}
	if why := dialplan.BadToneCountry(s); why != "" {
		v.l.errorf(v.at, "There are "+strings.Join(dialplan.ToneCountries(), " ")+".", "%s", why)
		return
	}
	*into = strings.ToUpper(s)
}

// ToneCountry is the country whose tones are heard: that of tones, else of numbering where its tones are known; empty for the default.
func (f *File) ToneCountry() string {
	if f.Tones == "" && f.Numbering != nil && dialplan.BadToneCountry(f.Numbering.Country) == "" {
		return f.Numbering.Country
	}
	return f.Tones
}
