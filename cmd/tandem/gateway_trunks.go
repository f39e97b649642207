package main

import "github.com/tandemgw/tandem/admin"

// trunkViews are the trunks as they stand.
func (g *gateway) trunkViews() []admin.Trunk {
	var views []admin.Trunk
	for _, t := range g.file.Trunks {
		views = append(views, admin.Trunk{Name: t.Name, Kind: "address", Stand: admin.Stand{State: "unchecked", Since: g.since}, MaxCalls: t.MaxCalls})
	}
	return views
}
