package main

import (
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/dialplan"
)

// testNumbers are the built-in test numbers that the dialplan really has for a
// user.
func testNumbers(file *config.File) []admin.Number {
	var out []admin.Number
	from := dialplan.Source{Kind: dialplan.FromUser}
	if len(file.Users) > 0 {
		from.Name = file.Users[0].Name
	}
	for _, n := range []admin.Number{
		{Number: "600", Label: "Echo"},
		{Number: "601", Label: "Tone and speech"},
		{Number: "602", Label: "Says your keys"},
		{Number: "603", Label: "Calls you back"},
		{Number: "604", Label: "Never answers"},
		{Number: "605", Label: "Busy"},
		{Number: "606", Label: "Puts you on hold"},
		{Number: "608", Label: "A room"},
	} {
		if file.Plan.Route(dialplan.Request{From: from, To: n.Number}).Row != nil {
			out = append(out, n)
		}
	}
	return out
}
