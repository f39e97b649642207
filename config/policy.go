package config

import (
	"os"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// tls reads where certificates come from.
func (l *loader) tls(b *hclsyntax.Block) section {
	t := &l.file.TLS
	return section{name: "tls", keys: []key{
		{"mode", func(v value) {
			mode := string(t.Mode)
			if v.word(&mode, []string{"local", "files", "acme"}, nil) {
				t.Mode = TLSMode(mode)
			}
			l.seen.tlsMode = v.at
		}},
		{"cert", func(v value) { v.existing(&t.Cert) }},
		{"key", func(v value) { v.existing(&t.Key) }},
		{"email", func(v value) { v.email(&t.Email) }},
		{"directory", func(v value) { v.directory(&t.Directory) }},
		{"ca", func(v value) { v.existing(&t.CA) }},
		{"account", func(v value) { v.account(&t.Account) }},
	}}
}

// existing reads the path of a file that must be there.
func (v value) existing(into *string) {
	if v.asked(Shape{Kind: KindText, Of: "path of a file"}) || !v.path(into) {
		return
	}
	if info, err := os.Stat(*into); err != nil {
		said := plainFileError(*into, err)
		v.l.errorf(v.at, remedy(said.Error()), "%s", said)
	} else if !info.Mode().IsRegular() {
		v.l.errorf(v.at, "", "%s is not a plain file", *into)
	}
}

// registrar reads who may register, and for how long.
func (l *loader) registrar(*hclsyntax.Block) section {
	r := &l.file.Registrar
	return section{name: "registrar", keys: []key{
		{"open", func(v value) { v.boolean(&r.Open) }},
		{"min", func(v value) { v.duration(&r.Min, time.Second, 24*time.Hour) }},
		{"max", func(v value) { v.duration(&r.Max, time.Minute, 7*24*time.Hour) }},
		{"devices", func(v value) { v.number(&r.Devices, 1, 1000) }},
	}}
}

// calls reads what calls may take their time for.
func (l *loader) calls(*hclsyntax.Block) section {
	c := &l.file.Calls
	return section{name: "calls", keys: []key{
		{"detach", func(v value) { v.durationOrOff(&c.Detach, time.Second, 10*time.Minute) }},
		{"timer", func(v value) { v.durationOrOff(&c.Timer, 90*time.Second, 24*time.Hour) }}, // RFC 4028 §4
	}}
}

// messages reads what becomes of instant messages.
func (l *loader) messages(*hclsyntax.Block) section {
	m := &l.file.Messages
	return section{name: "messages", keys: []key{
		{"store", func(v value) { v.boolean(&m.Store) }},
		{"keep", func(v value) { v.duration(&m.Keep, time.Minute, 365*24*time.Hour) }},
		{"max", func(v value) { v.number(&m.Max, 1, 60000) }},
	}}
}

// trace reads what is kept of the messages of calls.
func (l *loader) trace(*hclsyntax.Block) section {
	t := &l.file.Trace
	return section{name: "trace", keys: []key{
		{"keep", func(v value) { v.word(&t.Keep, []string{"bad", "all", "none"}, nil) }},
		{"for", func(v value) { v.duration(&t.For, time.Hour, 365*24*time.Hour) }},
		{"disk", func(v value) { v.number(&t.Disk, 1, 1<<20) }},
		{"memory", func(v value) { v.number(&t.Memory, 0, 1<<16) }},
	}}
}

// limits reads how much is borne with.
func (l *loader) limits(*hclsyntax.Block) section {
	limits := &l.file.Limits
	return section{name: "limits", keys: []key{
		{"strangers", func(v value) { v.word(&limits.Strangers, []string{"answer", "silent"}, nil) }},
		{"guesses", func(v value) { v.number(&limits.Guesses, 3, 1000) }},
		{"ban", func(v value) { v.durationOrOff(&limits.Ban, time.Second, 7*24*time.Hour) }},
		{"per_source", func(v value) { v.number(&limits.PerSource, 1, 100000) }},
		{"per_user", func(v value) { v.number(&limits.PerUser, 1, 100000) }},
	}}
}

// recordings reads how calls are recorded.
func (l *loader) recordings(*hclsyntax.Block) section {
	r := &l.file.Recordings
	return section{name: "recordings", keys: []key{
		{"folder", func(v value) { v.path(&r.Folder); v.keeps(r.Folder) }},
		{"format", func(v value) { v.word(&r.Format, []string{"wav", "ogg"}, nil) }},
		{"digits", func(v value) { v.word(&r.Digits, []string{"silenced", "kept"}, nil) }},
	}}
}

// keeps warns where no files can be kept in a folder. The calls go on without, so that it is no error.
func (v value) keeps(folder string) {
	if folder == "" || v.l.options.Keepable == nil {
		return
	}
	if err := v.l.options.Keepable(folder); err != nil {
		v.l.warnf(v.at, "Name a folder that the gateway's user may write to, or make it one: chown -R USER FOLDER.", "nothing can be recorded: %v", err)
	}
}

// media reads how codecs are chosen.
func (l *loader) media(*hclsyntax.Block) section {
	return section{name: "media", keys: []key{
		{"prefer", func(v value) {
			prefer := string(l.file.Media.Prefer)
			v.word(&prefer, []string{string(PreferQuality), string(PreferPassthrough)}, nil)
			l.file.Media.Prefer = MediaPreference(prefer)
		}},
		{"ice", func(v value) { v.ice(&l.file.Media.ICE) }},
		{"video", func(v value) { v.boolean(&l.file.Media.Video) }},
		{"opus", func(v value) { v.opus(&l.file.Media.Opus) }},
	}}
}

// opus reads how Opus is sent and asked for (RFC 7587 §6.1).
func (v value) opus(into *Opus) {
	v.members([]key{
		{"bitrate", func(v value) { v.number(&into.Bitrate, 6000, 64000) }},
		{"fec", func(v value) { v.boolean(&into.FEC) }},
		{"dtx", func(v value) { v.boolean(&into.DTX) }},
	})
}
