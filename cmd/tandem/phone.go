package main

import (
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/dialplan"
)

// maxPeople is how many users are named to each phone: each is a lamp, which takes
// two subscriptions.
const maxPeople = 40

// phonePeople are the users whom the phones show by lamps, those that have a name
// first where there are too many for all.
func phonePeople(file *config.File) []admin.Person {
	if !file.Phone.People {
		return nil
	}
	var named, others []admin.Person
	for _, u := range file.Users {
		if p := (admin.Person{Number: u.Name, Name: u.DisplayName}); p.Name != "" {
			named = append(named, p)
		} else {
			others = append(others, p)
		}
	}
	all := append(named, others...)
	return all[:min(len(all), maxPeople)]
}

// phoneFeatures are the numbers that the phone dials by itself, where the dialplan
// takes them.
func phoneFeatures(file *config.File) admin.Features {
	f := admin.Features{Merge: taken(file, file.Phone.Merge), Mailbox: taken(file, file.Phone.Mailbox)}
	for _, n := range testNumbers(file) {
		if n.Number == "600" {
			f.Echo = n.Number
		}
	}
	return f
}

// taken is a number that a row takes of users, "" where none does.
func taken(file *config.File, number string) string {
	from := dialplan.Source{Kind: dialplan.FromUser}
	if len(file.Users) > 0 {
		from.Name = file.Users[0].Name
	}
	if number == "" || file.Plan.Route(dialplan.Request{From: from, To: number}).Row == nil {
		return ""
	}
	return number
}
