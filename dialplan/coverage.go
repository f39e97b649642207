package dialplan

import "slices"

// Place is a place of a plan that calls may come by: a row, one side of a condition, a key of a menu.
type Place struct {
	What string `json:"what"`
	File string `json:"file"`
	Line int    `json:"line"`
}

// Coverage is how much of a plan its tests reach.
type Coverage struct {
	Reached int     `json:"reached"`
	Total   int     `json:"total"`
	Missed  []Place `json:"missed"` // in the order of the file
}

// Coverage says which places of the plan no test has reached.
func (p *Plan) Coverage(results []TestResult) Coverage {
	c := Coverage{Total: len(p.spots), Missed: []Place{}}
	spots := slices.Clone(p.spots)
	slices.SortStableFunc(spots, func(a, b *spot) int { return comparePlace(&a.at, &b.at) })
	for _, s := range spots {
		if slices.ContainsFunc(results, func(r TestResult) bool { return r.reached[s] }) {
			c.Reached++
			continue
		}
		c.Missed = append(c.Missed, Place{s.what, s.at.Filename, s.at.Start.Line})
	}
	return c
}
