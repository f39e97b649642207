package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tandemgw/tandem/dialplan"
)

// Setting is one attribute as it is in force.
type Setting struct {
	Name   string          `json:"name"`
	Value  string          `json:"-"`               // as a file would write it; empty where it is told in words
	JSON   json.RawMessage `json:"value,omitempty"` // the same
	Words  string          `json:"words,omitempty"` // what goes without it, where that is no value
	Origin string          `json:"origin"`          // "tandem.hcl:12", "tandem.hcl:12 by env(\"X\")" or "default"
}

// EffectiveBlock is a block as it is in force. Blocks of one type without names are one, as the gateway takes them.
type EffectiveBlock struct {
	Type     string    `json:"block"` // empty at the top of a file
	Label    string    `json:"label,omitempty"`
	Origin   string    `json:"origin,omitempty"` // where it begins; empty where no file has it
	Settings []Setting `json:"settings,omitempty"`
	Source   string    `json:"source,omitempty"` // of blocks of the dialplan: what the file says
}

// Effective gives what is in force after a file or folder is read: what it says and what it leaves to defaults, with secrets
// masked, and where each comes from. Blocks of the dialplan are given as they are written.
func Effective(path string, o Options) ([]EffectiveBlock, Diagnostics) {
	sources, problem := readSources(path)
	if problem != nil {
		return nil, Diagnostics{*problem}
	}
	return EffectiveOf(folderOf(path), sources, o)
}

// EffectiveOf is Effective of texts that are in no file.
func EffectiveOf(folder string, sources []Source, o Options) ([]EffectiveBlock, Diagnostics) {
	if o.LookupEnv == nil {
		o.LookupEnv = os.LookupEnv
	}
	l := newLoader(folder, o)
	for _, s := range sources {
		l.parse(s)
	}
	l.decode()
	if found := l.diagnostics(); found.HasErrors() {
		return nil, found
	}
	return l.effective(), nil
}

// effective gives the blocks in the order of the vocabulary, and of the files among those of one type.
func (l *loader) effective() []EffectiveBlock {
	var all []EffectiveBlock
	for _, of := range Describe().Blocks {
		if slices.Contains(dialplan.BlockTypes(), of.Type) {
			continue
		}
		if of.Type == "" {
			all = append(all, l.settings(of, EffectiveBlock{}, l.bodies))
			continue
		}
		var bodies []*hclsyntax.Body
		origin := ""
		for _, b := range l.blocksOf(of.Type) {
			if len(b.Labels) > 0 {
				all = append(all, l.settings(of, EffectiveBlock{Type: of.Type, Label: b.Labels[0], Origin: placeOf(b.TypeRange)}, []*hclsyntax.Body{b.Body}))
				continue
			}
			bodies, origin = append(bodies, b.Body), placeOf(b.TypeRange)
		}
		demands := slices.ContainsFunc(of.Attributes, func(a Attribute) bool { return a.Default == Required })
		if of.Label == "" && (len(bodies) > 0 || !demands) { // without a numbering block there is none
			all = append(all, l.settings(of, EffectiveBlock{Type: of.Type, Origin: origin}, bodies))
		}
	}
	for _, kind := range dialplan.BlockTypes() {
		for _, b := range l.blocksOf(kind) {
			all = append(all, EffectiveBlock{Type: kind, Label: strings.Join(b.Labels, " "), Origin: placeOf(b.TypeRange), Source: l.written(b)})
		}
	}
	return all
}

func placeOf(at hcl.Range) string { return fmt.Sprintf("%s:%d", at.Filename, at.Start.Line) }

func (l *loader) blocksOf(kind string) []*hclsyntax.Block {
	var all []*hclsyntax.Block
	for _, body := range l.bodies {
		for _, b := range body.Blocks {
			if b.Type == kind {
				all = append(all, b)
			}
		}
	}
	return all
}

// written gives a block as its file has it.
func (l *loader) written(b *hclsyntax.Block) string {
	r := b.Range()
	r.End = b.CloseBraceRange.End
	return string(r.SliceBytes(l.sources[r.Filename]))
}

// settings fills in the attributes of a block.
func (l *loader) settings(of Block, b EffectiveBlock, bodies []*hclsyntax.Body) EffectiveBlock {
	for _, a := range of.Attributes {
		s := Setting{Name: a.Name, Origin: "default"}
		for _, body := range bodies {
			if set := body.Attributes[a.Name]; set != nil {
				l.fill(&s, a.Shape, set)
			}
		}
		switch {
		case s.Origin != "default":
		case strings.HasPrefix(a.Default, "("):
			s.Words = strings.Trim(a.Default, "()")
		case a.Default == Required:
			continue
		default:
			s.Value = a.Default
			if e, diags := hclsyntax.ParseExpression([]byte(a.Default), "", hcl.InitialPos); !diags.HasErrors() {
				if v, diags := e.Value(nil); !diags.HasErrors() {
					s.JSON, _ = ctyjson.Marshal(v, v.Type())
				}
			}
		}
		b.Settings = append(b.Settings, s)
	}
	return b
}

// fill takes a setting from a file.
func (l *loader) fill(s *Setting, shape Shape, a *hclsyntax.Attribute) {
	s.Origin = placeOf(a.NameRange)
	v, diags := a.Expr.Value(l.context)
	if diags.HasErrors() {
		return // it has been read before without one
	}
	v = masked(v, shape)
	s.Value = string(bytes.TrimSpace(hclwrite.TokensForValue(v).Bytes()))
	s.JSON, _ = ctyjson.Marshal(v, v.Type())
	var by []string
	_ = hclsyntax.VisitAll(a.Expr, func(n hclsyntax.Node) hcl.Diagnostics {
		if f, ok := n.(*hclsyntax.FunctionCallExpr); ok && len(f.Args) == 1 && (f.Name == "env" || f.Name == "file") {
			if arg, diags := f.Args[0].Value(l.context); !diags.HasErrors() && arg.Type() == cty.String {
				by = append(by, fmt.Sprintf("%s(%q)", f.Name, arg.AsString()))
			}
		}
		return nil
	})
	if len(by) > 0 {
		s.Origin += " by " + strings.Join(by, " and ")
	}
}

// masked puts a word in place of what is secret.
func masked(v cty.Value, shape Shape) cty.Value {
	switch {
	case shape.Secret && !v.IsNull():
		return cty.StringVal(redacted)
	case len(shape.Members) == 0 || v.IsNull() || !v.Type().IsObjectType():
		return v
	}
	members := v.AsValueMap()
	for _, m := range shape.Members {
		if one, set := members[m.Name]; set {
			members[m.Name] = masked(one, m.Shape)
		}
	}
	return cty.ObjectVal(members)
}

// WriteEffective gives blocks as a file would say them; with origins each line says where it comes from. What goes without
// a setting, where that is no value, stands in a comment.
func WriteEffective(all []EffectiveBlock, origins bool) string {
	var b strings.Builder
	for _, block := range all {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		note := func(origin string) string {
			if !origins || origin == "" {
				return ""
			}
			return " # " + origin
		}
		switch {
		case block.Source != "":
			if origins {
				b.WriteString("# " + block.Origin + "\n")
			}
			b.WriteString(block.Source + "\n")
			continue
		case block.Label != "":
			fmt.Fprintf(&b, "%s %q {%s\n", block.Type, block.Label, note(block.Origin))
		case block.Type != "":
			fmt.Fprintf(&b, "%s {%s\n", block.Type, note(block.Origin))
		}
		for _, s := range block.Settings {
			switch {
			case s.Value != "":
				fmt.Fprintf(&b, "%s = %s%s\n", s.Name, s.Value, note(s.Origin))
			case s.Words != "none" && block.Label == "":
				fmt.Fprintf(&b, "# %s: %s\n", s.Name, s.Words)
			}
		}
		if block.Type != "" {
			b.WriteString("}\n")
		}
	}
	return string(hclwrite.Format([]byte(b.String())))
}
