package script

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/zclconf/go-cty/cty"
	"go.starlark.net/starlark"
)

// maxDepth bounds lists in lists.
const maxDepth = 8

var errDepth = errors.New("it is nested too deeply")

// toCty turns a value of a script into one of the dialplan.
func toCty(v starlark.Value, depth int) (cty.Value, error) {
	if depth > maxDepth {
		return cty.NilVal, errDepth
	}
	switch v := v.(type) {
	case starlark.String:
		return cty.StringVal(string(v)), nil
	case starlark.Bool:
		return cty.BoolVal(bool(v)), nil
	case starlark.Int:
		return cty.NumberVal(new(big.Float).SetInt(v.BigInt())), nil
	case starlark.Float:
		f := new(big.Float)
		if _, _, err := f.Parse(v.String(), 10); err != nil {
			return cty.NilVal, fmt.Errorf("%s is no number", v)
		}
		return cty.NumberVal(f), nil
	case starlark.NoneType:
		return cty.NullVal(cty.DynamicPseudoType), nil
	case *starlark.Dict:
		members := map[string]cty.Value{}
		for _, item := range v.Items() {
			name, ok := starlark.AsString(item[0])
			if !ok {
				return cty.NilVal, fmt.Errorf("a name is text, not %s", kind(item[0]))
			}
			member, err := toCty(item[1], depth+1)
			if err != nil {
				return cty.NilVal, err
			}
			members[name] = member
		}
		return cty.ObjectVal(members), nil
	case starlark.Indexable: // a list or a tuple
		all := make([]cty.Value, v.Len())
		for i := range all {
			var err error
			if all[i], err = toCty(v.Index(i), depth+1); err != nil {
				return cty.NilVal, err
			}
		}
		return cty.TupleVal(all), nil
	}
	return cty.NilVal, fmt.Errorf("%s is no value of the dialplan", kind(v))
}

// fromCty turns what a function of the dialplan says into a value of a script.
func fromCty(v cty.Value) (starlark.Value, error) {
	switch {
	case v.IsNull():
		return starlark.None, nil
	case !v.IsWhollyKnown():
		return nil, errors.New("nobody knows")
	case v.Type() == cty.Bool:
		return starlark.Bool(v.True()), nil
	case v.Type() == cty.String:
		return starlark.String(v.AsString()), nil
	case v.Type() == cty.Number:
		if i, accuracy := v.AsBigFloat().Int(nil); accuracy == big.Exact {
			return starlark.MakeBigInt(i), nil
		}
		f, _ := v.AsBigFloat().Float64()
		return starlark.Float(f), nil
	case v.CanIterateElements():
		var all []starlark.Value
		for _, element := range v.AsValueSlice() {
			one, err := fromCty(element)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		return starlark.NewList(all), nil
	}
	return nil, errors.New("a script has no such value")
}

// kind names a value of a script.
func kind(v starlark.Value) string {
	switch v.(type) {
	case starlark.String:
		return "text"
	case starlark.NoneType:
		return "nothing (None)"
	}
	return "a value of type " + v.Type()
}
