// Package rules says what the file says in the words of the packages that keep to it:
// limits, policies, rooms, boxes, trunks, what the phone's page is told. It is also how a
// file is read (Reading), so that every verb and the gateway take the same one.
//
// All are functions of a configuration. Some read the certificates that it names; nothing
// is kept, nothing sent, and there is no goroutine.
package rules
