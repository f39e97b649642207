package rules

import (
	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/dialplan"
)

// maxPeople is how many users are named to each phone: each is a lamp, which takes
// two subscriptions.
const maxPeople = 40

// PhonePeople are the users whom the phones show by lamps, those that have a name
// first where there are too many for all.
func PhonePeople(file *config.File) []admin.Person {
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

// PhoneFeatures are the numbers that the phone dials by itself, where the dialplan
// takes them.
func PhoneFeatures(file *config.File) admin.Features {
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

// PhoneNumbers are the buttons of the web phone: the test numbers, where the
// dialplan has them, and the other users.
func PhoneNumbers(file *config.File) []admin.Number {
	out := testNumbers(file)
	for _, u := range file.Users {
		if len(out) >= 24 {
			break
		}
		label := u.DisplayName
		if label == "" {
			label = u.Name
		}
		out = append(out, admin.Number{Number: u.Name, Label: label})
	}
	return out
}

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
