package dialplan

import (
	"encoding/json"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// MaxReply is the most octets that a program's answer to ask() may have.
const MaxReply = 64 << 10

// replied is a program whose steps somebody has answered with.
type replied []byte

func (r replied) size() int { return 1 }

func (r replied) run(s *scope) ([]Step, *failure) {
	wishes, err := readReply(r)
	var steps []Step
	if err == nil {
		steps, err = s.grantAll(wishes)
	}
	if err != nil {
		return nil, &failure{502, "the answer cannot be done: " + err.Error()}
	}
	return steps, nil
}

// readReply reads steps as JSON: a list of {"dial": ["user:201", "20s"]}, the arguments in the order of the file or by
// their names, and "answer" for a step without any; or {"steps": such a list}.
func readReply(text []byte) ([]wish, error) {
	if len(text) > MaxReply {
		return nil, fmt.Errorf("it is larger than %d octets", MaxReply)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		var group struct {
			Steps []json.RawMessage `json:"steps"`
		}
		if json.Unmarshal(text, &group) != nil {
			return nil, fmt.Errorf("it is no list of steps in JSON")
		}
		list = group.Steps
	}
	if len(list) > MaxSteps {
		return nil, fmt.Errorf("%d steps: 1 to %d are wanted", len(list), MaxSteps)
	}
	wishes := make([]wish, 0, len(list))
	for _, item := range list {
		w, err := readWish(item)
		if err != nil {
			return nil, err
		}
		wishes = append(wishes, w)
	}
	return wishes, nil
}

func readWish(item json.RawMessage) (wish, error) {
	var name string
	if json.Unmarshal(item, &name) == nil {
		return wish{step: name}, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(item, &members); err != nil || len(members) != 1 {
		return wish{}, fmt.Errorf(`a step is written {"dial": ["user:201", "20s"]}`)
	}
	w := wish{}
	for name, value := range members {
		w.step = name
		spec := findStep(name)
		if spec == nil {
			return w, fmt.Errorf("there is no step %q", name)
		}
		args, err := spec.arguments(value)
		if err != nil {
			return w, fmt.Errorf("%s(): %w", name, err)
		}
		for _, arg := range args {
			v, err := jsonValue(arg)
			if err != nil {
				return w, fmt.Errorf("%s(): %w", name, err)
			}
			w.args = append(w.args, v)
		}
	}
	return w, nil
}

// arguments gives the arguments of a step in order: from a list, from an object by their names, or a single one.
func (s *stepSpec) arguments(value json.RawMessage) ([]json.RawMessage, error) {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil {
		return list, nil
	}
	var named map[string]json.RawMessage
	if json.Unmarshal(value, &named) != nil {
		return []json.RawMessage{value}, nil
	}
	for _, p := range s.params {
		v, given := named[p.name]
		if !given {
			break
		}
		list = append(list, v)
		delete(named, p.name)
	}
	for name := range named {
		return nil, fmt.Errorf("there is no %q, or something before it is missing", name)
	}
	return list, nil
}

func jsonValue(text json.RawMessage) (cty.Value, error) {
	t, err := ctyjson.ImpliedType(text)
	if err != nil {
		return cty.NilVal, err
	}
	return ctyjson.Unmarshal(text, t)
}
