package gateway

import (
	"reflect"
	"slices"
	"testing"

	"github.com/tandemgw/tandem/config"
)

func TestEachFieldOfTheFileIsReloadedOrNeedsARestart(t *testing.T) {
	restart := []string{"Folder", "Domain", "State", "Store"} // Folder follows from the path, which stays
	known := slices.Clone(restart)
	file := reflect.TypeFor[config.File]()
	for _, p := range parts() {
		for _, name := range p.from {
			if _, ok := file.FieldByName(name); !ok {
				t.Errorf("part %s is made from %s, which config.File has not", p.name, name)
			}
			known = append(known, name)
		}
	}
	for i := range file.NumField() {
		if name := file.Field(i).Name; !slices.Contains(known, name) {
			t.Errorf("nothing reloads config.File.%s: give it a part in parts.go", name)
		}
	}
}
