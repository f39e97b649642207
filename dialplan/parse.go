package dialplan

import (
	"errors"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Parse compiles a dialplan that stands alone: the blocks of BlockTypes, timezone and include_test_numbers. It is for programs
// and tests that have no whole configuration; package config shows errors better. Warnings are passed over.
func Parse(filename, source string, names Names) (plan *Plan, err error) {
	file, diags := hclsyntax.ParseConfig([]byte(source), filename, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return nil, errors.New("not a native HCL file")
	}
	in := Input{Blocks: body.Blocks, Names: names, Sources: map[string][]byte{filename: []byte(source)}}
	if a := body.Attributes["timezone"]; a != nil {
		if v, d := a.Expr.Value(nil); !d.HasErrors() && !v.IsNull() && v.Type() == cty.String {
			if in.Zone, _, err = ParseZone(v.AsString()); err != nil {
				return nil, err
			}
		}
	}
	if a := body.Attributes["include_test_numbers"]; a != nil {
		if v, d := a.Expr.Value(nil); !d.HasErrors() && v.RawEquals(cty.True) {
			in.TestNumbers = a.NameRange.Ptr()
		}
	}
	plan, diags = Compile(in)
	if diags.HasErrors() {
		return nil, diags
	}
	return plan, nil
}
