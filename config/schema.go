package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/tandemgw/tandem/dialplan"
)

// Kind is what a value is made of.
type Kind string

// The kinds of values.
const (
	KindText   Kind = "text"
	KindWord   Kind = "word" // one of Shape.Words
	KindNumber Kind = "number"
	KindFlag   Kind = "true or false"
	KindTime   Kind = "length of time" // such as "30s"
	KindList   Kind = "list"           // of Shape.Item
	KindGroup  Kind = "group"          // of Shape.Members
	KindTable  Kind = "table"          // of names of one's own, each with a Shape.Item
	KindSteps  Kind = "steps"          // of the dialplan
	KindValue  Kind = "value"          // anything
)

// Shape is what may stand as the value of an attribute. It is found out by running the decoder of the file, so that it
// says what is read and not what somebody wrote about it.
type Shape struct {
	Kind        Kind
	Of          string      // what text means: "host name", "path of a file"
	Words       []string    // KindWord, and KindTime: what may be said instead, "off"
	Least, Most string      // of a number or length of time, as the file writes them; both inclusive
	Item        *Shape      // KindList, KindTable
	OrItem      bool        // KindList: a single item may stand without [ ]
	Members     []Attribute // KindGroup
	Secret      bool        // is never shown
}

// Attribute is one thing that a block or group says.
type Attribute struct {
	Name    string
	Shape   Shape
	Default string // as the file would write it, or in words; empty for none
	Does    string // one line
}

// Block is one kind of block, or with an empty Type the top of a file.
type Block struct {
	Type       string
	Label      string // what its name is; empty where it has none
	Does       string // one line
	Attributes []Attribute
}

// survey is the decoder being asked what it would take: instead of reading it tells.
type survey struct {
	blocks  []Block
	labeled bool
	into    *Shape // of the value that is being asked for
}

// surveyBlocks asks the decoder for all of its blocks, the top of a file first.
func surveyBlocks() []Block {
	l := newLoader("", Options{LookupEnv: func(string) (string, bool) { return "", false }})
	l.survey = &survey{}
	l.setDefaults()
	empty := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}}
	top := l.top(&dialplan.Input{})
	l.attributes(empty, top, "")
	for _, name := range top.blocks {
		if slices.Contains(dialplan.BlockTypes(), name) {
			continue
		}
		before := len(l.survey.blocks)
		l.survey.labeled = false
		l.block(&hclsyntax.Block{Type: name, Labels: []string{"1"}, LabelRanges: []hcl.Range{{}}, Body: empty})
		for i := range l.survey.blocks[before:] {
			b := &l.survey.blocks[before+i]
			if b.Type = name; l.survey.labeled {
				b.Label = "NAME"
			}
		}
	}
	return l.survey.blocks
}

// section notes the attributes of a section, by having each read a value of no use.
func (s *survey) section(l *loader, sec section) {
	b := Block{}
	for _, k := range sec.keys {
		b.Attributes = append(b.Attributes, Attribute{Name: k.name, Shape: s.ask(value{l: l, name: k.name}, k)})
	}
	s.blocks = append(s.blocks, b)
}

// ask gives the shape that a key reads.
func (s *survey) ask(v value, k key) Shape {
	outer := s.into
	shape := Shape{Kind: KindValue}
	s.into = &shape
	v.v = cty.StringVal("")
	v.expr = &hclsyntax.LiteralValueExpr{Val: v.v}
	k.set(v)
	s.into = outer
	return shape
}

// asked says whether the value is only asked what it may be, and takes the answer.
func (v value) asked(shape Shape) bool {
	s := v.l.survey
	if s == nil {
		return false
	}
	if s.into == nil { // a decoder that keeps its values until later
		return true
	}
	shape.OrItem = shape.OrItem || s.into.OrItem
	*s.into = shape
	return true
}

// askedItems is asked for a list: what is asked for next is its item.
func (v value) askedItems() bool {
	if !v.asked(Shape{Kind: KindList}) {
		return false
	}
	if s := v.l.survey; s.into != nil {
		s.into.Item = &Shape{Kind: KindValue}
		s.into = s.into.Item
	}
	return true
}

// askedMembers is asked for a group.
func (v value) askedMembers(keys []key) bool {
	if !v.asked(Shape{Kind: KindGroup}) {
		return false
	}
	s := v.l.survey
	group := s.into
	for _, k := range keys {
		shape := s.ask(value{l: v.l, name: v.name + " " + k.name}, k)
		if group != nil {
			group.Members = append(group.Members, Attribute{Name: k.name, Shape: shape})
		}
	}
	return true
}
