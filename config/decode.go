package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/tandemgw/tandem/dialplan"
)

// section is a block, or the top of a file: what may stand in it.
type section struct {
	name  string // for messages
	keys  []key
	later []string // attributes that a later version will know
	alone bool     // its attributes are in one body, whose parser has seen to it that none is set twice
	// blocks that may stand here, and those that a later version will know
	blocks, laterBlocks []string
}

// key is one attribute of a section.
type key struct {
	name string
	set  func(v value)
}

// attributes reads the attributes of a body and reports those that there are not, and blocks too when the section has
// none. once is the label that tells this section from others of its kind.
func (l *loader) attributes(b *hclsyntax.Body, s section, once string) {
	if l.survey != nil {
		l.survey.section(l, s)
		return
	}
	for _, a := range sorted(b) {
		i := slices.IndexFunc(s.keys, func(k key) bool { return k.name == a.Name })
		if i < 0 {
			l.unknownAttribute(a, s, s.names())
			l.unknown[once] = l.unknown[once] || !slices.Contains(s.later, a.Name)
			continue
		}
		if !s.alone {
			if first, again := l.first(once+"."+a.Name, a.NameRange); again {
				l.errorf(a.NameRange, "", "%s is set twice, first at %s:%d", a.Name, first.Filename, first.Start.Line)
				continue
			}
		}
		if v, ok := l.evaluate(a.Name, a.Expr); ok {
			s.keys[i].set(v)
		}
	}
	for _, block := range b.Blocks {
		if !l.checkBlock(block, s, s.names()) {
			l.unknown[once] = true
		}
	}
}

// names gives the names of the attributes.
func (s section) names() []string {
	names := make([]string, len(s.keys))
	for i, k := range s.keys {
		names[i] = k.name
	}
	return names
}

// first remembers where a thing was set first, and says where that was when it is set again.
func (l *loader) first(what string, at hcl.Range) (hcl.Range, bool) {
	if first, again := l.places[what]; again {
		return first, true
	}
	l.places[what] = at
	return at, false
}

func (l *loader) unknownAttribute(a *hclsyntax.Attribute, s section, names []string) {
	switch {
	case slices.Contains(s.later, a.Name):
		l.errorf(a.NameRange, "", "%s%s is not yet in this version", in(s), a.Name)
	case slices.Contains(s.laterBlocks, a.Name):
		l.errorf(a.NameRange, "", "%s is not yet in this version", a.Name)
	case slices.Contains(s.blocks, a.Name):
		l.errorf(a.NameRange, fmt.Sprintf("Write %s { ... } without =.", a.Name), "%s is a block", a.Name)
	default:
		known := slices.Concat(names, s.later, s.blocks, s.laterBlocks)
		hint := l.hintFor(a.Name, s, known)
		if hint == "" && len(names) > 0 {
			hint = fmt.Sprintf("There are %s.", list(names))
		}
		l.errorf(a.NameRange, hint, "%s attribute %q", hasNo(s), a.Name)
	}
}

// checkBlock reports a block that there is not.
func (l *loader) checkBlock(b *hclsyntax.Block, s section, names []string) bool {
	switch {
	case slices.Contains(s.blocks, b.Type):
		return true
	case slices.Contains(s.laterBlocks, b.Type), slices.Contains(s.later, b.Type):
		l.errorf(b.TypeRange, "", "%s%s is not yet in this version", in(s), b.Type)
	case slices.Contains(names, b.Type):
		l.errorf(b.TypeRange, fmt.Sprintf("Write %s = ...", b.Type), "%s is an attribute, not a block", b.Type)
	default:
		known := slices.Concat(names, s.later, s.blocks, s.laterBlocks)
		l.errorf(b.TypeRange, l.hintFor(b.Type, s, known), "%s block %q", hasNo(s), b.Type)
	}
	return false
}

// hintFor says what may have been meant by a name that a section does not have: what it is the beginning of, what is
// near to it, and at the top of a file the block that has it.
func (l *loader) hintFor(name string, s section, known []string) string {
	if i := slices.IndexFunc(known, func(k string) bool { return len(name) > 3 && strings.HasPrefix(k, name) }); i >= 0 {
		return fmt.Sprintf("Did you mean %q?", known[i])
	}
	if s.name == "" {
		if hint := l.elsewhere(name); hint != "" {
			return hint
		}
	}
	return dialplan.DidYouMean(name, known)
}

// maxElsewhere is how many blocks a hint names at most; a name that more have says little.
const maxElsewhere = 3

// elsewhere names the blocks that have an attribute.
func (l *loader) elsewhere(name string) string {
	if l.blocks == nil {
		l.blocks = surveyBlocks()
	}
	var blocks []string
	for _, b := range l.blocks {
		if b.Type != "" && slices.ContainsFunc(b.Attributes, func(a Attribute) bool { return a.Name == name }) {
			blocks = append(blocks, b.Type)
		}
	}
	if len(blocks) == 0 || len(blocks) > maxElsewhere {
		return ""
	}
	return fmt.Sprintf("It stands in the block %s: %s { %s = ... }", oneOf(blocks), blocks[0], name)
}

// hasNo begins what is said of something that a section does not have.
func hasNo(s section) string {
	if s.name == "" {
		return "there is no"
	}
	return s.name + " has no"
}

// in gives the words that name a section before one of its keys.
func in(s section) string {
	if s.name == "" {
		return ""
	}
	return s.name + " "
}

func sorted(b *hclsyntax.Body) []*hclsyntax.Attribute {
	return slices.SortedFunc(maps.Values(b.Attributes), func(x, y *hclsyntax.Attribute) int {
		return x.NameRange.Start.Byte - y.NameRange.Start.Byte
	})
}

// decode reads all files into l.file.
func (l *loader) decode() {
	l.setDefaults()
	var plan []*hclsyntax.Block
	in := dialplan.Input{Functions: l.functions(l.planOutside), Sources: l.sources}
	for _, body := range l.bodies {
		l.attributes(body, l.top(&in), "")
		for _, b := range body.Blocks {
			if slices.Contains(dialplan.BlockTypes(), b.Type) {
				plan = append(plan, b)
				continue
			}
			l.block(b)
		}
	}
	l.finish()
	in.Blocks = plan
	in.Names = dialplan.Names{Sound: l.hasSound, Unplayable: l.unplayable, Redirects: l.mayRedirect, Script: l.script}
	in.Names.Users = slices.Grow(in.Names.Users, len(l.seen.users))
	l.file.Users = slices.Grow(l.file.Users, len(l.seen.users))
	for _, u := range l.seen.users {
		in.Names.Users = append(in.Names.Users, u.Name)
		l.file.Users = append(l.file.Users, u.User)
	}
	for _, t := range l.seen.trunks {
		in.Names.Trunks = append(in.Names.Trunks, t.Name)
		l.file.Trunks = append(l.file.Trunks, t.Trunk)
	}
	in.Names.Rooms = []string{dialplan.TestRoom}
	for _, r := range l.file.Rooms {
		in.Names.Rooms = append(in.Names.Rooms, r.Name)
	}
	in.Zone = l.file.Zone
	in.Numbers = l.numbers()
	in.Names.Boxes = []string{}
	for _, b := range l.file.Boxes {
		in.Names.Boxes = append(in.Names.Boxes, b.Name)
	}
	p, diags := dialplan.Compile(in)
	l.diags = append(l.diags, diags...)
	l.warnThoroughly(p)
	l.file.Plan, l.file.PlanSum, l.file.PlanParts = p, l.sum(in), l.planParts(in)
}

// top is the section that is a file.
func (l *loader) top(in *dialplan.Input) section {
	f := l.file
	return section{
		keys: []key{
			{"domain", func(v value) { v.host(&f.Domain) }},
			{"public_ip", func(v value) { v.publicIP(&f.PublicIP) }},
			{"state", func(v value) { v.path(&f.State) }},
			{"reload", func(v value) {
				word := string(f.Reload)
				v.word(&word, []string{string(ReloadOnSignal), string(ReloadOnChange)}, nil)
				f.Reload = ReloadMode(word)
			}},
			{"tones", func(v value) { v.toneCountry(&f.Tones) }},
			{"timezone", func(v value) { v.zone(&f.Zone) }},
			{"users_file", func(v value) { v.usersFile() }},
			{"include_test_numbers", func(v value) {
				include := false
				if v.boolean(&include); include {
					at := l.places[".include_test_numbers"]
					in.TestNumbers = &at
				}
			}},
		},
		blocks: append([]string{"listen", "tls", "user", "trunk", "registrar", "media", "calls", "messages", "limits", "recordings", "trace", "store", "cdr", "room", "mailbox", "mail", "phone", "homer", "metrics", "numbering", "permissions", "admin", "oidc"}, dialplan.BlockTypes()...),
	}
}

// block reads one block that is not of the dialplan.
func (l *loader) block(b *hclsyntax.Block) {
	sections := map[string]func(*hclsyntax.Block) section{
		"listen": l.listen, "tls": l.tls, "registrar": l.registrar, "media": l.media,
		"calls": l.calls, "messages": l.messages, "limits": l.limits, "recordings": l.recordings, "trace": l.trace, "numbering": l.numbering,
		"mail": l.mail, "store": l.store, "cdr": l.cdr, "phone": l.phone, "homer": l.homer, "metrics": l.metrics, "oidc": l.oidc,
	}
	switch one := sections[b.Type]; {
	case b.Type == "user":
		l.user(b)
	case b.Type == "trunk":
		l.trunk(b)
	case b.Type == "room":
		l.room(b)
	case b.Type == "admin":
		l.admin(b)
	case b.Type == "permissions":
		l.permissions(b)
	case b.Type == "mailbox":
		l.mailbox(b)
	case one != nil:
		if len(b.Labels) > 0 {
			l.errorf(b.LabelRanges[0], fmt.Sprintf("Write %s { ... }.", b.Type), "%s has no name", b.Type)
		}
		l.attributes(b.Body, one(b), b.Type)
	}
}

// sum is a digest of what the plan is made of.
func (l *loader) sum(in dialplan.Input) string {
	h := sha256.New()
	for _, b := range in.Blocks {
		r := b.Range()
		r.End = b.CloseBraceRange.End
		fmt.Fprintf(h, "%s:%d\n%s\n", r.Filename, r.Start.Line, r.SliceBytes(l.sources[r.Filename]))
	}
	for _, k := range slices.Sorted(maps.Keys(l.planOutside.given)) {
		fmt.Fprintf(h, "%q %q\n", k, l.planOutside.given[k])
	}
	fmt.Fprintf(h, "%q %q %q %v %v\n", in.Names.Users, in.Names.Trunks, in.Names.Boxes, in.TestNumbers != nil, in.Zone)
	fmt.Fprintf(h, "%v %v\n", in.Numbers.Trunks, in.Numbers.Users)
	return hex.EncodeToString(h.Sum(nil))
}
