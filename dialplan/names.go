package dialplan

// Names is what a plan may refer to outside itself.
type Names struct {
	Users  []string               // names of all users
	Trunks []string               // names of all trunks
	Rooms  []string               // names of all rooms; nil means that nobody asks
	Boxes  []string               // names of all boxes for messages; nil means that nobody asks
	Sound  func(file string) bool // whether a sound file is there; nil means that nobody asks
	// Unplayable says why a sound file that is there cannot be played; "" means that it can, nil that nobody asks.
	Unplayable func(file string) string
	// Redirects says whether calls of a trunk may be answered with a redirection; nil means that nobody asks.
	Redirects func(trunk string) bool
	// Script gives the text of a script; nil where there can be none.
	Script func(file string) ([]byte, error)
}

// directory is Names with an index.
type directory struct {
	Names
	users, trunks map[string]bool
	rooms         map[string]bool
	boxes         *boxUse
	hasBoxes      map[string]bool
	asked         bool // rooms that are not there are told of
	menus, queues labels
	called        *called
}

func newDirectory(n Names) *directory {
	return &directory{
		Names: n, users: set(n.Users), trunks: set(n.Trunks), rooms: set(n.Rooms), asked: n.Rooms != nil,
		boxes: &boxUse{named: map[string]bool{}}, hasBoxes: set(n.Boxes), menus: labels{}, queues: labels{},
		called: &called{targets: map[string]bool{}},
	}
}

func set(names []string) map[string]bool {
	all := make(map[string]bool, len(names))
	for _, n := range names {
		all[n] = true
	}
	return all
}

func (d *directory) hasUser(name string) bool  { return d.users[name] }
func (d *directory) hasTrunk(name string) bool { return d.trunks[name] }
