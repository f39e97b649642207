package dialplan

import (
	"errors"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Parse compiles a dialplan that stands alone: from, let and test blocks, and include_test_numbers. It is for programs
// and tests that have no whole configuration; package config shows errors better. Warnings are passed over.
func Parse(filename, source string, names Names) (*Plan, error) {
	file, diags := hclsyntax.ParseConfig([]byte(source), filename, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return nil, errors.New("not a native HCL file")
	}
	in := Input{Blocks: body.Blocks, Names: names}
	if a := body.Attributes["include_test_numbers"]; a != nil {
		if v, d := a.Expr.Value(nil); !d.HasErrors() && v.RawEquals(cty.True) {
			in.TestNumbers = a.NameRange.Ptr()
		}
	}
	plan, diags := Compile(in)
	if diags.HasErrors() {
		return nil, diags
	}
	return plan, nil
}
