package dialplan

// Names is what a plan may refer to outside itself.
type Names struct {
	Users  []string               // names of all users
	Trunks []string               // names of all trunks
	Rooms  []string               // names of all rooms; nil means that nobody asks
	Sound  func(file string) bool // whether a sound file is there; nil means that nobody asks
}

// directory is Names with an index.
type directory struct {
	Names
	users, trunks map[string]bool
	rooms         map[string]bool
	asked         bool // rooms that are not there are told of
	menus, queues labels
	called        *called
}

func newDirectory(n Names) *directory {
	return &directory{n, set(n.Users), set(n.Trunks), set(n.Rooms), n.Rooms != nil, labels{}, labels{}, &called{targets: map[string]bool{}}}
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
