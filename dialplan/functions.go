package dialplan

import (
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// textFunctions are the functions on text that expressions may use, beside those that Compile is given.
func textFunctions() map[string]function.Function {
	return map[string]function.Function{
		"substr":     stdlib.SubstrFunc,
		"trimprefix": stdlib.TrimPrefixFunc,
		"trimsuffix": stdlib.TrimSuffixFunc,
		"replace":    stdlib.ReplaceFunc,
		"lower":      stdlib.LowerFunc,
		"upper":      stdlib.UpperFunc,
		"length":     stdlib.LengthFunc,
		"contains":   stdlib.ContainsFunc,
		"startswith": affixFunction(strings.HasPrefix),
		"endswith":   affixFunction(strings.HasSuffix),
	}
}

// affixFunction makes a function of text and affix that gives true or false.
func affixFunction(has func(s, affix string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}, {Name: "affix", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(has(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

// allFunctions joins the functions of the language with those given from outside.
func allFunctions(given map[string]function.Function) map[string]function.Function {
	all := textFunctions()
	maps.Copy(all, given)
	return all
}

func functionNames(fs map[string]function.Function) []string {
	return slices.Sorted(maps.Keys(fs))
}
