package machine

import (
	"testing"
)

func TestStateHome(t *testing.T) {
	for _, c := range []struct{ xdg, home, want string }{
		{"/x", "/h", "/x/tandem"},
		{"", "/h", "/h/.local/state/tandem"},
		{"relative", "/h", "/h/.local/state/tandem"},
	} {
		got, err := StateHome(func(name string) string {
			return map[string]string{"XDG_STATE_HOME": c.xdg, "HOME": c.home}[name]
		})
		if err != nil || got != c.want {
			t.Errorf("stateHome with %+v = %q, %v", c, got, err)
		}
	}
}
