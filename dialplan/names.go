package dialplan

import "slices"

// Names is what a plan may refer to outside itself.
type Names struct {
	Users  []string               // names of all users
	Trunks []string               // names of all trunks
	Sound  func(file string) bool // whether a sound file is there; nil means that nobody asks
}

func (n *Names) hasUser(name string) bool  { return slices.Contains(n.Users, name) }
func (n *Names) hasTrunk(name string) bool { return slices.Contains(n.Trunks, name) }
