package config

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tandemgw/tandem/dialplan"
)

// maxUnused is how many users that nothing leads to are told of one by one.
const maxUnused = 5

// warnThoroughly tells of what works and may not be meant. An operator asks for it by `tandem check`; a gateway that starts
// does not repeat it each day.
func (l *loader) warnThoroughly(p *dialplan.Plan) {
	if !l.options.Thorough {
		return
	}
	l.warnReadable()
	l.warnGuessable()
	if !slices.ContainsFunc(l.diags, func(d *hcl.Diagnostic) bool { return d.Severity == hcl.DiagError }) { // a row that is refused may be the one
		l.warnUnused(p.Unused())
		l.warnUnreached(p)
		l.warnOpenRooms(p)
	}
}

// warnUnused tells of users and trunks that never come into play.
func (l *loader) warnUnused(u dialplan.Unused) {
	users := make(map[string]bool, len(u.Users))
	for _, name := range u.Users {
		users[name] = true
	}
	told := 0
	for _, one := range l.seen.users {
		switch {
		case !users[one.Name]:
			continue
		case told == maxUnused:
			l.warnf(one.at, "", "no row leads to user %q, nor to %s", one.Name, count(len(u.Users)-told-1, "more user"))
			return
		}
		told++
		l.warnf(one.at, fmt.Sprintf("Call it in a row: [dial(%q)].", "user:"+one.Name), "no row leads to user %q", one.Name)
	}
	for i := range l.seen.trunks {
		t := &l.seen.trunks[i]
		lent := slices.ContainsFunc(l.file.Users, func(u User) bool { return u.PBX != nil && u.PBX.Trunk == t.Name })
		if slices.Contains(u.Trunks, t.Name) && !lent && !t.Messages && t.Accounts == nil {
			l.warnf(t.at, fmt.Sprintf(`Call it in a row: [dial(%q)], or take its calls by from "trunks".`, "trunk:"+t.Name),
				"nothing uses trunk %q: no row calls it, and none takes calls from it", t.Name)
		}
	}
}

// warnReadable tells of secrets that everybody on the machine may read: files that file() gives, private keys, and files of
// the configuration that hold passwords. Groups are left alone: a service's own group is the way to let it read.
func (l *loader) warnReadable() {
	for _, body := range l.bodies {
		l.warnSecretFiles(body)
		if at, written := l.writtenSecret(body); written && byEverybody(at.Filename) {
			l.warnf(at, fmt.Sprintf("Run: chmod o-r %s", at.Filename), "this file holds secrets, and everybody on this machine may read it")
		}
	}
}

// byEverybody says whether a file is one that everybody may read.
func byEverybody(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0
}

// warnSecretFiles looks at what file() reads, and at private keys.
func (l *loader) warnSecretFiles(body *hclsyntax.Body) {
	warn := func(e hclsyntax.Expression) {
		v, diags := e.Value(l.context)
		if diags.HasErrors() || !v.IsWhollyKnown() || v.IsNull() || v.Type() != cty.String {
			return
		}
		if path := l.beside(v.AsString()); byEverybody(path) {
			l.warnf(e.Range(), fmt.Sprintf("Run: chmod o-r %s", path), "everybody on this machine may read %s", path)
		}
	}
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.FunctionCallExpr:
			if n.Name == "file" && len(n.Args) == 1 {
				warn(n.Args[0])
			}
		case *hclsyntax.Block:
			if key := n.Body.Attributes["key"]; n.Type == "tls" && key != nil {
				warn(key.Expr)
			}
		case *hclsyntax.Attribute:
			if object, ok := n.Expr.(*hclsyntax.ObjectConsExpr); ok && n.Name == "certificate" {
				for _, item := range object.Items {
					if k, diags := item.KeyExpr.Value(nil); !diags.HasErrors() && k.Type() == cty.String && k.AsString() == "key" {
						warn(item.ValueExpr)
					}
				}
			}
		}
		return nil
	})
}

// writtenSecret finds the first secret that stands in a file itself.
func (l *loader) writtenSecret(body *hclsyntax.Body) (hcl.Range, bool) {
	secrets := secretPaths()
	var first hcl.Range
	look := func(path string, e hclsyntax.Expression) {
		t, ok := e.(*hclsyntax.TemplateExpr)
		lit := ok && t.IsStringLiteral()
		if _, plain := e.(*hclsyntax.LiteralValueExpr); (lit || plain) && secrets[path] && (first.Empty() || e.Range().Start.Byte < first.Start.Byte) {
			first = e.Range()
		}
	}
	for _, b := range body.Blocks {
		for _, a := range b.Body.Attributes {
			look(b.Type+"."+a.Name, a.Expr)
			object, ok := a.Expr.(*hclsyntax.ObjectConsExpr)
			if !ok {
				continue
			}
			for _, item := range object.Items {
				if k, diags := item.KeyExpr.Value(nil); !diags.HasErrors() && k.Type() == cty.String {
					look(strings.Join([]string{b.Type, a.Name, k.AsString()}, "."), item.ValueExpr)
				}
			}
		}
	}
	return first, !first.Empty()
}

// secretPaths gives the attributes that are secrets, "user.password" and the like.
func secretPaths() map[string]bool {
	all := map[string]bool{}
	for _, b := range Describe().Blocks {
		eachPath(b.Attributes, b.Type+".", func(path string, a Attribute) { all[path] = a.Shape.Secret })
	}
	return all
}
