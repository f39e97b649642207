package dialplan

import "slices"

// Facts is a State that is written down: that of a test.
type Facts struct {
	Only            bool     // RegisteredUsers are all who are registered; else everybody is
	RegisteredUsers []string // with Only
	BusyUsers       []string
	AsleepUsers     []string
	OpenHours       []string // open whatever their block says
	ClosedHours     []string // closed whatever their block says
}

var _ OpenState = Facts{}

// Registered implements State. A user who is asleep is not registered.
func (f Facts) Registered(user string) bool {
	return (!f.Only || slices.Contains(f.RegisteredUsers, user)) && !f.Asleep(user)
}

// Busy implements State.
func (f Facts) Busy(user string) bool { return slices.Contains(f.BusyUsers, user) }

// Asleep implements State.
func (f Facts) Asleep(user string) bool { return slices.Contains(f.AsleepUsers, user) }

// Open implements OpenState.
func (f Facts) Open(hours string) (open, known bool) {
	if slices.Contains(f.OpenHours, hours) {
		return true, true
	}
	return false, slices.Contains(f.ClosedHours, hours)
}
